"""An approved answer that cannot leave as it is: who is told what, and what it waits for."""

from datetime import datetime, timedelta

from sqlmodel import Session

from channels.message import RouteKind
from pipeline import posts
from pipeline.desk import access, outcome, tell, versions
from pipeline.ports import Office
from pipeline.posts import View
from pipeline.window import ways
from store import events, waiting
from store.states import Role, SendState, Status
from store.tables import AutoReply, Complaint, Contact, Reply, ReplyPart, Staff

_AT_ONCE = (RouteKind.PRIVATE, RouteKind.PUBLIC)
_NOTHING_CAME_SINCE = (Status.APPROVED, Status.ANSWERED, Status.AWAITING_COMPLAINANT, Status.CLOSED)


def approved(db: Session, office: Office, now: datetime, reply: Reply) -> None:
    """The last word was given: where the window is closed already, the answer waits from now on,
    and the citizen is told when the time to call it back is over.
    """
    part = versions.parts_of(db, reply.id or 0)[0]
    kind, _ = ways.prospect(db, office, now, reply, part.account_id)
    if kind not in _AT_ONCE:
        due = now + timedelta(seconds=office.settings.undo_seconds)
        _wait(db, office, now, part, kind, "approved", due)


def may_leave(
    db: Session,
    office: Office,
    now: datetime,
    part: ReplyPart,
    reply: Reply,
    complaint: Complaint,
) -> bool:
    """Whether this part's text may leave at this moment; where not, it waits from now on."""
    if reply.route != RouteKind.PRIVATE:
        return True
    kind, _ = ways.prospect(db, office, now, reply, part.account_id)
    if kind in _AT_ONCE:
        return True
    _wait(db, office, now, part, kind, "sending", now)
    return False


def closed(
    db: Session, office: Office, now: datetime, part: ReplyPart, why: str = "window"
) -> None:
    """The gateway's word that the window was closed (or, `why`, that the citizen wants no
    messages), at once or after it had accepted: this text has not reached anybody. It waits, and
    leaves again only when the citizen has written since.
    """
    reply = db.get_one(Reply, part.reply_id)
    complaint = db.get_one(Complaint, reply.complaint_id)
    late, begun = part.state is SendState.ACCEPTED, part.started_at
    if not _is_news(part):
        return
    if not _still_wanted(db, reply, complaint, late=late):
        part.state, part.reason, part.lease = SendState.FAILED, why, 0.0
        part.status_due_at = None
        db.flush()
        outcome.failed(db, now, part, why)
        return
    contact = db.get_one(Contact, complaint.contact_id)
    sender = ways.adapter(office, part.account_id)
    _take_back(db, part, sender.external_id(part.id or 0) if sender else "", why)
    complaint.status, complaint.closed_at = Status.APPROVED, None
    if not outcome.is_answered(db, reply.complaint_id):
        complaint.replied_at = None
    refuses = contact.opted_out_at is not None
    written = begun is not None and contact.heard_at is not None and contact.heard_at > begun
    if written and not refuses and sender is not None and ways.open_now(sender, contact, now):
        # They wrote while it was on its way: it may go at once, and not in a tight loop.
        part.due_at = now + timedelta(seconds=office.settings.retry_seconds)
        _note(db, office, now, reply, "released", why="gateway")
        posts.touch(db, reply.complaint_id)
        return
    kind = RouteKind.MANUAL
    if sender is not None and not refuses:
        # The gateway knows better than our reckoning: what is left when nobody wrote lately?
        kind = sender.routes(contact.address, now, None)[0].kind
    if late and not refuses:
        for person in tell.concerned(db, reply, complaint):
            tell.notice(db, now, office, person, "window-late", complaint.id)
    _wait(db, office, now, part, kind, "late" if late else "gateway", now)


def template_failed(
    db: Session, office: Office, now: datetime, row: AutoReply, reason: str
) -> None:
    """The citizen was not told that an answer is ready, at once or by the gateway's later word
    (no such template, not approved yet, rejected, revoked), or did not react: a person telephones.
    """
    reply = db.get(Reply, row.reply_id) if row.reply_id else None
    if reply is not None and waiting.waits_for(db, reply.id or 0) == waiting.WINDOW:
        to_call(db, office, now, reply, reason)


def not_held_any_more(db: Session, office: Office, now: datetime, complaint_id: int) -> None:
    """Ours leaves besides the answer typed elsewhere: whoever was not told that it is ready while
    it was held is telephoned.
    """
    reply = access.newest_reply(db, complaint_id)
    if reply is None or waiting.waits_for(db, reply.id or 0) != waiting.WINDOW:
        return
    if waiting.template_state(db, office.id, reply.id or 0) is SendState.CANCELLED:
        to_call(db, office, now, reply, "not-told")


