"""Posts on their way into the team's chat."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text, update
from sqlmodel import Session, col, select

from store.states import SendState
from store.tables import Alert, Complaint, Post


def moving(db: Session, facility_id: int, limit: int = 200) -> Sequence[Post]:
    """Posts to be sent or drawn anew, oldest first."""
    return db.exec(
        select(Post)
        .where(
            Post.facility_id == facility_id,
            # The index's own words: a partial index serves only a query that repeats them.
            text("(post.state IN ('pending', 'sending') OR post.wanted > post.shown)"),
            col(Post.state).in_((SendState.PENDING, SendState.ACCEPTED)),
        )
        .order_by(col(Post.id))
        .limit(limit)
    ).all()


def abandoned_again(db: Session, facility_id: int) -> None:
    """What a vanished sender was about to post is posted once more: at-least-once."""
    db.execute(
        update(Post)
        .where(col(Post.facility_id) == facility_id, col(Post.state) == SendState.SENDING)
        .values(state=SendState.PENDING)
    )


def placed(
    db: Session, post_id: int, chat_id: int, message_id: int, shown: int, now: datetime
) -> None:
    """It stands in the chat; the complaints on a card are alerted with that."""
    db.execute(
        update(Post)
        .where(col(Post.id) == post_id)
        .values(
            state=SendState.ACCEPTED,
            chat_id=chat_id,
            message_id=message_id,
            shown=shown,
            accepted_at=now,
            reason="",
        )
    )
    db.execute(
        update(Complaint)
        .where(
            col(Complaint.id).in_(select(Alert.complaint_id).where(Alert.post_id == post_id)),
            col(Complaint.alerted_at).is_(None),
        )
        .values(alerted_at=now)
    )


def delay(db: Session, post_id: int, until: datetime, reason: str) -> None:
    """Try it again then."""
    db.execute(
        update(Post)
        .where(col(Post.id) == post_id)
        .values(state=SendState.PENDING, due_at=until, reason=reason)
    )


def end(db: Session, post_id: int, state: SendState, reason: str) -> None:
    """Give up on it (failed), or keep it until its reader has started the bot (held)."""
    db.execute(update(Post).where(col(Post.id) == post_id).values(state=state, reason=reason))


def redrawn(db: Session, post_id: int, shown: int) -> None:
    """The chat shows it as it was at `shown`."""
    db.execute(update(Post).where(col(Post.id) == post_id).values(shown=shown))
