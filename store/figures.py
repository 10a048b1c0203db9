"""The figures that a machine watches: counts and ages of what waits, from indexes alone.

Nobody's name or text is among them. Every count ends at `CAP`, so that asking costs the same
small time on a bad day as on a good one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    and_,
    case,
    func,
    literal,
    or_,
    text,
    union_all,
)
from sqlmodel import Session, col, select

from store import health
from store.clock import database_seconds
from store.states import OPEN, SendState, Status
from store.tables import (
    Alert,
    AutoReply,
    Complaint,
    Counter,
    Delivery,
    Group,
    Lease,
    Post,
    ReplyPart,
    Update,
)

CAP = 100_000
"""No count goes beyond this."""
ALERT_LIMIT = timedelta(hours=24)
"""When an alert is late whose procedure names no time of its own."""

# The indexes' own words: a partial index serves only a query that repeats its condition.
_PENDING = text("delivery.disposition = 'pending'")
_QUARANTINED = text("delivery.disposition = 'quarantined'")
_MOVING = text("(post.state IN ('pending', 'sending') OR post.wanted > post.shown)")
_UPDATE_PENDING = text("state = 'pending'")

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many, and since when the oldest of them."""

    count: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alerts:
    """What the team has not been told yet, in no card that the chat has taken."""

    waiting: Waiting
    deadline: datetime | None
    """The earliest moment by which somebody had to know."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One facility's."""

    deliveries: Waiting
    alerts: Alerts
    posts: Waiting
    """New posts of the chat; those to be drawn anew are not among them."""
    redraws: int
    quarantined: int
    in_doubt: int
    """Parts of newest replies of which nobody knows whether they went: a person has to say."""
    refused: int
    """Parts of the newest reply to an open case that were refused for good."""
    complaints: Mapping[Status, int]
    overdue: Mapping[str, int]
    """Open cases past their time, by clock: `answer`, `alert`."""
    recorded: Mapping[int, int]
    """Complaints that got a number, by year."""
    replies: Mapping[SendState, int]
    """Parts of replies."""
    automatic: Mapping[SendState, int]
    """What the desk said by itself."""
    group_broken: bool


def figures(db: Session, facility_id: int, now: datetime) -> Figures:
    """Count for one facility."""
    group = db.get(Group, facility_id)
    moving = (col(Post.facility_id) == facility_id, _MOVING)
    fresh = col(Post.state).in_((SendState.PENDING, SendState.SENDING))
    return Figures(
        deliveries=_deliveries(db, facility_id),
        alerts=alerts_waiting(db, facility_id),
        posts=_waiting(db, col(Post.created_at), *moving, fresh),
        redraws=_count(db, col(Post.id), *moving, ~fresh),
        quarantined=_count(
            db, col(Delivery.id), col(Delivery.facility_id) == facility_id, _QUARANTINED
        ),
        in_doubt=health.parts(db, facility_id, SendState.UNKNOWN),
        refused=health.parts(db, facility_id, SendState.FAILED),
        complaints=_by_state(db, Complaint, col(Complaint.status), facility_id, Status),
        overdue={
            "answer": _overdue(db, facility_id, col(Complaint.answer_due_at) < now),
            "alert": _overdue(
                db,
                facility_id,
                and_(col(Complaint.alert_due_at) < now, col(Complaint.alerted_at).is_(None)),
            ),
        },
        recorded=_recorded(db, facility_id),
        replies=_by_state(db, ReplyPart, col(ReplyPart.state), facility_id, SendState),
        automatic=_by_state(db, AutoReply, col(AutoReply.state), facility_id, SendState),
        group_broken=group is not None and group.broken != "",
    )


