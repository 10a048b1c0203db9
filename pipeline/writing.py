"""A decided batch into the database: cases, messages, alerts, and what follows from each."""

from collections.abc import Sequence

from pipeline import autoreplies, receipts, window
from pipeline.aftermath import commanded, further_message, opened_by_hand
from pipeline.heard import Heard
from pipeline.opening import Opening, open_cases
from pipeline.rows import (
    Batch,
    Entry,
    alert_row,
    alert_rows,
    attachment_rows,
    is_news,
    message_row,
    silent,
    suggestion_rows,
)
from store import complaints, contacts, events, held, messages
from store.held import HeldFully
from store.states import Disposition

_MACHINES = ("automatic", "bounce")
"""Marks of a mail by which it is told, where it answers a reply of ours."""

_Ids = dict[tuple[str, str], int]
"""(channel, identity) → message"""


def write(batch: Batch) -> None:
    """Write it, in the caller's transaction, and say in `batch.ends` how each delivery ended."""
    if not batch.entries and not batch.released:
        return
    names = {
        (entry.row.channel, entry.message.conversation): entry.message.sender.name
        for entry in batch.entries
    }
    contact_ids = contacts.ensure(batch.db, batch.office.id, names, batch.now)
    rows = _held(batch)
    _open(batch, rows, contact_ids)
    ids = _write_messages(batch, contact_ids)
    alerts = [*_released(batch, rows), *alert_rows(batch)]
    complaints.add_alerts(batch.db, alerts)
    complaints.suggest(batch.db, list(suggestion_rows(batch)))
    _follow_up(batch, ids)
    said = [_heard_late(rows[it.rows[0].id], it.case.id) for it in batch.released if it.opens]
    said += [
        _heard(batch, it, ids, contact_ids) for it in batch.entries if not it.message.automated
    ]
    window.heard(batch.db, batch.office, batch.now, said)
    autoreplies.heard(batch.db, batch.office, batch.now, said)
    _automatic(batch, ids)
    ends = {entry.row.id: _end(entry) for entry in batch.entries}
    batch.ends = [(id_, *(ends.get(id_) or (end, why))) for id_, end, why in batch.ends]


def _end(entry: Entry) -> tuple[Disposition, str] | None:
    """How its delivery ended, where it is not what the message alone says."""
    if entry.joins:
        return Disposition.JOINED, ""
    if entry.held_until is not None:
        return Disposition.SET_ASIDE, held.HELD
    if entry.aside:
        return Disposition.SET_ASIDE, entry.aside
    return None


def _write_messages(batch: Batch, contact_ids: dict[contacts.Address, int]) -> _Ids:
    db = batch.db
    fresh = [entry for entry in batch.entries if not entry.taken_up]
    ids = messages.add(db, [message_row(batch, entry, contact_ids) for entry in fresh])
    messages.add_attachments(db, attachment_rows(fresh, ids, batch.now))
    for entry in batch.entries:
        if entry.taken_up:
            row = message_row(batch, entry, contact_ids)
            ids[entry.row.channel, entry.message.identity] = messages.take_up(db, row)
    return ids


def _follow_up(batch: Batch, ids: _Ids) -> None:
    db, office, now = batch.db, batch.office, batch.now
    for entry in batch.entries:
        if entry.case is None or entry.case.id is None:
            continue
        message_id = ids[entry.row.channel, entry.message.identity]
        if entry.command is not None:
            commanded(db, office, now, entry.case.id, message_id, entry.command)
        elif entry.joins and entry.quiet:
            _in_trail(batch, [(entry.case.id, message_id)])
        elif entry.joins:
            further_message(
                db,
                office,
                now,
                entry.case.id,
                message_id,
                reopens=entry.reopens,
                urgent=entry.urgent,
            )
        elif entry.row.channel == "manual":
            opened_by_hand(db, office, now, entry.case.id, entry.row.meta)


def _automatic(batch: Batch, ids: _Ids) -> None:
    for entry in batch.entries:
        message = entry.message
        if message.automated in _MACHINES and message.answers_part is not None:
            message_id = ids[entry.row.channel, message.identity]
            receipts.automatic(batch.db, batch.office, batch.now, message.answers_part, message_id)


