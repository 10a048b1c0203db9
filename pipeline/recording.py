"""The transaction that records: parsed deliveries in, cases, alerts and dispositions out.

Bulk on purpose: what a batch needs to know is read in a handful of queries, decided in memory
in receipt order, and written with one statement a table. The unique keys in the database are
what guarantees «once»; the look-up before is only what makes a duplicate cheap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from channels.message import Event, Ignored, Message, OwnEcho, StatusUpdate
from pipeline import autoreplies, fallback, joining, receipts, window
from pipeline.aftermath import further_message, opened_by_hand
from pipeline.heard import Heard
from pipeline.joining import Case, Cases
from pipeline.opening import Opening, open_cases
from pipeline.ports import Office
from pipeline.rows import (
    Batch,
    Entry,
    alert_rows,
    attachment_rows,
    is_news,
    message_row,
    suggestion_rows,
)
from store import complaints, contacts, deliveries, messages
from store.deliveries import Waiting
from store.states import Disposition


@dataclass(slots=True)
class Parsed:
    """A claimed delivery and what its adapter understood."""

    row: Waiting
    events: Sequence[Event]


def record(
    db: Session,
    office: Office,
    now: datetime,
    parsed: Sequence[Parsed],
    since: dict[int, datetime],
) -> None:
    """Record a batch inside the caller's transaction; every delivery gets its one end."""
    held = deliveries.still_pending(db, [item.row.id for item in parsed])
    batch = Batch(db, office, now, since)
    known = _known_identities(batch, parsed)
    for item in parsed:
        if item.row.id in held:
            _sort(batch, item, known)
    _decide(batch)
    _write(batch)
    for channel, sent in batch.foreign:
        receipts.foreign(db, office, now, channel, sent)
    deliveries.settle(db, batch.ends)


_MACHINES = ("automatic", "bounce")
"""Marks of a mail by which it is told, where it answers a reply of ours."""

_Known = dict[tuple[str, str], tuple[int, Disposition]]
"""(channel, identity) → the delivery that brought it, and what became of that."""


def _known_identities(batch: Batch, parsed: Iterable[Parsed]) -> _Known:
    wanted: dict[str, list[str]] = {}
    for item in parsed:
        for event in item.events:
            if isinstance(event, Message):
                wanted.setdefault(item.row.channel, []).append(event.identity)
    return {
        (channel, identity): end
        for channel, ids in wanted.items()
        for identity, end in messages.identities(batch.db, batch.office.id, channel, ids).items()
    }


def _sort(batch: Batch, item: Parsed, known: _Known) -> None:
    """Give the delivery its disposition; messages that are new become entries."""
    ends: list[tuple[Disposition, str]] = []
    for event in item.events:
        match event:
            case Message():
                key = (item.row.channel, event.identity)
                if key in known:
                    first, end = known[key]
                    if _take_up(batch, item.row, event, end):
                        known[key] = (item.row.id, Disposition.PENDING)
                        ends.append((Disposition.RECORDED, ""))
                        continue
                    # A replay finds its own message, which is no duplicate of itself.
                    own = first == item.row.id and end is not Disposition.PENDING
                    ends.append((end if own else Disposition.DUPLICATE, ""))
                    continue
                known[key] = (item.row.id, Disposition.PENDING)
                batch.entries.append(Entry(item.row, event))
                if event.automated:
                    ends.append((Disposition.SET_ASIDE, event.automated))
                else:
                    ends.append((Disposition.RECORDED, ""))
            case StatusUpdate(alert=int()):
                fallback.returned(batch.db, batch.office, batch.now, event)
                ends.append((Disposition.STATUS, event.state))
            case StatusUpdate():
                receipts.status(batch.db, batch.office, batch.now, event)
                ends.append((Disposition.STATUS, event.state))
            case OwnEcho(part=None):
                batch.foreign.append((item.row.channel, event))
                ends.append((Disposition.ECHO, "foreign"))
            case OwnEcho():
                receipts.echo(batch.db, batch.office, batch.now, event)
                ends.append((Disposition.ECHO, "reply"))
            case Ignored():
                ends.append((Disposition.SET_ASIDE, event.reason))
            case _:
                ends.append((Disposition.SET_ASIDE, "unsupported"))
    # An adapter that has nothing to say breaks its contract: min() raises, a person looks.
    disposition, reason = min(ends, key=lambda end: _WEIGHT.index(end[0]))
    batch.ends.append((item.row.id, disposition, reason))


def _take_up(batch: Batch, row: Waiting, message: Message, end: Disposition) -> bool:
    """Whether a message that was set aside is a person's after all: somebody took it out of the
    junk folder, or a replay understands it better.
    """
    if message.automated:
        return False
    if end is Disposition.SET_ASIDE:
        batch.entries.append(Entry(row, message, taken_up=True))
        return True
    for entry in batch.entries:
        same = (entry.row.channel, entry.message.identity) == (row.channel, message.identity)
        if same and entry.message.automated:
            entry.row, entry.message = row, message
            return True
    return False


