"""What moves too slowly on the chat channels, in counts for the doctor."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from store.states import OPEN, SendState
from store.tables import Attachment, AutoReply, Complaint, Message, ReplyPart

# The indexes' own words: a partial index serves only a query that repeats its condition.
_FETCHING = text("attachment.fetch_state = 'pending'")
_ASKED = {
    ReplyPart: text("reply_part.status_due_at IS NOT NULL"),
    AutoReply: text("auto_reply.status_due_at IS NOT NULL"),
}


def waiting_files(db: Session, facility_id: int, before: datetime) -> int:
    """Citizens' files that lie at a gateway still, of messages recorded before that moment."""
    return db.exec(
        select(func.count())
        .select_from(Attachment)
        .join(Message, col(Message.id) == Attachment.message_id)
        .where(_FETCHING, Message.facility_id == facility_id, col(Message.recorded_at) < before)
    ).one()


def lost_files(db: Session, facility_id: int) -> int:
    """Citizens' files of open cases that were given up."""
    return db.exec(
        select(func.count())
        .select_from(Complaint)
        .join(Message, col(Message.complaint_id) == Complaint.id)
        .join(Attachment, col(Attachment.message_id) == Message.id)
        .where(
            Complaint.facility_id == facility_id,
            col(Complaint.status).in_(OPEN),
            Attachment.fetch_state == "failed",
        )
    ).one()


def automatic(db: Session, facility_id: int, state: SendState, since: datetime) -> int:
    """What the desk said by itself since then and that is in a state."""
    return db.exec(
        select(func.count())
        .select_from(AutoReply)
        .where(
            AutoReply.facility_id == facility_id,
            AutoReply.state == state,
            AutoReply.created_at >= since,
        )
    ).one()


def unasked(db: Session, facility_id: int, before: datetime) -> int:
    """Messages of ours whose gateway was to be asked before that moment how far they got."""
    count = 0
    for table, asked in _ASKED.items():
        row: Any = table
        count += db.exec(
            select(func.count())
            .select_from(row)
            .where(asked, row.facility_id == facility_id, row.status_due_at < before)
        ).one()
    return count
