"""The way of an answer: draft, shown, approved step by step, called back."""

import hashlib
import hmac
import json
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from channels.base import Sends
from channels.message import RouteKind
from pipeline import posts
from pipeline.desk import access, tell
from pipeline.desk.refused import Refused
from pipeline.ports import Office
from pipeline.posts import View
from store import events
from store.states import AT_GATEWAY, OPEN, ReplyKind, SendState, Status
from store.tables import (
    Account,
    Approval,
    Complaint,
    Contact,
    Message,
    Prompt,
    Reply,
    ReplyPart,
    Staff,
)

MAX_TEXT = 3000
"""UTF-16 units of a draft, as the chat counts: whoever approves sees it whole, beside the frame
and some of the complaint.
"""
MIN_DIGEST = 8
"""Characters of the digest that a button must carry at least."""


def digest_of(reply: Reply) -> str:
    """What an approval binds to: text, recipient, route and attachments (none yet)."""
    bound = [reply.text, reply.recipient, reply.route, []]
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()


def draft(
    db: Session,
    now: datetime,
    office: Office,
    actor: Staff,
    complaint_id: int,
    text: str,
    kind: ReplyKind = ReplyKind.ANSWER,
) -> Reply:
    """Make the next version, void the ones before it, ask the first approver.

    Raises Refused: empty-text, too-long, still-sending, already-taken, not-allowed.
    """
    complaint = access.holding(db, office, actor, complaint_id)
    text = text.strip()
    if not text:
        raise Refused("empty-text")
    if len(text.encode("utf-16-le", "surrogatepass")) > 2 * MAX_TEXT:
        raise Refused("too-long", limit=MAX_TEXT)
    last = access.newest_reply(db, complaint_id)
    if last is not None and kind is ReplyKind.ANSWER:
        kind = _kind_after(db, complaint, last)
    _void_earlier(db, complaint_id)
    reply = _compose(db, now, office, actor, complaint, text, kind, last)
    complaint.status, complaint.closed_at = Status.DRAFTED, None
    if complaint.taken_by is None:
        complaint.taken_by, complaint.taken_at = actor.id, now
    events.append(
        db,
        "drafted",
        facility_id=office.id,
        now=now,
        complaint_id=complaint.id,
        actor_id=actor.id,
        text=text,
        params={"version": reply.version, "digest": reply.digest},
    )
    tell.about_reply(db, View.FORWARDED, now, reply, actor.id)
    _ask_step(db, now, office, reply, office.approval[0])
    posts.touch(db, complaint_id)
    return reply


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


def next_step(db: Session, office: Office, reply: Reply) -> str | None:
    """The role whose word is missing, None when all have given it for this very digest."""
    given = db.exec(
        select(Approval.step).where(Approval.reply_id == reply.id, Approval.digest == reply.digest)
    ).all()
    return next((step for step in office.approval if step not in given), None)


def approve(
    db: Session,
    now: datetime,
    office: Office,
    actor: Staff,
    reply_id: int,
    digest: str,
) -> None:
    """Give this person's word for one digest; the last word releases the reply.

    Raises Refused: not-current, already-approved, wrong-step, not-allowed.
    """
    access.may_work(office, actor)
    reply, complaint = access.own_reply(db, office, reply_id)
    _must_be_current(db, reply, digest)
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
    events.append(
        db,
        "approved",
        facility_id=office.id,
        now=now,
        complaint_id=complaint.id,
        actor_id=actor.id,
        params={"version": reply.version, "digest": reply.digest, "step": step},
    )
    following = next_step(db, office, reply)
    if following is None:
        _release(db, now, office, reply, complaint)
    else:
        tell.about_reply(db, View.FORWARDED, now, reply, actor.id, to=following)
        _ask_step(db, now, office, reply, following)
    posts.touch(db, complaint.id or 0)


def request_changes(
    db: Session, now: datetime, office: Office, actor: Staff, reply_id: int, digest: str
) -> None:
    """Void the draft and take this person's next message as the note for the clerk."""
    access.may_lead(office, actor)
    reply, complaint = access.own_reply(db, office, reply_id)
    _must_be_current(db, reply, digest)
    _void_earlier(db, complaint.id or 0)
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
    events.append(
        db,
        "changes-requested",
        facility_id=office.id,
        now=now,
        complaint_id=complaint.id,
        actor_id=actor.id,
        params={"version": reply.version},
    )
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
    event_id = events.append(
        db,
        "note",
        facility_id=office.id,
        now=now,
        complaint_id=complaint.id,
        actor_id=actor.id,
        text=text.strip(),
        params={"version": reply.version},
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
        .values(state=SendState.CANCELLED)
        .returning(col(ReplyPart.id))
    ).all()
    if len(called_back) != len(parts_of(db, reply_id)):
        raise Refused("too-late-to-undo")  # the caller rolls back what was called back
    complaint.status = Status.TAKEN
    events.append(
        db,
        "undone",
        facility_id=office.id,
        now=now,
        complaint_id=complaint.id,
        actor_id=actor.id,
        params={"version": reply.version},
    )
    for person in tell.concerned(db, reply, complaint):
        tell.about_reply(db, View.CANCELLED, now, reply, person)
    posts.touch(db, complaint.id or 0)


def resubmit(db: Session, now: datetime, office: Office, actor: Staff, reply_id: int) -> Reply:
    """Put a reply that was called back before the approvers again, as the next version."""
    reply, complaint = access.own_reply(db, office, reply_id)
    return draft(db, now, office, actor, complaint.id or 0, reply.text, reply.kind)


