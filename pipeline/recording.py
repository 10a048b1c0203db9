"""The transaction that records: parsed deliveries in, cases, alerts and dispositions out.

Bulk on purpose: what a batch needs to know is read in a handful of queries, decided in memory
in receipt order, and written with one statement a table. The unique keys in the database are
what guarantees «once»; the look-up before is only what makes a duplicate cheap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from channels.message import Event, Ignored, Message, OwnEcho, StatusUpdate
from pipeline import joining, receipts
from pipeline.aftermath import further_message, opened_by_hand
from pipeline.joining import Case, Cases
from pipeline.opening import Opening, open_cases
from pipeline.ports import Office
from store import complaints, contacts, deliveries, messages
from store.deliveries import Waiting
from store.states import Disposition


@dataclass(slots=True)
class Parsed:
    """A claimed delivery and what its adapter understood."""

    row: Waiting
    events: Sequence[Event]


@dataclass(slots=True)
class _Entry:
    """A message on its way into the database."""

    row: Waiting
    message: Message
    case: Case | None = None
    joins: bool = False
    suggestions: tuple[tuple[Case, str], ...] = ()
    taken_up: bool = False
    """It was set aside before; its row is there."""


@dataclass(slots=True)
class _Batch:
    db: Session
    office: Office
    now: datetime
    since: dict[int, datetime]
    """Account → what arrived before is not alerted."""
    entries: list[_Entry] = field(default_factory=list)
    foreign: list[tuple[str, OwnEcho]] = field(default_factory=list)
    """(channel, answer typed elsewhere): looked at when the cases of the batch stand."""
    ends: list[tuple[int, Disposition, str]] = field(default_factory=list)


def record(
    db: Session,
    office: Office,
    now: datetime,
    parsed: Sequence[Parsed],
    since: dict[int, datetime],
) -> None:
    """Record a batch inside the caller's transaction; every delivery gets its one end."""
    held = deliveries.still_pending(db, [item.row.id for item in parsed])
    batch = _Batch(db, office, now, since)
    known = _known_identities(batch, parsed)
    for item in parsed:
        if item.row.id in held:
            _sort(batch, item, known)
    _decide(batch)
    _write(batch)
    for channel, sent in batch.foreign:
        receipts.foreign(db, office, now, channel, sent)
    deliveries.settle(db, batch.ends)


_Known = dict[tuple[str, str], tuple[int, Disposition]]
"""(channel, identity) → the delivery that brought it, and what became of that."""


def _known_identities(batch: _Batch, parsed: Iterable[Parsed]) -> _Known:
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


def _sort(batch: _Batch, item: Parsed, known: _Known) -> None:
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
                batch.entries.append(_Entry(item.row, event))
                if event.automated:
                    ends.append((Disposition.SET_ASIDE, event.automated))
                else:
                    ends.append((Disposition.RECORDED, ""))
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


def _take_up(batch: _Batch, row: Waiting, message: Message, end: Disposition) -> bool:
    """Whether a message that was set aside is a person's after all: somebody took it out of the
    junk folder, or a replay understands it better.
    """
    if message.automated:
        return False
    if end is Disposition.SET_ASIDE:
        batch.entries.append(_Entry(row, message, taken_up=True))
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


def _decide(batch: _Batch) -> None:
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


def _cases(batch: _Batch, wanted: Sequence[Message]) -> Cases:
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


def _write(batch: _Batch) -> None:
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
    ids = messages.add(db, [_message_row(batch, entry, contact_ids) for entry in fresh])
    messages.add_attachments(db, _attachment_rows(fresh, ids))
    for entry in batch.entries:
        if entry.taken_up:
            row = _message_row(batch, entry, contact_ids)
            ids[entry.row.channel, entry.message.identity] = messages.take_up(db, row)
    complaints.add_alerts(db, list(_alert_rows(batch)))
    complaints.suggest(db, list(_suggestion_rows(batch)))
    for entry in batch.entries:
        if entry.case is None or entry.case.id is None:
            continue
        message_id = ids[entry.row.channel, entry.message.identity]
        if entry.joins:
            text = entry.message.text
            further_message(db, office, now, entry.case.id, message_id, text)
        elif entry.row.channel == "manual":
            opened_by_hand(db, office, now, entry.case.id, entry.row.meta)
    joined = {entry.row.id for entry in batch.entries if entry.joins}
    batch.ends = [
        (id_, Disposition.JOINED if id_ in joined else end, why) for id_, end, why in batch.ends
    ]


def _open_cases(
    batch: _Batch, opened: Sequence[_Entry], contact_ids: dict[contacts.Address, int]
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


def _message_row(
    batch: _Batch, entry: _Entry, contact_ids: dict[contacts.Address, int]
) -> dict[str, Any]:
    message = entry.message
    return {
        "facility_id": batch.office.id,
        "channel": entry.row.channel,
        "identity": message.identity,
        "external_id": message.external_id,
        "delivery_id": entry.row.id,
        "complaint_id": entry.case.id if entry.case else None,
        "contact_id": contact_ids[entry.row.channel, message.conversation],
        "conversation": message.conversation,
        "subject": message.subject,
        "text": message.text,
        # Stored once where nothing was taken out: most mail quotes nothing.
        "full_text": message.full_text if message.full_text != message.text else "",
        "sent_at": message.sent_at,
        "received_at": entry.row.received_at,
        "recorded_at": batch.now,
        "in_reply_to": message.in_reply_to,
        "references": " ".join(message.references),
        "set_aside": message.automated,
        "unreadable": message.unreadable,
        "truncated": message.truncated,
    }


def _attachment_rows(
    entries: Iterable[_Entry], ids: dict[tuple[str, str], int]
) -> list[dict[str, Any]]:
    return [
        {
            "message_id": ids[entry.row.channel, entry.message.identity],
            "name": attachment.name,
            "content_type": attachment.content_type,
            "size": attachment.size,
            "part": attachment.part,
        }
        for entry in entries
        for attachment in entry.message.attachments
    ]


def _alert_rows(batch: _Batch) -> Iterable[dict[str, Any]]:
    for entry in batch.entries:
        if entry.case is None or entry.case.id is None or '"alert": "no"' in entry.row.meta:
            continue
        if entry.row.received_at >= batch.since[entry.row.account_id]:
            yield {
                "facility_id": batch.office.id,
                "complaint_id": entry.case.id,
                "joined": entry.joins,
                "created_at": batch.now,
            }


def _suggestion_rows(batch: _Batch) -> Iterable[dict[str, Any]]:
    for entry in batch.entries:
        for other, reason in entry.suggestions:
            if entry.case and entry.case.id and other.id and other.id != entry.case.id:
                yield {
                    "facility_id": batch.office.id,
                    "complaint_id": entry.case.id,
                    "other_id": other.id,
                    "reason": reason,
                    "state": "open",
                    "created_at": batch.now,
                }
