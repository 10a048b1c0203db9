"""Greetings that wait for what follows, and how they come to a case."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlmodel import Session

from store.contacts import Address
from store.states import Disposition
from store.tables import Account, Delivery, Message

HELD = "greeting"
"""Reason of a delivery that is set aside until something follows."""

_table: Any = Message.__table__  # type: ignore[attr-defined]
_deliveries: Any = Delivery.__table__  # type: ignore[attr-defined]
_accounts: Any = Account.__table__  # type: ignore[attr-defined]


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


def first_moment(db: Session, facility_id: int) -> datetime | None:
    """When the first hold ends; None while nothing is held."""
    row = _table.c
    found = db.connection().execute(
        select(func.min(row.held_until)).where(
            row.facility_id == facility_id, row.held_until.is_not(None)
        )
    )
    first: datetime | None = found.scalar_one()
    return first


def due(db: Session, facility_id: int, now: datetime, limit: int) -> list[Address]:
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


def fully(db: Session, ids: Collection[int]) -> list[HeldFully]:
    """These messages, oldest first."""
    if not ids:
        return []
    row, delivery, account = _table.c, _deliveries.c, _accounts.c
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
        .join(_accounts, account.id == delivery.account_id)
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