def _held(batch: Batch) -> dict[int, HeldFully]:
    """What is released of earlier batches, where more than its case is to be known of it."""
    ids = [row.id for it in batch.released if it.opens or it.told for row in it.rows]
    return {row.id: row for row in held.fully(batch.db, ids)}


def _open(
    batch: Batch, rows: dict[int, HeldFully], contact_ids: dict[contacts.Address, int]
) -> None:
    alone = [it for it in batch.released if it.opens]
    opened = [entry for entry in batch.entries if entry.case and not entry.joins]
    openings = [_opening_held(rows[it.rows[0].id]) for it in alone]
    openings += [
        Opening(
            account_id=entry.row.account_id,
            channel=entry.row.channel,
            medium=entry.message.medium,
            contact_id=contact_ids[entry.row.channel, entry.message.conversation],
            received_at=entry.row.received_at,
            delivery_id=entry.row.id,
            urgent=entry.urgent,
        )
        for entry in opened
    ]
    ids = open_cases(batch.db, batch.office, batch.now, openings)
    for case, id_ in zip(
        [*(it.case for it in alone), *(entry.case for entry in opened if entry.case)],
        ids,
        strict=True,
    ):
        case.id = id_


def _opening_held(row: HeldFully) -> Opening:
    return Opening(
        account_id=row.account_id,
        channel=row.channel,
        medium=row.medium,
        contact_id=row.contact_id,
        received_at=row.received_at,
        delivery_id=row.delivery_id,
    )


def _released(batch: Batch, rows: dict[int, HeldFully]) -> list[dict[str, object]]:
    """Put what was held into its cases; the alerts that follow from it."""
    ends = []
    for it in batch.released:
        for position, row in enumerate(it.rows):
            first = it.opens and position == 0
            end = Disposition.RECORDED if first else Disposition.JOINED
            ends.append((row.id, row.delivery_id, it.case.id or 0, end))
    held.release(batch.db, ends)
    _in_trail(batch, [(case, id_) for id_, _, case, _ in ends])
    alerts = []
    for it in batch.released:
        if not it.told:
            continue
        if not it.opens and it.case.id is not None:
            id_ = it.rows[0].id
            further_message(batch.db, batch.office, batch.now, it.case.id, id_, reopens=False)
        first_row = rows[it.rows[0].id]
        if not silent(first_row.meta) and first_row.received_at >= first_row.since:
            card = None if it.opens else it.case.card
            alerts.append(alert_row(batch, it.case, joined=not it.opens, card=card))
    return alerts


def _in_trail(batch: Batch, released: Sequence[tuple[int, int]]) -> None:
    """These (case, message) were held, and came to the case with what followed."""
    events.append_many(
        batch.db,
        "held-released",
        facility_id=batch.office.id,
        now=batch.now,
        complaints=[(case, {"message": id_}) for case, id_ in released],
    )


def _heard_late(row: HeldFully, case: int | None) -> Heard:
    return Heard(
        message_id=row.id,
        complaint_id=case,
        contact_id=row.contact_id,
        account_id=row.account_id,
        account=row.account,
        channel=row.channel,
        text=row.text,
        received_at=row.received_at,
        opened=True,
        news=not silent(row.meta) and row.received_at >= row.since,
        urgent=False,  # what speaks of danger is never held
        command=None,
    )


def _heard(
    batch: Batch, entry: Entry, ids: _Ids, contact_ids: dict[contacts.Address, int]
) -> Heard:
    row, message = entry.row, entry.message
    case = entry.case.id if entry.case else None
    return Heard(
        message_id=ids[row.channel, message.identity],
        complaint_id=case,
        contact_id=contact_ids[row.channel, message.conversation],
        account_id=row.account_id,
        account=row.account,
        channel=row.channel,
        text=message.text,
        received_at=row.received_at,
        opened=case is not None and not entry.joins,
        news=is_news(batch, entry),
        urgent=entry.urgent,
        command=entry.command,
    )
