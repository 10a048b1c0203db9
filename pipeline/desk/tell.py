"""Whom the desk tells what, in the transaction of the decision itself."""

from datetime import datetime

from sqlmodel import Session, col, select

from pipeline import posts
from pipeline.ports import Office
from pipeline.posts import View
from store.states import Role
from store.tables import Approval, Complaint, Reply, Staff


def about_reply(
    db: Session,
    view: View,
    now: datetime,
    reply: Reply,
    staff_id: int | None,
    **params: str | int | None,
) -> None:
    """Show one person a view of a reply."""
    posts.ask(
        db,
        view,
        facility_id=reply.facility_id,
        now=now,
        staff_id=staff_id,
        complaint_id=reply.complaint_id,
        reply_id=reply.id,
        params=params,
    )


def notice(
    db: Session,
    now: datetime,
    office: Office,
    staff_id: int | None,
    key: str,
    complaint_id: int | None = None,
    **params: str | int | None,
) -> None:
    """Send one person a short text by its key."""
    posts.ask(
        db,
        View.NOTICE,
        facility_id=office.id,
        now=now,
        staff_id=staff_id,
        complaint_id=complaint_id,
        params={"key": key, **params},
    )


def concerned(db: Session, reply: Reply, complaint: Complaint) -> list[int]:
    """Who is told what becomes of a reply: the officer and everybody who approved it; the
    coordinators besides when none of these is at the desk any more who could send it again.
    """
    approvers = db.exec(
        select(Approval.staff_id).where(Approval.reply_id == reply.id).order_by(col(Approval.id))
    ).all()
    known = dict.fromkeys([complaint.taken_by or reply.author_id, *approvers])
    active = db.exec(
        select(Staff.id, Staff.role).where(
            Staff.facility_id == reply.facility_id,
            col(Staff.active),
            col(Staff.id).in_(known) | (Staff.role == Role.COORDINATOR),
        )
    ).all()
    roles = {id_: role for id_, role in active if id_ is not None}
    told = [id_ for id_ in known if id_ in roles]
    if not any(roles[id_] in (Role.COORDINATOR, Role.HEAD) for id_ in told):
        told += [id_ for id_, role in roles.items() if role is Role.COORDINATOR]
    return told
