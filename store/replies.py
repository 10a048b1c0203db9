"""Reply parts on their way to the gateway: claimed by compare-and-set, never by looking."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, text, true, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from store.clock import database_seconds
from store.states import AT_GATEWAY, SendState
from store.tables import Account, Complaint, Facility, Reply, ReplyPart

# The index's own words: a partial index serves only a query that repeats them.
_MOVING = text("reply_part.state IN ('pending', 'sending', 'unknown')")


def next_due(
    db: Session, now: datetime, facility_id: int | None = None
) -> tuple[ReplyPart, Reply, Complaint, str] | None:
    """The part that may leave next (of this facility), with its reply, its case and its
    account's name.

    Nothing of a case with an answer typed elsewhere, and no part before the one it follows.
    """
    return db.exec(
        select(ReplyPart, Reply, Complaint, Account.name)
        .join(Reply, col(Reply.id) == col(ReplyPart.reply_id))
        .join(Complaint, col(Complaint.id) == col(Reply.complaint_id))
        .join(Account, col(Account.id) == col(ReplyPart.account_id))
        .where(
            _MOVING,
            _may_leave(),
            col(ReplyPart.due_at) <= now,
            true() if facility_id is None else col(ReplyPart.facility_id) == facility_id,
        )
        .order_by(col(ReplyPart.due_at), col(ReplyPart.id))
        .limit(1)
    ).first()


def _may_leave() -> ColumnElement[bool]:
    """Of a ReplyPart joined to its Reply and Complaint."""
    earlier = aliased(ReplyPart)
    first = (
        select(earlier.id)
        .where(
            col(earlier.reply_id) == col(Reply.id),
            col(earlier.state).not_in(AT_GATEWAY),
        )
        .order_by(col(earlier.position))
        .limit(1)
        .correlate(Reply)
        .scalar_subquery()
    )
    return and_(
        col(ReplyPart.state) == SendState.PENDING,
        col(Complaint.foreign_answer).is_(False),
        col(ReplyPart.id) == first,
    )


def begin(db: Session, part: ReplyPart, holder: str, ttl: float, now: datetime) -> bool:
    """`pending → sending`, or False when something else happened to it meanwhile."""
    begun = db.execute(
        update(ReplyPart)
        .where(
            col(ReplyPart.id) == part.id,
            col(ReplyPart.state) == SendState.PENDING,
            col(ReplyPart.approved_digest) == part.approved_digest,
        )
        .values(
            state=SendState.SENDING,
            attempts=ReplyPart.attempts + 1,
            holder=holder,
            lease=database_seconds(db.connection()) + ttl,
            started_at=now,
        )
        .returning(col(ReplyPart.id))
    ).scalar_one_or_none()
    return begun is not None


def hold(db: Session, part_id: int, holder: str, ttl: float) -> None:
    """The attempt is still being made, also when it was given up as unknown."""
    db.execute(
        update(ReplyPart)
        .where(
            col(ReplyPart.id) == part_id,
            col(ReplyPart.holder) == holder,
            col(ReplyPart.state).in_((SendState.SENDING, SendState.UNKNOWN)),
        )
        .values(lease=database_seconds(db.connection()) + ttl)
    )


def finish(db: Session, part_id: int, holder: str, state: SendState, **values: object) -> bool:
    """End this holder's attempt. A receipt counts also when the attempt had been given up as
    unknown, and when a person wants it sent again but nobody has begun that; False when it is
    no longer this holder's to say.
    """
    mine = and_(col(ReplyPart.id) == part_id, col(ReplyPart.holder) == holder)
    moving = [SendState.SENDING]
    if state is SendState.ACCEPTED:
        moving += [SendState.UNKNOWN, SendState.PENDING]
    done = db.execute(
        update(ReplyPart)
        .where(mine, col(ReplyPart.state).in_(moving))
        .values(state=state, lease=0.0, **values)
        .returning(col(ReplyPart.id))
    ).scalar_one_or_none()
    return done is not None


def expire(db: Session, ttl: float, now: datetime) -> int:
    """Attempts whose process is past its time become unknown; how many."""
    seconds = database_seconds(db.connection())
    lost = db.execute(
        update(ReplyPart)
        .where(
            _in_state(SendState.SENDING),
            (col(ReplyPart.lease) <= seconds) | (col(ReplyPart.lease) > seconds + 2 * ttl),
        )
        .values(state=SendState.UNKNOWN, due_at=now)
        .returning(col(ReplyPart.id))
    ).all()
    return len(lost)


def with_expired(db: Session, ttl: float) -> set[int]:
    """The facilities where `expire` would find something; cheap enough for every sweep."""
    seconds = database_seconds(db.connection())
    found = db.exec(
        select(ReplyPart.facility_id)
        .where(
            _in_state(SendState.SENDING),
            (col(ReplyPart.lease) <= seconds) | (col(ReplyPart.lease) > seconds + 2 * ttl),
        )
        .distinct()
    )
    return set(found)


def next_unknown(db: Session, now: datetime) -> tuple[ReplyPart, Reply, str] | None:
    """A part in doubt that is to be looked up at its gateway."""
    return db.exec(
        select(ReplyPart, Reply, Account.name)
        .join(Reply, col(Reply.id) == col(ReplyPart.reply_id))
        .join(Account, col(Account.id) == col(ReplyPart.account_id))
        .where(_in_state(SendState.UNKNOWN), col(ReplyPart.due_at) <= now)
        .order_by(col(ReplyPart.due_at), col(ReplyPart.id))
        .limit(1)
    ).first()


def _in_state(state: SendState) -> ColumnElement[bool]:
    """By the index that begins with the facility: few are in this state, however many wait."""
    return and_(col(ReplyPart.facility_id).in_(select(Facility.id)), col(ReplyPart.state) == state)


def next_moment(db: Session) -> datetime | None:
    """When the earliest part is due that may leave or is to be looked up."""
    return db.exec(
        select(ReplyPart.due_at)
        .join(Reply, col(Reply.id) == col(ReplyPart.reply_id))
        .join(Complaint, col(Complaint.id) == col(Reply.complaint_id))
        .where(
            _MOVING,
            or_(_may_leave(), col(ReplyPart.state) == SendState.UNKNOWN),
            col(ReplyPart.due_at).is_not(None),
        )
        .order_by(col(ReplyPart.due_at))
        .limit(1)
    ).first()
