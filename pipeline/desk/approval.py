"""The way of a version: shown, approved step by step, sent back, called back."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from channels.message import RouteKind
from pipeline import posts, window
from pipeline.desk import access, precheck, tell
from pipeline.desk.refused import Refused
from pipeline.desk.trail import decided
from pipeline.desk.versions import (
    ask_step,
    must_be_current,
    next_step,
    parts_of,
    void_earlier,
)
from pipeline.ports import Office
from pipeline.posts import View
from store import waiting
from store.states import OPEN, SendState, Status
from store.tables import Approval, Complaint, Prompt, Reply, ReplyPart, Staff


def show(db: Session, now: datetime, office: Office, actor: Staff, complaint_id: int) -> None:
    """Show complaint and newest draft, with the button that is bound to this version."""
    access.may_work(office, actor)
    complaint = access.case(db, office, complaint_id)
    if not access.may_read(office, actor, complaint):
        raise Refused("not-allowed", role=actor.role)
    reply = access.newest_reply(db, complaint_id)
    if reply is None:
        raise Refused("no-draft")
    tell.about_reply(db, View.APPROVAL, now, reply, actor.id)


def approve(
    db: Session,
    now: datetime,
    office: Office,
    actor: Staff,
    reply_id: int,
    digest: str,
) -> None:
    """Give this person's word for one digest; the last word releases the reply.

    Raises Refused: not-current, already-approved, wrong-step, not-allowed, has-nik, has-bpjs.
    """
    access.may_work(office, actor)
    reply, complaint = access.own_reply(db, office, reply_id)
    must_be_current(db, reply, digest)
    precheck.check(reply.text)
    if complaint.status not in OPEN:
        raise Refused("not-current", version=reply.version)  # closed, or no complaint at all
    step = next_step(db, office, reply)
    if step is None:
        raise Refused("already-approved")
    if actor.role != step:
        raise Refused("wrong-step", role=step)
    db.add(
        Approval(
            reply_id=reply_id,
            step=step,
            digest=reply.digest,
            staff_id=actor.id or 0,
            approved_at=now,
        )
    )
    db.flush()
    decided(
        db,
        now,
        actor,
        complaint.id,
        "approved",
        version=reply.version,
        digest=reply.digest,
        step=step,
    )
    following = next_step(db, office, reply)
    if following is None:
        _release(db, now, office, reply, complaint)
    else:
        tell.about_reply(db, View.FORWARDED, now, reply, actor.id, to=following)
        ask_step(db, now, office, reply, following)
    posts.touch(db, complaint.id or 0)


def request_changes(
    db: Session, now: datetime, office: Office, actor: Staff, reply_id: int, digest: str
) -> None:
    """Void the draft and take this person's next message as the note for the clerk."""
    access.may_lead(office, actor)
    reply, complaint = access.own_reply(db, office, reply_id)
    must_be_current(db, reply, digest)
    void_earlier(db, complaint.id or 0)
    complaint.status = Status.TAKEN
    db.merge(
        Prompt(
            staff_id=actor.id or 0,
            purpose="note",
            complaint_id=complaint.id,
            reply_id=reply_id,
            created_at=now,
        )
    )
    decided(db, now, actor, complaint.id, "changes-requested", version=reply.version)
    tell.notice(db, now, office, actor.id, "write-note", complaint.id)
    posts.touch(db, complaint.id or 0)


def note(
    db: Session, now: datetime, office: Office, actor: Staff, reply_id: int, text: str
) -> None:
    """Pass the coordinator's words to the clerk, whose answer is the next draft."""
    access.may_lead(office, actor)
    reply, complaint = access.own_reply(db, office, reply_id)
    if not text.strip():
        raise Refused("empty-text")
    event_id = decided(
        db, now, actor, complaint.id, "note", text=text.strip(), version=reply.version
    )
    tell.about_reply(
        db, View.NOTE, now, reply, complaint.taken_by or reply.author_id, event_id=event_id
    )
    if (complaint.taken_by or reply.author_id) != actor.id:
        tell.notice(db, now, office, actor.id, "note-passed", complaint.id)


def undo(db: Session, now: datetime, office: Office, actor: Staff, reply_id: int) -> None:
    """Call an approved reply back before any of it has begun to leave.

    Raises Refused: too-late-to-undo, already-taken, not-allowed.
    """
    reply, complaint = access.own_reply(db, office, reply_id)
    access.holding(db, office, actor, complaint.id or 0)
    called_back = db.execute(
        update(ReplyPart)
        .where(col(ReplyPart.reply_id) == reply_id, col(ReplyPart.state) == SendState.PENDING)
        .values(state=SendState.CANCELLED, waits_for="")
        .returning(col(ReplyPart.id))
    ).all()
    if len(called_back) != len(parts_of(db, reply_id)):
        raise Refused("too-late-to-undo")  # the caller rolls back what was called back
    waiting.take_back_template(db, office.id, [reply_id])
    complaint.status = Status.TAKEN
    decided(db, now, actor, complaint.id, "undone", version=reply.version)
    for person in tell.concerned(db, reply, complaint):
        tell.about_reply(db, View.CANCELLED, now, reply, person)
    posts.touch(db, complaint.id or 0)


def _release(
    db: Session,
    now: datetime,
    office: Office,
    reply: Reply,
    complaint: Complaint,
) -> None:
    by_hand = reply.route == RouteKind.MANUAL
    db.execute(
        update(ReplyPart)
        .where(col(ReplyPart.reply_id) == reply.id, col(ReplyPart.state) == SendState.HELD)
        .values(
            state=SendState.PENDING,
            approved_digest=reply.digest,
            # Without a due time no worker touches it: a person carries it.
            due_at=None if by_hand else now + timedelta(seconds=office.settings.undo_seconds),
        )
    )
    db.expire_all()
    complaint.status = Status.APPROVED
    if not by_hand:
        window.approved(db, office, now, reply)
    for person in tell.concerned(db, reply, complaint):
        tell.about_reply(db, View.APPROVED, now, reply, person)
    if by_hand:
        owner = complaint.taken_by or reply.author_id
        for part in parts_of(db, reply.id or 0):
            tell.about_reply(db, View.COPY, now, reply, owner, part_id=part.id)
