"""Whether anything runs that will do what follows from a decision."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from store.clock import database_seconds
from store.tables import Account, Lease

_LONGEST = 3600.0
"""Seconds; a lease that reaches further comes from a clock that jumped."""


def running(db: Session) -> bool:
    """Whether some process holds a lease at this moment: a poller, the bot, a stage at work."""
    now = database_seconds(db.connection())
    held = select(Lease.name).where(col(Lease.expires) > now, col(Lease.expires) < now + _LONGEST)
    return db.exec(held.limit(1)).first() is not None


def last_seen(db: Session, facility_id: int) -> datetime | None:
    """When a mailbox was last asked; None while that never happened."""
    return db.exec(
        select(func.max(col(Account.polled_at))).where(Account.facility_id == facility_id)
    ).one()
