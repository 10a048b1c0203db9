"""What comes back about our own replies: bounces, delivery receipts, copies in Sent."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from channels.message import DeliveryState, OwnEcho, StatusUpdate
from pipeline import posts
from pipeline.desk import access, outcome
from pipeline.ports import Office
from pipeline.posts import View
from store import events, messages
from store.states import OPEN, Role, SendState
from store.tables import Complaint, Contact, Reply, ReplyPart

_RANK = (
    SendState.HELD,
    SendState.PENDING,
    SendState.SENDING,
    SendState.UNKNOWN,
    SendState.ACCEPTED,
    SendState.DELIVERED,
    SendState.READ,
)
"""A status only moves to the right; `failed` is the one turn that comes late."""


def status(db: Session, office: Office, now: datetime, update_: StatusUpdate) -> None:
    """Move a reply part by the gateway's later word; always kept in the trail."""
    part = _part(db, office, update_)
    if part is None:
        return
    events.append(
        db,
        "gateway-status",
        facility_id=office.id,
        now=now,
        params={"part": part.id, "state": update_.state, "reason": update_.reason},
    )
    if update_.temporary:
        return
    if update_.state is DeliveryState.FAILED:
        _fail(db, now, part, update_.reason)
        return
    reached = SendState(update_.state)
    if part.state in _RANK and _RANK.index(part.state) < _RANK.index(reached):
        was_known = part.state in (SendState.ACCEPTED, SendState.DELIVERED)
        part.state = reached
        part.accepted_at = part.accepted_at or now
        part.delivered_at = part.delivered_at or now
        db.flush()
        if not was_known:
            outcome.accepted(db, now, part, how="status")


def echo(db: Session, office: Office, now: datetime, sent: OwnEcho) -> None:
    """Our own reply as the gateway filed it proves that it went. An answer typed elsewhere
    holds ours until a person has said whether it was the answer.
    """
    if sent.part is not None:
        found = db.execute(
            update(ReplyPart)
            .where(
                col(ReplyPart.id) == sent.part,
                col(ReplyPart.facility_id) == office.id,
                col(ReplyPart.state) == SendState.UNKNOWN,
            )
            .values(state=SendState.ACCEPTED, accepted_at=now, reason="")
            .returning(col(ReplyPart.id))
        ).scalar_one_or_none()
        if found is not None:
            outcome.accepted(db, now, db.get_one(ReplyPart, found), how="echo")
        return
    complaint = _answered_case(db, office, sent)
    if complaint is None or complaint.foreign_answer or complaint.status not in OPEN:
        return
    complaint.foreign_answer = True
    events.append(
        db,
        "foreign-answer",
        facility_id=office.id,
        now=now,
        complaint_id=complaint.id,
        text=sent.text,
    )
    asked = [complaint.taken_by] if complaint.taken_by else []
    for person in asked or access.people(db, office, Role.COORDINATOR):
        posts.ask(
            db,
            View.FOREIGN,
            facility_id=office.id,
            now=now,
            staff_id=person,
            complaint_id=complaint.id,
        )
    posts.touch(db, complaint.id or 0)


def _part(db: Session, office: Office, update_: StatusUpdate) -> ReplyPart | None:
    wanted = select(ReplyPart).where(ReplyPart.facility_id == office.id)
    if update_.part is not None:
        return db.exec(wanted.where(ReplyPart.id == update_.part)).one_or_none()
    if not update_.external_id:
        return None
    return db.exec(wanted.where(ReplyPart.external_id == update_.external_id)).first()


def _fail(db: Session, now: datetime, part: ReplyPart, reason: str) -> None:
    if part.state in (SendState.FAILED, SendState.CANCELLED, SendState.SUPERSEDED):
        return
    part.state, part.reason = SendState.FAILED, reason
    db.flush()
    reply = db.get_one(Reply, part.reply_id)
    complaint = db.get_one(Complaint, reply.complaint_id)
    complaint.replied_at = None
    outcome.failed(db, now, part, reason)


def _answered_case(db: Session, office: Office, sent: OwnEcho) -> Complaint | None:
    ids = [id_ for id_ in (sent.in_reply_to, *reversed(sent.references)) if id_]
    known = messages.cases_of(db, office.id, ids)
    for id_ in ids:
        if id_ in known:
            return db.get(Complaint, known[id_].complaint_id)
    if not sent.recipients:
        return None
    found = db.exec(
        select(Complaint)
        .join(Contact, col(Contact.id) == col(Complaint.contact_id))
        .where(
            Complaint.facility_id == office.id,
            col(Contact.address).in_(sent.recipients),
            col(Complaint.status).in_(OPEN),
        )
        .limit(2)
    ).all()
    # Two open cases of one person: nobody can tell which was answered, so nothing is held.
    return found[0] if len(found) == 1 else None