_WEIGHT = (
    Disposition.RECORDED,
    Disposition.JOINED,
    Disposition.STATUS,
    Disposition.ECHO,
    Disposition.SET_ASIDE,
    Disposition.DUPLICATE,
)
"""Of several events in one delivery the first of these names its end."""


def _decide(batch: Batch) -> None:
    """In receipt order: joins, opens a case, or stays aside."""
    wanted = [entry for entry in batch.entries if not entry.message.automated]
    cases = _cases(batch, [entry.message for entry in wanted])
    for entry in wanted:
        if entry.row.channel == "manual":
            verdict = joining.Verdict()
        else:
            verdict = joining.decide(entry.message, cases)
        entry.joins = verdict.join is not None
        entry.case = verdict.join or Case(None, entry.message.conversation)
        entry.suggestions = verdict.suggestions
        cases.add(entry.message, entry.case)


def _cases(batch: Batch, wanted: Sequence[Message]) -> Cases:
    facility = batch.office.id
    referred = {id_ for message in wanted for id_ in joining.references(message)}
    serials = {serial for message in wanted for serial in joining.serials(message)}
    return Cases(
        by_part={
            part: Case(known.complaint_id, known.address)
            for part, known in messages.cases_answered(
                batch.db, facility, {m.answers_part for m in wanted if m.answers_part}
            ).items()
        },
        by_external_id={
            external_id: Case(known.complaint_id, known.address)
            for external_id, known in messages.cases_of(batch.db, facility, referred).items()
        },
        by_serial=complaints.by_serial(batch.db, facility, serials),
        children={
            parent: [Case(id_, "") for id_ in sorted(ids)]
            for parent, ids in messages.children_of(
                batch.db, facility, {m.external_id for m in wanted if m.external_id}
            ).items()
        },
    )


def _write(batch: Batch) -> None:
    if not batch.entries:
        return
    db, office, now = batch.db, batch.office, batch.now
    names = {
        (entry.row.channel, entry.message.conversation): entry.message.sender.name
        for entry in batch.entries
    }
    contact_ids = contacts.ensure(db, office.id, names, now)
    opened = [entry for entry in batch.entries if entry.case and not entry.joins]
    _open_cases(batch, opened, contact_ids)
    fresh = [entry for entry in batch.entries if not entry.taken_up]
    ids = messages.add(db, [message_row(batch, entry, contact_ids) for entry in fresh])
    messages.add_attachments(db, attachment_rows(fresh, ids, now))
    for entry in batch.entries:
        if entry.taken_up:
            row = message_row(batch, entry, contact_ids)
            ids[entry.row.channel, entry.message.identity] = messages.take_up(db, row)
    complaints.add_alerts(db, list(alert_rows(batch)))
    complaints.suggest(db, list(suggestion_rows(batch)))
    for entry in batch.entries:
        if entry.case is None or entry.case.id is None:
            continue
        message_id = ids[entry.row.channel, entry.message.identity]
        if entry.joins:
            text = entry.message.text
            further_message(db, office, now, entry.case.id, message_id, text)
        elif entry.row.channel == "manual":
            opened_by_hand(db, office, now, entry.case.id, entry.row.meta)
    said = [_heard(batch, it, ids, contact_ids) for it in batch.entries if not it.message.automated]
    window.heard(db, office, now, said)
    autoreplies.heard(db, office, now, said)
    for entry in batch.entries:
        message = entry.message
        if message.automated in _MACHINES and message.answers_part is not None:
            message_id = ids[entry.row.channel, message.identity]
            receipts.automatic(db, office, now, message.answers_part, message_id)
    joined = {entry.row.id for entry in batch.entries if entry.joins}
    batch.ends = [
        (id_, Disposition.JOINED if id_ in joined else end, why) for id_, end, why in batch.ends
    ]


def _heard(
    batch: Batch,
    entry: Entry,
    ids: dict[tuple[str, str], int],
    contact_ids: dict[contacts.Address, int],
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
        command=None,
    )


def _open_cases(
    batch: Batch, opened: Sequence[Entry], contact_ids: dict[contacts.Address, int]
) -> None:
    openings = [
        Opening(
            account_id=entry.row.account_id,
            channel=entry.row.channel,
            medium=entry.message.medium,
            contact_id=contact_ids[entry.row.channel, entry.message.conversation],
            received_at=entry.row.received_at,
            delivery_id=entry.row.id,
        )
        for entry in opened
    ]
    ids = open_cases(batch.db, batch.office, batch.now, openings)
    for entry, id_ in zip(opened, ids, strict=True):
        if entry.case is not None:
            entry.case.id = id_
