"""Files that citizens sent and that still lie at the gateway."""

from datetime import datetime

from sqlalchemy import text, update
from sqlmodel import Session, col, select

from store.tables import Attachment

PENDING, DONE, FAILED = "pending", "done", "failed"
"""`Attachment.fetch_state` of a remote one."""

# The index's own words: a partial index serves only a query that repeats its condition.
WAITS = text("attachment.fetch_state = 'pending'")


def next_due(db: Session, account_id: int, now: datetime) -> Attachment | None:
    """The file to fetch next by this account."""
    return db.exec(
        select(Attachment)
        .where(WAITS, col(Attachment.account_id) == account_id, col(Attachment.due_at) <= now)
        .order_by(col(Attachment.due_at))  # by nothing else, or a bad day is sorted each time
        .limit(1)
    ).first()


def claim(db: Session, row: Attachment, until: datetime, *, counts: bool) -> bool:
    """Begin a try, until whose end nobody else makes one; False when somebody was quicker."""
    taken = db.execute(
        update(Attachment)
        .where(
            col(Attachment.id) == row.id,
            col(Attachment.fetch_state) == PENDING,
            col(Attachment.attempts) == row.attempts,
            col(Attachment.due_at) == row.due_at,
        )
        .values(attempts=Attachment.attempts + int(counts), due_at=until)
        .returning(col(Attachment.id))
    ).scalar_one_or_none()
    return taken is not None


def settle(db: Session, attachment_id: int, **values: object) -> bool:
    """What became of a try; False when it is settled already."""
    done = db.execute(
        update(Attachment)
        .where(col(Attachment.id) == attachment_id, col(Attachment.fetch_state) == PENDING)
        .values(**values)
        .returning(col(Attachment.id))
    ).scalar_one_or_none()
    return done is not None
