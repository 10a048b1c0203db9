"""What became of a reply at the gateway, and what a person says when nobody knows."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from pipeline import posts
from pipeline.desk import access, tell
from pipeline.desk.refused import Refused
from pipeline.desk.trail import decided
from pipeline.ports import Office
from pipeline.posts import View
from store import events, waiting
from store.clock import database_seconds
from store.states import AT_GATEWAY, ReplyKind, SendState, Status
from store.tables import Complaint, Reply, ReplyPart, Staff

PHONED = "phone"
"""`ReplyPart.reason` of what a person told the citizen by telephone."""


def accepted(
    db: Session, now: datetime, part: ReplyPart, *, actor: Staff | None = None, how: str
) -> None:
    """The gateway has this part: the complaint is answered when it was the last one.

    `how` says where the knowledge comes from: sent, found, echo, person.
    """
    reply = db.get_one(Reply, part.reply_id)
    complaint = db.get_one(Complaint, reply.complaint_id)
    events.append(
        db,
        "accepted",
        facility_id=part.facility_id,
        now=now,
        complaint_id=complaint.id,
        actor_id=actor.id if actor else None,
        params={"version": reply.version, "part": part.id, "how": how},
    )
    states = db.exec(select(ReplyPart.state).where(ReplyPart.reply_id == reply.id)).all()
    if all(state in AT_GATEWAY for state in states):
        if reply.kind is ReplyKind.QUESTION:
            complaint.status = Status.AWAITING_COMPLAINANT
        else:
            complaint.status = Status.ANSWERED
            complaint.replied_at = complaint.replied_at or now
        for person in tell.concerned(db, reply, complaint):
            tell.about_reply(db, View.RECEIPT, now, reply, person)
    posts.touch(db, complaint.id or 0)


def failed(db: Session, now: datetime, part: ReplyPart, reason: str) -> None:
    """It was refused for good, at once or later (a bounce): the case waits for the desk again,
    and people are told why.
    """
    reply = db.get_one(Reply, part.reply_id)
    complaint = db.get_one(Complaint, reply.complaint_id)
    newest = access.newest_reply(db, reply.complaint_id)
    answered = is_answered(db, reply.complaint_id)
    gone = [Status.APPROVED, Status.ANSWERED, Status.AWAITING_COMPLAINANT]
    if not answered and complaint.merged_into is None:
        gone.append(Status.CLOSED)  # closed as answered, and the answer came back
    if newest is not None and newest.id == reply.id and complaint.status in gone:
        complaint.status = Status.TAKEN if complaint.taken_by else Status.NEW
        complaint.closed_at = None
    if not answered:
        complaint.replied_at = None
    _trouble(db, now, part, View.FAILED, "failed", reason)


def in_doubt(db: Session, now: datetime, part: ReplyPart) -> None:
    """Nobody knows whether it went, and looking did not find it: a person decides."""
    _trouble(db, now, part, View.DOUBT, "in-doubt", "")


def resend(db: Session, now: datetime, office: Office, actor: Staff, part_id: int) -> None:
    """Send a part in doubt, or one that was refused, once more: a person's decision, possible
    only once the old attempt's process is certainly gone.

    Raises Refused: still-sending, already-sent, nothing-to-do.
    """
    access.may_lead(office, actor)
    part = _own_part(db, office, part_id)
    if part.state in AT_GATEWAY:
        raise Refused("already-sent")
    reply, complaint = access.own_reply(db, office, part.reply_id)
    _must_be_newest(db, reply)
    now_seconds = database_seconds(db.connection())
    again = db.execute(
        update(ReplyPart)
        .where(
            col(ReplyPart.id) == part_id,
            col(ReplyPart.state).in_((SendState.UNKNOWN, SendState.FAILED)),
            # One that reaches beyond twice its time comes from a clock that jumped.
            (col(ReplyPart.lease) <= now_seconds)
            | (col(ReplyPart.lease) > now_seconds + 2 * office.settings.lease_seconds),
        )
        .values(state=SendState.PENDING, due_at=now, attempts=0, reason="")
        .returning(col(ReplyPart.id))
    ).scalar_one_or_none()
    if again is None:
        raise Refused("still-sending" if part.state is SendState.UNKNOWN else "nothing-to-do")
    complaint.status, complaint.closed_at = Status.APPROVED, None
    _decided(db, now, office, actor, part, "resent")


def mark_sent(db: Session, now: datetime, office: Office, actor: Staff, part_id: int) -> None:
    """A person knows that it went: by hand, by telephone (then all of a reply that waits), or
    seen at the gateway.

    Raises Refused: already-sent, nothing-to-do, not-allowed.
    """
    part = _own_part(db, office, part_id)
    reply = db.get_one(Reply, part.reply_id)
    access.holding(db, office, actor, reply.complaint_id)
    if part.state in AT_GATEWAY:
        raise Refused("already-sent")
    by_hand = part.state is SendState.PENDING and part.due_at is None
    if not by_hand:
        access.may_lead(office, actor)
        if part.state not in (SendState.UNKNOWN, SendState.FAILED):
            raise Refused("nothing-to-do")
        _must_be_newest(db, reply)
    told = waiting.parts(db, part.reply_id) if part.waits_for else []
    for each in told or [part]:
        each.state, each.accepted_at, each.reason = SendState.ACCEPTED, now, PHONED if told else ""
        each.waits_for = ""
    if told:
        waiting.take_back_template(db, office.id, [part.reply_id])
    db.flush()
    accepted(db, now, part, actor=actor, how="phone" if told else "person")


def is_answered(db: Session, complaint_id: int) -> bool:
    """Whether an answer of any version is at the gateway, all of it."""
    parts = (
        select(ReplyPart.id)
        .where(col(ReplyPart.reply_id) == col(Reply.id), col(ReplyPart.state).not_in(AT_GATEWAY))
        .correlate(Reply)
    )
    query = select(Reply.id).where(
        Reply.complaint_id == complaint_id, Reply.kind != ReplyKind.QUESTION, ~parts.exists()
    )
    return db.exec(query.limit(1)).first() is not None


def _must_be_newest(db: Session, reply: Reply) -> None:
    newest = access.newest_reply(db, reply.complaint_id)
    if newest is None or newest.id != reply.id:
        raise Refused("nothing-to-do")


def _own_part(db: Session, office: Office, part_id: int) -> ReplyPart:
    part = db.get(ReplyPart, part_id)
    if part is None or part.facility_id != office.id:
        raise Refused("no-draft")
    return part


def _decided(
    db: Session, now: datetime, office: Office, actor: Staff, part: ReplyPart, kind: str
) -> None:
    reply = db.get_one(Reply, part.reply_id)
    decided(db, now, actor, reply.complaint_id, kind, version=reply.version, part=part.id)
    posts.touch(db, reply.complaint_id)


def _trouble(
    db: Session, now: datetime, part: ReplyPart, view: View, kind: str, reason: str
) -> None:
    reply = db.get_one(Reply, part.reply_id)
    complaint = db.get_one(Complaint, reply.complaint_id)
    events.append(
        db,
        kind,
        facility_id=part.facility_id,
        now=now,
        complaint_id=complaint.id,
        params={"version": reply.version, "part": part.id, "reason": reason},
    )
    for person in tell.concerned(db, reply, complaint):
        tell.about_reply(db, view, now, reply, person, part_id=part.id)
    posts.touch(db, complaint.id or 0)