def words_of(db: Session, row: AutoReply) -> tuple[str, dict[str, str]] | None:
    """What a template says, for people to read, and what its blanks are filled with; None when
    nothing waits for it any more, or an answer typed elsewhere holds ours.
    """
    reply = db.get(Reply, row.reply_id) if row.reply_id else None
    if reply is None or waiting.waits_for(db, reply.id or 0) != waiting.WINDOW:
        return None
    complaint = db.get_one(Complaint, reply.complaint_id)
    if complaint.foreign_answer:
        return None
    number = complaint.number
    return f"Tanggapan {number} siap, balas LIHAT", {"1": number}


def to_call(db: Session, office: Office, now: datetime, reply: Reply, why: str) -> None:
    """From now on a person at the telephone is waited for: whoever has the case, and the
    coordinators, are asked to.
    """
    if not waiting.hold(db, reply.id or 0, waiting.CALL):
        return
    waiting.take_back_template(db, office.id, [reply.id or 0])
    _note(db, office, now, reply, "waits", why=why, what=waiting.CALL)
    complaint = db.get_one(Complaint, reply.complaint_id)
    for person in _in_charge(db, office, complaint):
        tell.about_reply(db, View.CALL, now, reply, person)
    posts.touch(db, reply.complaint_id)


def in_hand(db: Session, complaint: Complaint) -> int | None:
    """Who has the case; whoever left the desk holds nothing."""
    owner = db.get(Staff, complaint.taken_by) if complaint.taken_by else None
    return owner.id if owner is not None and owner.active else None


def _in_charge(db: Session, office: Office, complaint: Complaint) -> list[int]:
    """Whoever has the case in hand, and the coordinators."""
    owner = in_hand(db, complaint)
    coordinators = access.people(db, office, Role.COORDINATOR)
    return list(dict.fromkeys([*([owner] if owner else []), *coordinators]))


def _wait(
    db: Session,
    office: Office,
    now: datetime,
    part: ReplyPart,
    kind: RouteKind,
    why: str,
    due: datetime,
) -> None:
    """Wait for what the rest of the reply waits for, else for the citizen, who is told once a
    version; where they cannot be told, or were told before, for a person.
    """
    reply = db.get_one(Reply, part.reply_id)
    reply_id = reply.id or 0
    what = waiting.waits_for(db, reply_id)
    if not what and kind is RouteKind.TEMPLATE:
        contact_id = db.get_one(Complaint, reply.complaint_id).contact_id
        if waiting.ask_template(db, reply, part.account_id, contact_id, now, due):
            what = waiting.WINDOW
    if what == waiting.WINDOW:
        if waiting.hold(db, reply_id, what):
            _note(db, office, now, reply, "waits", why=why, what=what)
            posts.touch(db, reply.complaint_id)
        return
    to_call(db, office, now, reply, why)


def _is_news(part: ReplyPart) -> bool:
    """Not of one that is delivered, called back, or waits already (also to be sent once more)."""
    if part.state is SendState.PENDING:
        return part.due_at is None and not part.waits_for
    return part.state in (SendState.SENDING, SendState.UNKNOWN, SendState.ACCEPTED)


def _still_wanted(db: Session, reply: Reply, complaint: Complaint, *, late: bool) -> bool:
    """Whether the case stands where this answer left it: no newer version, nothing new said."""
    newest = access.newest_reply(db, reply.complaint_id)
    if newest is None or newest.id != reply.id or complaint.merged_into is not None:
        return False
    stands = _NOTHING_CAME_SINCE if late else (Status.APPROVED,)
    return complaint.status in stands


def _take_back(db: Session, part: ReplyPart, external_id: str, why: str) -> None:
    """The attempt is over, and nothing that comes back about it is about the next one."""
    part.state, part.reason, part.due_at = SendState.PENDING, why, None
    part.external_id, part.holder, part.lease, part.attempts = external_id, "", 0.0, 0
    part.started_at = part.accepted_at = part.delivered_at = part.status_due_at = None
    part.status_polls = 0
    db.flush()


def _note(
    db: Session, office: Office, now: datetime, reply: Reply, kind: str, why: str, what: str = ""
) -> None:
    params: dict[str, str | int | None] = {"version": reply.version, "why": why}
    if what:
        params["for"] = what
    events.append(
        db,
        kind,
        facility_id=office.id,
        now=now,
        complaint_id=reply.complaint_id,
        params=params,
    )
