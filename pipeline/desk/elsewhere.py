"""An answer typed in the provider's own program: a person says whether it was the answer."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from pipeline import posts, window
from pipeline.desk import access, tell
from pipeline.desk.refused import Refused
from pipeline.desk.trail import decided
from pipeline.ports import Office
from store import waiting
from store.states import SendState, Status
from store.tables import Complaint, Reply, ReplyPart, Staff


def answered_elsewhere(
    db: Session, now: datetime, office: Office, actor: Staff, complaint_id: int
) -> None:
    """The answer typed in the provider's program was the answer: ours does not leave."""
    complaint = access.holding(db, office, actor, complaint_id)
    if not complaint.foreign_answer:
        raise Refused("nothing-to-do")
    versions = select(Reply.id).where(Reply.complaint_id == complaint_id)
    db.execute(
        update(ReplyPart)
        .where(
            col(ReplyPart.reply_id).in_(versions),
            col(ReplyPart.state).in_((SendState.HELD, SendState.PENDING)),
        )
        .values(state=SendState.CANCELLED, waits_for="")
    )
    waiting.take_back_template(db, office.id, db.exec(versions).all())
    complaint.foreign_answer = False
    complaint.status = Status.ANSWERED
    complaint.replied_at = complaint.replied_at or now
    _decided(db, now, office, actor, complaint, "answered-elsewhere")


def send_anyway(
    db: Session, now: datetime, office: Office, actor: Staff, complaint_id: int
) -> None:
    """Ours leaves besides the answer typed in the provider's program."""
    complaint = access.holding(db, office, actor, complaint_id)
    if not complaint.foreign_answer:
        raise Refused("nothing-to-do")
    complaint.foreign_answer = False
    window.not_held_any_more(db, office, now, complaint_id)
    _decided(db, now, office, actor, complaint, "send-anyway")


def _decided(
    db: Session, now: datetime, office: Office, actor: Staff, complaint: Complaint, kind: str
) -> None:
    decided(db, now, actor, complaint.id, kind)
    tell.notice(db, now, office, actor.id, kind, complaint.id)
    posts.touch(db, complaint.id or 0)
