"""The transaction that records: parsed deliveries in, cases, alerts and dispositions out.

Bulk on purpose: what a batch needs to know is read in a handful of queries, decided in memory
in receipt order, and written with one statement a table. The unique keys in the database are
what guarantees «once»; the look-up before is only what makes a duplicate cheap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from channels.message import Edit, Event, Ignored, Message, OwnEcho, StatusUpdate, Withdrawal
from pipeline import deciding, fallback, receipts, writing
from pipeline.conversation import changes
from pipeline.ports import Office
from pipeline.rows import Batch, Entry
from store import deliveries, messages
from store.deliveries import Waiting
from store.held import HELD
from store.messages import Recorded
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
    deciding.decide(batch)
    writing.write(batch)
    changes.apply(batch)
    for channel, sent in batch.foreign:
        receipts.foreign(db, office, now, channel, sent)
    deliveries.settle(db, batch.ends)


_Known = dict[tuple[str, str], Recorded]
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
                ends.append(_sort_message(batch, item.row, event, known))
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
            case Edit() | Withdrawal():
                batch.changes.append((item.row, event))
                ends.append((Disposition.STATUS, "changed"))
            case Ignored():
                ends.append((Disposition.SET_ASIDE, event.reason))
    # An adapter that has nothing to say breaks its contract: min() raises, a person looks.
    disposition, reason = min(ends, key=lambda end: _WEIGHT.index(end[0]))
    batch.ends.append((item.row.id, disposition, reason))


def _sort_message(
    batch: Batch, row: Waiting, message: Message, known: _Known
) -> tuple[Disposition, str]:
    key = (row.channel, message.identity)
    before, known[key] = known.get(key), Recorded(row.id, Disposition.PENDING)
    if before is None:
        batch.entries.append(Entry(row, message))
        if message.automated:
            return Disposition.SET_ASIDE, message.automated
        return Disposition.RECORDED, ""
    if _take_up(batch, row, message, before):
        return Disposition.RECORDED, ""
    known[key] = before
    # A replay finds its own message, which is no duplicate of itself.
    if before.delivery_id == row.id and before.end is not Disposition.PENDING:
        return before.end, before.reason
    return Disposition.DUPLICATE, ""


def _take_up(batch: Batch, row: Waiting, message: Message, before: Recorded) -> bool:
    """Whether a message that was set aside is a person's after all: somebody took it out of the
    junk folder, or a replay understands it better.
    """
    if message.automated or before.reason in _A_PERSON_S:
        return False
    if before.end is Disposition.SET_ASIDE:
        batch.entries.append(Entry(row, message, taken_up=True))
        return True
    for entry in batch.entries:
        same = (entry.row.channel, entry.message.identity) == (row.channel, message.identity)
        if same and entry.message.automated:
            entry.row, entry.message = row, message
            return True
    return False


_A_PERSON_S = (HELD, "command")
"""Reasons of what waits or stays aside although a person wrote it: it is known as that."""

_WEIGHT = (
    Disposition.RECORDED,
    Disposition.JOINED,
    Disposition.STATUS,
    Disposition.ECHO,
    Disposition.SET_ASIDE,
    Disposition.DUPLICATE,
)
"""Of several events in one delivery the first of these names its end."""
