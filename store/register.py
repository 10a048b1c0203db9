"""The register as it is read: complaint by complaint, with what belongs to each, in bounded steps.

Two hundred thousand complaints never stand in memory at once, and no read transaction stays open
between two steps.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from store.engine import Store
from store.tables import Attachment, Complaint, Contact, Message, Reply, ReplyPart

_Row = TypeVar("_Row")

STEP = 500
"""Complaints read at once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `complaint` is None for a message that was set aside on arrival."""

    complaint: Complaint | None
    channel: str
    contact: Contact
    messages: Sequence[Message]
    attachments: Sequence[Attachment]
    replies: Sequence[tuple[Reply, Sequence[ReplyPart]]]


def entries(
    store: Store,
    facility_ids: Sequence[int],
    *,
    since: datetime | None = None,
    aside: bool = False,
) -> Iterator[Entry]:
    """Every complaint of these facilities, one facility after the other, in the order of numbers.

    With `aside` every message that was set aside on arrival follows its facility's complaints.
    `since` bounds the moment of receipt at the gateway.
    """
    for facility_id in facility_ids:
        number = (0, 0)
        while True:
            with store.read() as db:
                found = _complaints(db, facility_id, since, number)
            if not found:
                break
            yield from found
            last = found[-1].complaint
            assert last is not None
            number = (last.year, last.serial)
        key = 0
        while aside:
            with store.read() as db:
                found = _set_aside(db, facility_id, since, key)
            if not found:
                break
            yield from found
            key = _id(found[-1].messages[0].id)


def _complaints(
    db: Session, facility_id: int, since: datetime | None, after: tuple[int, int]
) -> list[Entry]:
    # By number, because its unique index is in that order: by id, SQLite would read and sort
    # the whole book for every step.
    query = (
        select(Complaint, Contact)
        .join(Contact, col(Contact.id) == Complaint.contact_id)
        .where(
            Complaint.facility_id == facility_id,
            tuple_(col(Complaint.year), col(Complaint.serial)) > after,
        )
        .order_by(col(Complaint.year), col(Complaint.serial))
        .limit(STEP)
    )
    if since is not None:
        query = query.where(col(Complaint.received_at) >= since)
    rows = db.exec(query).all()
    ids = [_id(complaint.id) for complaint, _ in rows]
    messages = _by(
        db.exec(
            select(Message)
            .where(col(Message.complaint_id).in_(ids))
            .order_by(col(Message.received_at), col(Message.id))
        ),
        lambda message: _id(message.complaint_id),
    )
    attachments = _attachments(db, [m for group in messages.values() for m in group])
    replies = _replies(db, ids)
    return [
        Entry(
            complaint=complaint,
            channel=complaint.channel,
            contact=contact,
            messages=messages[key],
            attachments=[one for m in messages[key] for one in attachments[_id(m.id)]],
            replies=replies[key],
        )
        for key, (complaint, contact) in zip(ids, rows, strict=True)
    ]


def _set_aside(db: Session, facility_id: int, since: datetime | None, after: int) -> list[Entry]:
    query = (
        select(Message, Contact)
        .join(Contact, col(Contact.id) == Message.contact_id)
        .where(
            Message.facility_id == facility_id,
            col(Message.complaint_id).is_(None),
            col(Message.id) > after,
        )
        .order_by(col(Message.id))
        .limit(STEP)
    )
    if since is not None:
        query = query.where(col(Message.received_at) >= since)
    rows = db.exec(query).all()
    attachments = _attachments(db, [message for message, _ in rows])
    return [
        Entry(
            complaint=None,
            channel=message.channel,
            contact=contact,
            messages=[message],
            attachments=attachments[_id(message.id)],
            replies=[],
        )
        for message, contact in rows
    ]


def _attachments(db: Session, messages: Sequence[Message]) -> dict[int, list[Attachment]]:
    ids = [message.id for message in messages]
    rows = db.exec(
        select(Attachment).where(col(Attachment.message_id).in_(ids)).order_by(col(Attachment.id))
    )
    return _by(rows, lambda attachment: attachment.message_id)


def _replies(
    db: Session, complaint_ids: Sequence[int]
) -> dict[int, list[tuple[Reply, Sequence[ReplyPart]]]]:
    replies = db.exec(
        select(Reply).where(col(Reply.complaint_id).in_(complaint_ids)).order_by(col(Reply.version))
    ).all()
    parts = _by(
        db.exec(
            select(ReplyPart)
            .where(col(ReplyPart.reply_id).in_([reply.id for reply in replies]))
            .order_by(col(ReplyPart.position))
        ),
        lambda part: part.reply_id,
    )
    found: dict[int, list[tuple[Reply, Sequence[ReplyPart]]]] = defaultdict(list)
    for reply in replies:
        found[reply.complaint_id].append((reply, parts[_id(reply.id)]))
    return found


def _by(rows: Iterable[_Row], key: Callable[[_Row], int]) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _id(value: int | None) -> int:
    assert value is not None
    return value