def alerts_waiting(db: Session, facility_id: int) -> Alerts:
    """Alerts that no accepted card carries, of complaints that nobody was told of otherwise."""
    unasked = (
        _alerts()
        .where(col(Alert.facility_id) == facility_id, col(Alert.post_id).is_(None))
        .order_by(col(Alert.id))
        .limit(CAP)
    )
    under_way = (
        _alerts()
        .join(Post, col(Post.id) == Alert.post_id)
        .where(
            col(Post.facility_id) == facility_id,
            _MOVING,
            col(Post.accepted_at).is_(None),
        )
        .limit(CAP)
    )
    count, since, due, undated = 0, [], [], []
    for part in (unasked.subquery(), under_way.subquery()):
        untold = case((part.c.joined.is_(False), part.c.created_at))
        row = db.execute(
            select(
                func.count(),
                func.min(part.c.created_at),
                func.min(case((part.c.joined.is_(False), part.c.alert_due_at))),
                func.min(case((part.c.alert_due_at.is_(None), untold))),
            ).where(or_(part.c.joined.is_(True), part.c.alerted_at.is_(None)))
        ).one()
        count += row[0]
        since.append(row[1])
        due.append(row[2])
        undated.append(row[3])
    oldest = _first(undated)
    deadlines = [_first(due), oldest + ALERT_LIMIT if oldest else None]
    return Alerts(Waiting(count, _first(since)), _first(deadlines))


def updates_waiting(db: Session, bot_id: int) -> Waiting:
    """What the chat sent and nothing has acted on."""
    return _waiting(db, col(Update.received_at), col(Update.bot_id) == bot_id, _UPDATE_PENDING)


def leases_held(db: Session) -> Sequence[tuple[str, str]]:
    """Name and holder of every lease that runs."""
    now = database_seconds(db.connection())
    rows = db.execute(select(Lease.name, Lease.holder).where(col(Lease.expires) > now).limit(CAP))
    return [(name, holder) for name, holder in rows]


def _alerts() -> Select[Any]:
    columns: Any = (Alert.created_at, Alert.joined, Complaint.alert_due_at, Complaint.alerted_at)
    query: Select[Any] = select(*columns)
    return query.join(Complaint, col(Complaint.id) == Alert.complaint_id)


def _deliveries(db: Session, facility_id: int) -> Waiting:
    ours = (col(Delivery.facility_id) == facility_id, _PENDING)
    oldest = db.exec(
        select(Delivery.fetched_at).where(*ours).order_by(col(Delivery.id)).limit(1)
    ).first()
    return Waiting(_count(db, col(Delivery.id), *ours), oldest)


def _waiting(db: Session, since: Any, *conditions: ColumnElement[bool] | TextClause) -> Waiting:
    some = select(since.label("since")).where(*conditions).limit(CAP).subquery()
    count, oldest = db.execute(select(func.count(), func.min(some.c.since))).one()
    return Waiting(count, oldest)


def _count(db: Session, column: Any, *conditions: ColumnElement[bool] | TextClause) -> int:
    some = select(column).where(*conditions).limit(CAP).subquery()
    return db.exec(select(func.count()).select_from(some)).one()


def _overdue(db: Session, facility_id: int, late: ColumnElement[bool]) -> int:
    ours = (col(Complaint.facility_id) == facility_id, col(Complaint.status).in_(OPEN))
    return _count(db, col(Complaint.id), *ours, late)


def _recorded(db: Session, facility_id: int) -> Mapping[int, int]:
    rows = db.execute(select(Counter.year, Counter.last).where(Counter.facility_id == facility_id))
    return {row[0]: row[1] for row in rows}


def _by_state(
    db: Session, table: Any, column: Any, facility_id: int, states: type[State]
) -> Mapping[State, int]:
    parts = []
    for state in states:
        some = (
            select(literal(1).label("one"))
            .select_from(table)
            .where(table.facility_id == facility_id, column == state)
            .limit(CAP)
            .subquery()
        )
        parts.append(select(literal(state.value), func.count()).select_from(some))
    return {states(name): count for name, count in db.execute(union_all(*parts))}


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)
