"""Reply parts on their way to the gateway: claimed by compare-and-set, never by looking."""

from datetime import datetime

from sqlalchemy import and_, update
from sqlmodel import Session, col, select

from store.clock import database_seconds
from store.states import SendState
from store.tables import Account, Complaint, Reply, ReplyPart


def next_due(db: Session, now: datetime) -> tuple[ReplyPart, Reply, Complaint, str] | None:
    """The part that may leave next, with its reply, its case and its account's name.

    Nothing of a case with an answer typed elsewhere, and no part before the one it follows.
    """
    earlier = (
        select(ReplyPart.id)
        .where(
            col(ReplyPart.reply_id) == col(Reply.id),
            col(ReplyPart.state).not_in((SendState.ACCEPTED, SendState.DELIVERED, SendState.READ)),
        )
        .order_by(col(ReplyPart.position))
        .limit(1)
        .correlate(Reply)
        .scalar_subquery()
    )
    return db.exec(
        select(ReplyPart, Reply, Complaint, Account.name)
        .join(Reply, col(Reply.id) == col(ReplyPart.reply_id))
        .join(Complaint, col(Complaint.id) == col(Reply.complaint_id))
        .join(Account, col(Account.id) == col(ReplyPart.account_id))
        .where(
            ReplyPart.state == SendState.PENDING,
            col(ReplyPart.due_at) <= now,
            col(Complaint.foreign_answer).is_(False),
            col(ReplyPart.id) == earlier,
        )
        .order_by(col(ReplyPart.due_at), col(ReplyPart.id))
        .limit(1)
        .with_for_update(of=ReplyPart, skip_locked=True)
    ).first()


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


def finish(db: Session, part_id: int, holder: str, state: SendState, **values: object) -> bool:
    """End this holder's attempt. A late receipt is stored also when the attempt had been
    given up as unknown; False when it is no longer this holder's to say.
    """
    mine = and_(col(ReplyPart.id) == part_id, col(ReplyPart.holder) == holder)
    moving = [SendState.SENDING]
    if state is SendState.ACCEPTED:
        moving.append(SendState.UNKNOWN)
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
            col(ReplyPart.state) == SendState.SENDING,
            (col(ReplyPart.lease) <= seconds) | (col(ReplyPart.lease) > seconds + 2 * ttl),
        )
        .values(state=SendState.UNKNOWN, due_at=now)
        .returning(col(ReplyPart.id))
    ).all()
    return len(lost)


def any_expired(db: Session, ttl: float) -> bool:
    """Whether `expire` would find something; cheap enough for every sweep."""
    seconds = database_seconds(db.connection())
    return (
        db.exec(
            select(ReplyPart.id)
            .where(
                ReplyPart.state == SendState.SENDING,
                (col(ReplyPart.lease) <= seconds) | (col(ReplyPart.lease) > seconds + 2 * ttl),
            )
            .limit(1)
        ).first()
        is not None
    )


def next_unknown(db: Session, now: datetime) -> tuple[ReplyPart, Reply, str] | None:
    """A part in doubt that is to be looked up at its gateway."""
    return db.exec(
        select(ReplyPart, Reply, Account.name)
        .join(Reply, col(Reply.id) == col(ReplyPart.reply_id))
        .join(Account, col(Account.id) == col(ReplyPart.account_id))
        .where(ReplyPart.state == SendState.UNKNOWN, col(ReplyPart.due_at) <= now)
        .order_by(col(ReplyPart.id))
        .limit(1)
    ).first()


def next_moment(db: Session) -> datetime | None:
    """When the earliest waiting part is due."""
    return db.exec(
        select(ReplyPart.due_at)
        .where(
            col(ReplyPart.state).in_((SendState.PENDING, SendState.UNKNOWN)),
            col(ReplyPart.due_at).is_not(None),
        )
        .order_by(col(ReplyPart.due_at))
        .limit(1)
    ).first()
