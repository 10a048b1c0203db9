"""Automatic messages that wait to leave."""

from datetime import datetime

from sqlmodel import Session, col, select

from store.sending import moving
from store.states import SendState
from store.tables import AutoReply


def next_due(db: Session, account_id: int, now: datetime) -> AutoReply | None:
    """The one that leaves next by this account."""
    return db.exec(
        select(AutoReply)
        .where(
            moving(AutoReply),
            col(AutoReply.account_id) == account_id,
            col(AutoReply.state) == SendState.PENDING,
            col(AutoReply.due_at) <= now,
        )
        .order_by(col(AutoReply.due_at), col(AutoReply.id))
        .limit(1)
    ).first()
