"""Parts of answers that wait to leave."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from store.sending import moving
from store.states import AT_GATEWAY, SendState
from store.tables import Complaint, Reply, ReplyPart


def next_due(db: Session, account_id: int, now: datetime) -> ReplyPart | None:
    """The part that may leave next by this account.

    Nothing of a case with an answer typed elsewhere, nothing that waits for somebody, and no
    part before the one it follows.
    """
    return db.exec(
        select(ReplyPart)
        .join(Reply, col(Reply.id) == col(ReplyPart.reply_id))
        .join(Complaint, col(Complaint.id) == col(Reply.complaint_id))
        .where(
            moving(ReplyPart),
            col(ReplyPart.account_id) == account_id,
            may_leave(),
            col(ReplyPart.due_at) <= now,
        )
        .order_by(col(ReplyPart.due_at), col(ReplyPart.id))
        .limit(1)
    ).first()


def may_leave() -> ColumnElement[bool]:
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
        col(ReplyPart.waits_for) == "",
        col(Complaint.foreign_answer).is_(False),
        col(ReplyPart.id) == first,
    )