def parts_of(db: Session, reply_id: int) -> list[ReplyPart]:
    """In the order in which they are sent."""
    return list(
        db.exec(
            select(ReplyPart)
            .where(ReplyPart.reply_id == reply_id)
            .order_by(col(ReplyPart.position))
        )
    )


def _must_be_current(db: Session, reply: Reply, digest: str) -> None:
    newest = access.newest_reply(db, reply.complaint_id)
    held = all(part.state is SendState.HELD for part in parts_of(db, reply.id or 0))
    bound = len(digest) >= MIN_DIGEST and hmac.compare_digest(
        digest_of(reply)[: len(digest)].encode(), digest.encode()
    )
    if newest is None or newest.id != reply.id or not bound:
        raise Refused("not-current", version=newest.version if newest else 0)
    if not held:
        gone = any(part.approved_digest for part in parts_of(db, reply.id or 0))
        key = "already-approved" if gone else "not-current"
        raise Refused(key, **({} if gone else {"version": newest.version}))


def _kind_after(db: Session, complaint: Complaint, last: Reply) -> ReplyKind:
    """What a draft is that nobody called anything else."""
    states = {part.state for part in parts_of(db, last.id or 0)}
    if states & set(AT_GATEWAY):
        # Opened again by the citizen's further message it is a new answer.
        settled = complaint.status in (Status.ANSWERED, Status.CLOSED)
        correction = settled and last.kind is not ReplyKind.QUESTION
        return ReplyKind.CORRECTION if correction else ReplyKind.ANSWER
    if last.kind is ReplyKind.QUESTION and SendState.SUPERSEDED not in states:
        return ReplyKind.ANSWER  # the officer answers instead of asking
    return last.kind  # a version that was sent back, or a new wording of one


def _void_earlier(db: Session, complaint_id: int) -> None:
    """Supersede every version that has not left. Raises Refused while one is leaving."""
    versions = select(Reply.id).where(Reply.complaint_id == complaint_id)
    leaving = db.exec(
        select(ReplyPart.id).where(
            col(ReplyPart.reply_id).in_(versions),
            col(ReplyPart.state).in_((SendState.SENDING, SendState.UNKNOWN)),
        )
    ).first()
    if leaving is not None:
        raise Refused("still-sending")
    db.execute(
        update(ReplyPart)
        .where(
            col(ReplyPart.reply_id).in_(versions),
            # A refused one stays what it is; it can no longer be resent, being not the newest.
            col(ReplyPart.state).in_((SendState.HELD, SendState.PENDING)),
        )
        .values(state=SendState.SUPERSEDED)
    )


def _compose(
    db: Session,
    now: datetime,
    office: Office,
    actor: Staff,
    complaint: Complaint,
    text: str,
    kind: ReplyKind,
    last: Reply | None,
) -> Reply:
    contact = db.get_one(Contact, complaint.contact_id)
    account_id, sender = sender_for(db, office, complaint)
    asked = db.exec(
        select(Message)
        .where(Message.complaint_id == complaint.id, Message.contact_id == contact.id)
        .order_by(col(Message.id).desc())
        .limit(1)
    ).one_or_none()
    route = sender.routes(contact.address, now)[0] if sender else None
    ids = [*(asked.references.split() if asked else ()), asked.external_id if asked else ""]
    reply = Reply(
        facility_id=office.id,
        complaint_id=complaint.id or 0,
        version=(last.version if last else 0) + 1,
        kind=kind,
        text=text,
        route=route.kind if route else RouteKind.MANUAL,
        recipient=route.recipient if route else contact.address,
        recipient_name=contact.name,
        subject=asked.subject if asked else "",
        in_reply_to=asked.external_id if asked else "",
        references=" ".join(dict.fromkeys(filter(None, ids))),
        digest="",
        author_id=actor.id or 0,
        created_at=now,
    )
    reply.digest = digest_of(reply)
    db.add(reply)
    db.flush()
    part = ReplyPart(
        facility_id=office.id, account_id=account_id, reply_id=reply.id or 0, text=text
    )
    db.add(part)
    db.flush()
    part.external_id = sender.external_id(part.id or 0) if sender else ""
    return reply


def sender_for(db: Session, office: Office, complaint: Complaint) -> tuple[int, Sends | None]:
    """The account an answer leaves by: the one it came in on, else the first of its channel
    that can send (imported mail), else nobody: a person carries it.
    """
    came_in = db.get_one(Account, complaint.account_id)
    adapter = office.channels.get(came_in.name)
    if isinstance(adapter, Sends):
        return complaint.account_id, adapter
    for name, other in office.channels.items():
        if other.channel == complaint.channel and isinstance(other, Sends):
            return office.accounts[name], other
    return complaint.account_id, None


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
    for person in tell.concerned(db, reply, complaint):
        tell.about_reply(db, View.APPROVED, now, reply, person)
    if by_hand:
        owner = complaint.taken_by or reply.author_id
        for part in parts_of(db, reply.id or 0):
            tell.about_reply(db, View.COPY, now, reply, owner, part_id=part.id)


def _ask_step(db: Session, now: datetime, office: Office, reply: Reply, step: str) -> None:
    approvers = access.people(db, office, step)
    for person in approvers:
        tell.about_reply(db, View.APPROVAL, now, reply, person)
    if not approvers:
        tell.notice(db, now, office, reply.author_id, "no-approver", reply.complaint_id, role=step)
