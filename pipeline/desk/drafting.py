"""A draft becomes the next version of the answer."""

from datetime import datetime

from sqlmodel import Session, col, select

from channels.base import Sends
from channels.message import RouteKind
from pipeline import posts, window
from pipeline.desk import access, precheck, tell
from pipeline.desk.trail import decided
from pipeline.desk.versions import ask_step, digest_of, parts_of, void_earlier
from pipeline.desk.wording import wordings
from pipeline.ports import Office
from pipeline.posts import View
from store.states import AT_GATEWAY, ReplyKind, SendState, Status
from store.tables import Account, Complaint, Contact, Message, Reply, ReplyPart, Staff


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

    Raises Refused: empty-text, too-long, has-nik, has-bpjs, still-sending, already-taken,
    not-allowed.
    """
    complaint = access.holding(db, office, actor, complaint_id)
    text = text.strip()
    precheck.check(text)
    last = access.newest_reply(db, complaint_id)
    if last is not None and kind is ReplyKind.ANSWER:
        kind = _kind_after(db, complaint, last)
    void_earlier(db, complaint_id)
    reply = _compose(db, now, office, actor, complaint, text, kind, last)
    complaint.status, complaint.closed_at = Status.DRAFTED, None
    if complaint.taken_by is None:
        complaint.taken_by, complaint.taken_at = actor.id, now
    decided(
        db,
        now,
        actor,
        complaint.id,
        "drafted",
        text=text,
        version=reply.version,
        digest=reply.digest,
    )
    tell.about_reply(db, View.FORWARDED, now, reply, actor.id)
    ask_step(db, now, office, reply, office.approval[0])
    posts.touch(db, complaint_id)
    return reply


def resubmit(db: Session, now: datetime, office: Office, actor: Staff, reply_id: int) -> Reply:
    """Put a reply that was called back before the approvers again, as the next version."""
    reply, complaint = access.own_reply(db, office, reply_id)
    return draft(db, now, office, actor, complaint.id or 0, reply.text, reply.kind)


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
    route = window.way(sender, contact, now) if sender else None
    window.note(db, office, complaint)
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
    for position, words in enumerate(wordings(sender, reply, complaint)):
        part = ReplyPart(
            facility_id=office.id,
            account_id=account_id,
            reply_id=reply.id or 0,
            position=position,
            text=words,
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
