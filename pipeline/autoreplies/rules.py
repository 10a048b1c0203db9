"""How often a sender may hear from us unasked, and by which way."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from channels.base import Sends
from channels.message import Route, RouteKind
from pipeline.ports import Office
from store.states import AutoReplyKind, SendState
from store.tables import Account, AutoReply, Contact

APART = timedelta(hours=6)
"""Between two receipts to one sender."""
DAY = timedelta(hours=24)
MOST_A_DAY = 3
"""Receipts to one sender in any 24 hours: two machines that answer each other stay harmless."""
_NEVER_LEFT = (SendState.PENDING, SendState.CANCELLED, SendState.HELD, SendState.SUPERSEDED)


def way(
    office: Office, account: str, address: str, now: datetime, heard_at: datetime | None
) -> Route | None:
    """The way to this one person, at this moment and for nothing; None where there is none: no
    address that a person reads, a public place, a window that has closed, or a person carries it.
    """
    adapter = office.channels.get(account)
    if not isinstance(adapter, Sends):
        return None
    first = adapter.routes(address, now, heard_at)[0]
    return first if first.kind is RouteKind.PRIVATE else None


def may_reach(db: Session, contact: Contact) -> bool:
    """Whether anything may be sent to this person on this channel: they have not said STOP."""
    return contact.opted_out_at is None


def ours(db: Session, office: Office) -> frozenset[str]:
    """Our own addresses and numbers, as `plain` writes them: these never get a receipt."""
    accounts = db.exec(select(Account.address).where(Account.facility_id == office.id))
    return frozenset(plain(it) for it in (*accounts, *office.phones) if it)


def plain(address: str) -> str:
    """An address as it is compared: mail in lower case, a number as its digits with 62."""
    bare = address.strip().lower().removeprefix("whatsapp:")
    if "@" in bare:
        return bare
    digits = "".join(one for one in bare if one.isdigit())
    return f"62{digits[1:]}" if digits.startswith("0") else digits


def receipts_of(db: Session, contacts: Collection[int], now: datetime) -> Mapping[int, Any]:
    """Receipts to these that wait, or began to leave in the last 24 hours: contact → rows."""
    found: dict[int, list[AutoReply]] = {}
    for row in db.exec(
        select(AutoReply)
        .where(
            col(AutoReply.contact_id).in_(contacts),
            AutoReply.kind == AutoReplyKind.RECEIPT,
            (col(AutoReply.state) == SendState.PENDING) | (col(AutoReply.started_at) > now - DAY),
        )
        .order_by(col(AutoReply.id))
    ):
        found.setdefault(row.contact_id, []).append(row)
    return found


def next_receipt(rows: Iterable[AutoReply], now: datetime) -> datetime:
    """The first moment at which one more receipt may leave, after these of the same person.
    `now` at the earliest.
    """
    left = sorted(
        row.accepted_at or row.started_at
        for row in rows
        if row.state not in _NEVER_LEFT and row.started_at is not None
    )
    waiting = sorted(
        row.due_at for row in rows if row.state is SendState.PENDING and row.due_at is not None
    )
    times = [*left, *(max(due, now) for due in waiting)]
    moments = [now, *(moment + APART for moment in times[-1:])]
    if len(times) >= MOST_A_DAY:
        moments.append(sorted(times)[-MOST_A_DAY] + DAY)
    return max(moments)
