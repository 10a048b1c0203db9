"""Who may do what only one may do: a row with a holder, an end and a fence.

Whoever holds a lease renews it inside the very transaction that commits its work, so a holder
that slept past its end finds out before anything it did is kept.
"""

from dataclasses import dataclass

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from store.clock import database_seconds
from store.tables import Lease
from store.upsert import insert_into


class LeaseLost(Exception):
    """Another holder has taken over; what was being done must not be committed."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A lease as its holder knows it. The fence tells it from every earlier holder."""

    name: str
    holder: str
    fence: int
    ttl: float


def acquire(db: Session, name: str, holder: str, ttl: float) -> Grant | None:
    """Take the lease for `ttl` seconds if it is free, expired or ours; None when it is not.

    One that reaches beyond twice its time to live counts as expired: the clock once jumped.
    """
    now = database_seconds(db.connection())
    taken = db.execute(
        update(Lease)
        .where(
            col(Lease.name) == name,
            or_(
                col(Lease.holder) == holder,
                col(Lease.expires) <= now,
                col(Lease.expires) > now + 2 * ttl,
            ),
        )
        .values(holder=holder, fence=Lease.fence + 1, expires=now + ttl)
        .returning(col(Lease.fence))
    ).scalar_one_or_none()
    if taken is None:
        taken = db.execute(
            insert_into(db, Lease)
            .values(name=name, holder=holder, fence=1, expires=now + ttl)
            .on_conflict_do_nothing()
            .returning(col(Lease.fence))
        ).scalar_one_or_none()
    return None if taken is None else Grant(name, holder, taken, ttl)


def renew(db: Session, grant: Grant) -> None:
    """Hold it for another time to live, or raise LeaseLost. Part of the caller's transaction.

    The fence alone decides: a holder that was slow past its end and whom nobody followed may go
    on, or a mail that takes longer to fetch than a lease lasts would never be kept.
    """
    now = database_seconds(db.connection())
    kept = db.execute(
        update(Lease)
        .where(
            col(Lease.name) == grant.name,
            col(Lease.holder) == grant.holder,
            col(Lease.fence) == grant.fence,
        )
        .values(expires=now + grant.ttl)
        .returning(col(Lease.fence))
    ).scalar_one_or_none()
    if kept is None:
        raise LeaseLost(grant.name)


def release(db: Session, grant: Grant) -> None:
    """Give it back early, so that nobody has to wait for its end."""
    db.execute(
        update(Lease)
        .where(
            col(Lease.name) == grant.name,
            col(Lease.holder) == grant.holder,
            col(Lease.fence) == grant.fence,
        )
        .values(expires=0.0)
    )


def holder_of(db: Session, name: str) -> str | None:
    """Who has it now, or None."""
    now = database_seconds(db.connection())
    return db.exec(
        select(Lease.holder).where(col(Lease.name) == name, col(Lease.expires) > now)
    ).one_or_none()
