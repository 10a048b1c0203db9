"""What citizens wrote: looked up by identity and by the ids that mails refer to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, insert, select, update
from sqlmodel import Session

from store.held import HELD
from store.states import Disposition
from store.tables import Attachment, Complaint, Contact, Message, Reply, ReplyPart
from store.upsert import insert_all

_table: Any = Message.__table__  # type: ignore[attr-defined]
_complaints: Any = Complaint.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_contacts: Any = Contact.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Known:
    """A case as joining needs to know it."""

    complaint_id: int
    address: str
    """Of the person whose case it is."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a message that is known."""

    delivery_id: int
    end: Disposition
    reason: str = ""


def identities(
    db: Session, facility_id: int, channel: str, wanted: Collection[str]
) -> dict[str, Recorded]:
    """Which of these messages are recorded already: by which delivery, and as what."""
    row, other = _table.c, _table.alias().c
    first = (
        select(other.id)
        .where(other.complaint_id == row.complaint_id)
        .order_by(other.id)
        .limit(1)
        .scalar_subquery()
    )
    found = db.connection().execute(
        select(
            row.identity,
            row.delivery_id,
            case(
                (row.complaint_id.is_(None), Disposition.SET_ASIDE),
                (row.id == first, Disposition.RECORDED),
                else_=Disposition.JOINED,
            ),
            case((row.held_until.is_not(None), HELD), else_=row.set_aside),
        ).where(
            row.facility_id == facility_id,
            row.channel == channel,
            row.identity.in_(wanted),
        )
    )
    return {
        identity: Recorded(delivery, Disposition(end), reason)
        for identity, delivery, end, reason in found
    }


def cases_of(db: Session, facility_id: int, external_ids: Collection[str]) -> dict[str, Known]:
    """The cases to which messages with these provider's ids belong."""
    if not external_ids:
        return {}
    row = _table.c
    found = db.connection().execute(
        select(row.external_id, row.complaint_id, _contacts.c.address)
        .join_from(_table, _complaints, _complaints.c.id == row.complaint_id)
        .join(_contacts, _contacts.c.id == _complaints.c.contact_id)
        .where(row.facility_id == facility_id, row.external_id.in_(external_ids))
        .order_by(row.id.desc())
    )
    return {external_id: Known(id_, address) for external_id, id_, address in found}


def children_of(
    db: Session, facility_id: int, external_ids: Collection[str]
) -> dict[str, set[int]]:
    """Cases that answer these ids and came before them."""
    children: dict[str, set[int]] = {}
    if external_ids:
        row = _table.c
        for parent, id_ in db.connection().execute(
            select(row.in_reply_to, row.complaint_id).where(
                row.facility_id == facility_id,
                row.in_reply_to.in_(external_ids),
                row.in_reply_to != "",
                row.complaint_id.is_not(None),
            )
        ):
            children.setdefault(parent, set()).add(id_)
    return children


def cases_answered(db: Session, facility_id: int, parts: Collection[int]) -> dict[int, Known]:
    """Reply part → case, for parts of this facility."""
    if not parts:
        return {}
    part: Any = ReplyPart.__table__  # type: ignore[attr-defined]
    reply: Any = Reply.__table__  # type: ignore[attr-defined]
    found = db.connection().execute(
        select(part.c.id, reply.c.complaint_id, _contacts.c.address)
        .join_from(part, reply, reply.c.id == part.c.reply_id)
        .join(_complaints, _complaints.c.id == reply.c.complaint_id)
        .join(_contacts, _contacts.c.id == _complaints.c.contact_id)
        .where(part.c.facility_id == facility_id, part.c.id.in_(parts))
    )
    return {part_id: Known(id_, address) for part_id, id_, address in found}


def add(db: Session, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """Insert messages; their ids by (channel, identity). A duplicate raises IntegrityError."""
    ids = insert_all(db, Message, rows)
    return {(row["channel"], row["identity"]): id_ for row, id_ in zip(rows, ids, strict=True)}


def take_up(db: Session, row: Mapping[str, Any]) -> int:
    """A message that had been set aside becomes a case's; its id. NoResultFound when it is one
    already.
    """
    message = _table.c
    taken = db.connection().execute(
        update(_table)
        .where(
            message.facility_id == row["facility_id"],
            message.channel == row["channel"],
            message.identity == row["identity"],
            message.complaint_id.is_(None),
        )
        .values(
            {
                name: row[name]
                for name in (
                    "complaint_id",
                    "delivery_id",
                    "received_at",
                    "set_aside",
                    "held_until",
                )
            }
        )
        .returning(message.id)
    )
    return int(taken.scalar_one())


def add_attachments(db: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert attachments of messages."""
    if rows:
        db.connection().execute(insert(Attachment.__table__), rows)  # type: ignore[attr-defined]
