"""What a conversation stands at: a person's cases of late, and what is held of their words."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, literal, or_, select, union_all
from sqlmodel import Session

from store.contacts import Address
from store.states import OPEN, SendState, Status
from store.tables import (
    Alert,
    Complaint,
    Contact,
    Group,
    Message,
    Post,
    Reply,
    ReplyPart,
)

_table: Any = Message.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_cases: Any = Complaint.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_contacts: Any = Contact.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_alerts: Any = Alert.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_posts: Any = Post.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_replies: Any = Reply.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_parts: Any = ReplyPart.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_groups: Any = Group.__table__  # type: ignore[attr-defined]  # SQLModel adds it


@dataclass(frozen=True, slots=True)
class KnownCase:
    """One of a person's cases."""

    id: int
    serial: int
    status: Status
    opened_at: datetime
    last_at: datetime
    """When its last message was received."""
    answered_at: datetime | None
    """When it was answered first, or closed."""
    spoken: bool
    """The desk has said something in it, were it a question."""
    card: int | None
    """The post in the team's group that shows it, where that is young and stands or will stand."""


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A greeting that waits for what follows."""

    id: int
    delivery_id: int
    received_at: datetime
    until: datetime


@dataclass(slots=True)
class Talk:
    """A conversation as the database knows it, everything oldest first."""

    cases: list[KnownCase] = field(default_factory=list)
    held: list[HeldMessage] = field(default_factory=list)


def talks(
    db: Session,
    facility_id: int,
    addresses: Collection[Address],
    *,
    since: datetime,
    cards_since: datetime,
) -> dict[Address, Talk]:
    """These conversations: cases that are open, or were opened since that moment, and what is
    held. Of cards only those count that were asked for since `cards_since`. One query.
    """
    found: dict[Address, Talk] = {}
    if not addresses:
        return found
    query = union_all(
        _known(facility_id, addresses, since, cards_since), _held(facility_id, addresses)
    )
    wanted = set(addresses)
    for held, channel, address, id_, other, status, first, last, ended, spoken, card in sorted(
        db.connection().execute(query), key=lambda row: row[3]
    ):
        if (channel, address) not in wanted:
            continue
        talk = found.setdefault((channel, address), Talk())
        if held:
            talk.held.append(HeldMessage(id_, other, first, last))
        else:
            talk.cases.append(KnownCase(id_, other, status, first, last, ended, spoken > 0, card))
    return found


def _known(
    facility_id: int, addresses: Collection[Address], since: datetime, cards_since: datetime
) -> Any:
    row, contact = _cases.c, _contacts.c
    last = select(func.max(_table.c.received_at)).where(_table.c.complaint_id == row.id)
    spoken = (
        select(func.count())
        .select_from(_parts)
        .join(_replies, _replies.c.id == _parts.c.reply_id)
        .where(_replies.c.complaint_id == row.id, _parts.c.accepted_at.is_not(None))
        .correlate(_cases)
    )
    return (
        select(
            literal(0),
            contact.channel,
            contact.address,
            row.id,
            row.serial,
            row.status,
            row.received_at,
            func.coalesce(last.scalar_subquery(), row.received_at),
            func.coalesce(row.replied_at, row.closed_at),
            spoken.scalar_subquery(),
            _card(facility_id, cards_since).scalar_subquery(),
        )
        .join_from(_contacts, _cases, row.contact_id == contact.id)
        .where(
            contact.facility_id == facility_id,
            contact.channel.in_({channel for channel, _ in addresses}),
            contact.address.in_({address for _, address in addresses}),
            or_(row.status.in_(OPEN), row.received_at >= since),
        )
    )


def _card(facility_id: int, since: datetime) -> Any:
    post, standing = _posts.c, (SendState.PENDING, SendState.SENDING)
    # What stands in a group that takes nothing, or was left, is read by nobody any more.
    read = exists().where(
        _groups.c.facility_id == facility_id,
        _groups.c.broken == "",
        _groups.c.failing_since.is_(None),
        _groups.c.chat_id == post.chat_id,
    )
    return (
        select(func.max(post.id))
        .join_from(_alerts, _posts, post.id == _alerts.c.post_id)
        .where(
            _alerts.c.complaint_id == _cases.c.id,
            post.created_at >= since,
            or_(post.state.in_(standing), and_(post.state == SendState.ACCEPTED, read)),
        )
        .correlate(_cases)
    )


def _held(facility_id: int, addresses: Collection[Address]) -> Any:
    row = _table.c
    # Few wait at any time: they are read by the index of what is held.
    return (
        select(
            literal(1),
            row.channel,
            row.conversation,
            row.id,
            row.delivery_id,
            literal(Status.NEW, _cases.c.status.type),
            row.received_at,
            row.held_until,
            row.held_until,
            literal(0),
            row.complaint_id,
        )
        .select_from(_table)
        .where(
            row.facility_id == facility_id,
            row.held_until.is_not(None),
            row.conversation.in_({address for _, address in addresses}),
        )
    )


def by_external_id(
    db: Session, facility_id: int, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Messages by (channel, provider's id); the newest where one is borne twice."""
    if not wanted:
        return {}
    row = _table.c
    found = db.connection().execute(
        select(row.channel, row.external_id, row.id)
        .where(row.facility_id == facility_id, row.external_id.in_({id_ for _, id_ in wanted}))
        .order_by(row.id)
    )
    return {(channel, external_id): id_ for channel, external_id, id_ in found}
