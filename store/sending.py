"""What is on its way to a gateway, by one state machine for both tables: a part of an answer, and
what the desk says by itself. Claimed by compare-and-set, never by looking.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, TextClause, and_, text, update
from sqlmodel import Session, col, select

from store.clock import database_seconds
from store.states import SendState
from store.tables import Account, AutoReply, ReplyPart

Sent = ReplyPart | AutoReply
Row = TypeVar("Row", ReplyPart, AutoReply)

TABLES: tuple[type[Sent], ...] = (ReplyPart, AutoReply)

AGAIN = "again"
"""Reason of one that waits to be sent once more and may have gone already: it leaves as it was."""

# The indexes' own words: a partial index serves only a query that repeats its condition.
_MOVING = {
    ReplyPart: text("reply_part.state IN ('pending', 'sending', 'unknown')"),
    AutoReply: text("auto_reply.state IN ('pending', 'sending', 'unknown')"),
}
_ASKED = {
    ReplyPart: text("reply_part.status_due_at IS NOT NULL"),
    AutoReply: text("auto_reply.status_due_at IS NOT NULL"),
}


def moving(table: type[Sent]) -> TextClause:
    """The condition of a row that is not settled; every query on such rows begins with it."""
    return _MOVING[table]


def asked_about(table: type[Sent]) -> TextClause:
    """The condition of a row whose gateway is asked how far it got."""
    return _ASKED[table]


def begin(
    db: Session,
    row: Sent,
    holder: str,
    ttl: float,
    now: datetime,
    unchanged: Sequence[ColumnElement[bool]] = (),
) -> bool:
    """`pending → sending`, or False when something else happened to it meanwhile."""
    table: Any = type(row)
    begun = db.execute(
        update(table)
        .where(col(table.id) == row.id, col(table.state) == SendState.PENDING, *unchanged)
        .values(
            state=SendState.SENDING,
            attempts=table.attempts + 1,
            holder=holder,
            lease=database_seconds(db.connection()) + ttl,
            started_at=now,
        )
        .returning(col(table.id))
    ).scalar_one_or_none()
    return begun is not None


def hold(db: Session, table: type[Sent], id_: int, holder: str, ttl: float) -> None:
    """The attempt is still being made, also when it was given up as unknown."""
    row: Any = table
    db.execute(
        update(row)
        .where(
            col(row.id) == id_,
            col(row.holder) == holder,
            col(row.state).in_((SendState.SENDING, SendState.UNKNOWN)),
        )
        .values(lease=database_seconds(db.connection()) + ttl)
    )


def finish(
    db: Session, table: type[Sent], id_: int, holder: str, state: SendState, **values: object
) -> bool:
    """End this holder's attempt. A receipt counts also when the attempt had been given up as
    unknown, and when a person wants it sent again but nobody has begun that; False when it is
    no longer this holder's to say.
    """
    row: Any = table
    states = [SendState.SENDING]
    if state is SendState.ACCEPTED:
        states += [SendState.UNKNOWN, SendState.PENDING]
    done = db.execute(
        update(row)
        .where(col(row.id) == id_, col(row.holder) == holder, col(row.state).in_(states))
        .values(state=state, lease=0.0, **values)
        .returning(col(row.id))
    ).scalar_one_or_none()
    return done is not None


def expire(db: Session, ttl: float, now: datetime) -> int:
    """Attempts whose process is past its time become unknown; how many."""
    lost = 0
    for table in TABLES:
        row: Any = table
        found = db.execute(
            update(row)
            .where(*_expired(db, table, ttl))
            .values(state=SendState.UNKNOWN, due_at=now)
            .returning(col(row.id))
        )
        lost += len(found.all())
    return lost


def with_expired(db: Session, ttl: float) -> set[int]:
    """The facilities where `expire` would find something; cheap enough for every sweep."""
    return {
        facility
        for table in TABLES
        for facility in db.exec(
            select(table.facility_id).where(*_expired(db, table, ttl)).distinct()
        )
    }


def next_unknown(db: Session, table: type[Row], account_id: int, now: datetime) -> Row | None:
    """One in doubt that is to be looked up at this account's gateway."""
    return db.exec(
        select(table)
        .where(
            moving(table),
            col(table.account_id) == account_id,
            col(table.state) == SendState.UNKNOWN,
            col(table.due_at) <= now,
        )
        .order_by(col(table.due_at), col(table.id))
        .limit(1)
    ).first()


def to_ask_about(
    db: Session, table: type[Sent], account_id: int, now: datetime, limit: int
) -> Sequence[Sent]:
    """Those whose gateway is to be asked now how far they got."""
    row: Any = table
    found: Sequence[Sent] = db.exec(
        select(row)
        .where(asked_about(table), col(row.account_id) == account_id, col(row.status_due_at) <= now)
        .order_by(col(row.status_due_at), col(row.id))
        .limit(limit)
    ).all()
    return found


def _expired(db: Session, table: type[Sent], ttl: float) -> tuple[Any, ...]:
    """By the index that begins with the account: few are in this state, however many wait."""
    seconds = database_seconds(db.connection())
    late = (col(table.lease) <= seconds) | (col(table.lease) > seconds + 2 * ttl)
    every = col(table.account_id).in_(select(Account.id))
    return moving(table), and_(every, col(table.state) == SendState.SENDING), late
