"""What a conversation stands at: a person's cases of late, and what is held of their words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, literal, or_, select, union_all, update
from sqlmodel import Session

from store.contacts import Address
from store.states import OPEN, Disposition, SendState, Status
from store.tables import Account, Alert, Complaint, Contact, Delivery, Group, Message, Post

HELD = "greeting"
"""Reason of a delivery that is set aside until something follows."""
_table: Any = Message.__table__  # type: ignore[attr-defined]
_cases: Any = Complaint.__table__  # type: ignore[attr-defined]
_contacts: Any = Contact.__table__  # type: ignore[attr-defined]
_deliveries: Any = Delivery.__table__  # type: ignore[attr-defined]
_alerts: Any = Alert.__table__  # type: ignore[attr-defined]
_posts: Any = Post.__table__  # type: ignore[attr-defined]
_groups: Any = Group.__table__  # type: ignore[attr-defined]


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


@dataclass(frozen=True, slots=True)
class HeldFully:
    """A held message with all that opening its case needs."""

    id: int
    delivery_id: int
    account_id: int
    account: str
    contact_id: int
    channel: str
    medium: str
    address: str
    meta: str
    text: str
    received_at: datetime
    since: datetime
    """The account's: what was received before is not alerted."""


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
    for held, channel, address, id_, other, status, first, last, ended, card in sorted(
        db.connection().execute(query), key=lambda row: row[3]
    ):
        if (channel, address) not in wanted:
            continue
        talk = found.setdefault((channel, address), Talk())
        if held:
            talk.held.append(HeldMessage(id_, other, first, last))
        else:
            talk.cases.append(KnownCase(id_, other, status, first, last, ended, card))
    return found


def _known(
    facility_id: int, addresses: Collection[Address], since: datetime, cards_since: datetime
) -> Any:
    row, contact = _cases.c, _contacts.c
    last = select(func.max(_table.c.received_at)).where(_table.c.complaint_id == row.id)
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
    # A group that takes nothing, or was left, shows nobody anything.
    here = exists().where(
        _groups.c.facility_id == facility_id,
        _groups.c.broken == "",
        _groups.c.failing_since.is_(None),
        or_(post.state.in_(standing), _groups.c.chat_id == post.chat_id),
    )
    return (
        select(func.max(post.id))
        .join_from(_alerts, _posts, post.id == _alerts.c.post_id)
        .where(
            _alerts.c.complaint_id == _cases.c.id,
            post.state.in_((*standing, SendState.ACCEPTED)),
            post.created_at >= since,
            here,
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
            row.complaint_id,
        )
        .select_from(_table)
        .where(
            row.facility_id == facility_id,
            row.held_until.is_not(None),
            row.conversation.in_({address for _, address in addresses}),
        )
    )


def first_held(db: Session, facility_id: int) -> datetime | None:
    """When the first hold ends; None while nothing is held."""
    row = _table.c
    found = db.connection().execute(
        select(func.min(row.held_until)).where(
            row.facility_id == facility_id, row.held_until.is_not(None)
        )
    )
    first: datetime | None = found.scalar_one()
    return first


def held_since(db: Session, facility_id: int, now: datetime, limit: int) -> list[Address]:
    """Conversations in which a hold has ended."""
    row = _table.c
    found = db.connection().execute(
        select(row.channel, row.conversation)
        .where(row.facility_id == facility_id, row.held_until <= now)
        .where(row.held_until.is_not(None))
        .order_by(row.held_until)
        .limit(limit)
    )
    return list(dict.fromkeys((channel, address) for channel, address in found))


def held_fully(db: Session, ids: Collection[int]) -> list[HeldFully]:
    """These messages, oldest first."""
    if not ids:
        return []
    row, delivery, account = _table.c, _deliveries.c, Account.__table__.c  # type: ignore[attr-defined]
    found = db.connection().execute(
        select(
            row.id,
            row.delivery_id,
            account.id,
            account.name,
            row.contact_id,
            row.channel,
            row.medium,
            row.conversation,
            delivery.meta,
            row.text,
            row.received_at,
            account.since,
        )
        .join_from(_table, _deliveries, delivery.id == row.delivery_id)
        .join(Account.__table__, account.id == delivery.account_id)  # type: ignore[attr-defined]
        .where(row.id.in_(ids))
        .order_by(row.id)
    )
    rows: Any = found
    return [HeldFully(*row) for row in rows]


def release(db: Session, ends: Sequence[tuple[int, int, int, Disposition]]) -> None:
    """What was held belongs to a case: (message, its delivery, case, end of the delivery)."""
    if not ends:
        return
    db.connection().execute(
        update(_table)
        .where(_table.c.id == bindparam("key"))
        .values(complaint_id=bindparam("case"), held_until=None),
        [{"key": key, "case": case} for key, _, case, _ in ends],
    )
    row = _deliveries.c
    db.connection().execute(
        update(_deliveries)
        .where(
            row.id == bindparam("key"),
            row.disposition == Disposition.SET_ASIDE,
            row.reason == HELD,
        )
        .values(disposition=bindparam("end"), reason=""),
        [{"key": key, "end": end} for _, key, _, end in ends],
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
