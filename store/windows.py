"""Cases that can be answered freely until some moment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text, update
from sqlmodel import Session, col, select

from store.states import Status
from store.tables import Complaint

# The index's own words: a partial index serves only a query that repeats them.
_LIMITED = text("complaint.window_until IS NOT NULL")
_UNANSWERED = (Status.NEW, Status.TAKEN, Status.DRAFTED, Status.ESCALATED)
"""The desk owes the next word, and has not given it."""


def closing(db: Session, facility_id: int, now: datetime, most: int) -> Sequence[Complaint]:
    """The unanswered cases whose window closes next and of which nobody was reminded."""
    return db.exec(
        select(Complaint)
        .where(
            _LIMITED,
            Complaint.facility_id == facility_id,
            col(Complaint.window_until) > now,
            col(Complaint.window_told_at).is_(None),
            col(Complaint.status).in_(_UNANSWERED),
        )
        .order_by(col(Complaint.window_until), col(Complaint.id))
        .limit(most)
    ).all()


def told(db: Session, complaint: Complaint, now: datetime) -> bool:
    """People are reminded of this very window; False where they were before, or it is another."""
    return (
        db.execute(
            update(Complaint)
            .where(
                col(Complaint.id) == complaint.id,
                col(Complaint.window_until) == complaint.window_until,
                col(Complaint.window_told_at).is_(None),
            )
            .values(window_told_at=now)
            .returning(col(Complaint.id))
        ).scalar_one_or_none()
        is not None
    )
