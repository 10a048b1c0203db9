"""What a person does with a case besides answering it. All of it can be undone."""

import re
from datetime import datetime

from sqlmodel import Session, col, func, select

from pipeline import posts, window
from pipeline.clockguard import clock_is_sane
from pipeline.desk import access, tell
from pipeline.desk.refused import Refused
from pipeline.desk.trail import decided
from pipeline.opening import Opening, open_cases
from pipeline.ports import Office
from pipeline.posts import View
from store import complaints
from store.states import OPEN, Disposition, Status, SuggestionState
from store.tables import Attachment, Complaint, Delivery, Message, Staff, Suggestion

_FULL = re.compile(r"ADU-(\d{4})-(\d{1,6})", re.IGNORECASE)
_SHORT = re.compile(r"(?<![\w-])#?(\d{1,6})(?![\w-])")
_MOST_FILES = 10
"""Shown after one tap."""


def take(db: Session, now: datetime, office: Office, actor: Staff, complaint_id: int) -> None:
    """Put the case into this person's hands and show it to them.

    Raises Refused: already-taken, not-allowed.
    """
    access.may_work(office, actor)
    complaint = access.case(db, office, complaint_id)
    access.free_for(db, actor, complaint)
    if complaint.taken_by != actor.id:
        complaint.taken_by, complaint.taken_at = actor.id, now
        if complaint.status is Status.NEW:
            complaint.status = Status.TAKEN
        decided(db, now, actor, complaint.id, "taken")
    show_case(db, now, office, actor.id, complaint)
    posts.touch(db, complaint_id)


def show_case(
    db: Session, now: datetime, office: Office, staff_id: int | None, complaint: Complaint
) -> None:
    """Show one person the citizen's words."""
    posts.ask(
        db,
        View.CASE,
        facility_id=office.id,
        now=now,
        staff_id=staff_id,
        complaint_id=complaint.id,
    )


def show_files(db: Session, now: datetime, office: Office, actor: Staff, complaint_id: int) -> None:
    """Show this person what the citizen attached: the newest ten files, the oldest of them first.

    Raises Refused: not-allowed, already-taken, nothing-to-do.
    """
    complaint = access.case(db, office, complaint_id)
    if not access.may_read(office, actor, complaint):
        access.free_for(db, actor, complaint)
        raise Refused("not-allowed", role=actor.role)
    of_case = select(Message.id).where(Message.complaint_id == complaint_id)
    files = col(Attachment.message_id).in_(of_case)
    count = db.exec(select(func.count()).select_from(Attachment).where(files)).one()
    if not count:
        raise Refused("nothing-to-do")
    newest = db.exec(
        select(Attachment.id).where(files).order_by(col(Attachment.id).desc()).limit(_MOST_FILES)
    ).all()
    left_out = count - len(newest)
    decided(db, now, actor, complaint.id, "files-shown", count=len(newest))
    if left_out:
        tell.notice(db, now, office, actor.id, "files-left-out", complaint_id, count=left_out)
    for attachment_id in reversed(newest):
        posts.ask(
            db,
            View.FILE,
            facility_id=office.id,
            now=now,
            staff_id=actor.id,
            complaint_id=complaint_id,
            params={"attachment_id": attachment_id},
        )


def find_case(db: Session, office: Office, text: str) -> list[Complaint]:
    """The complaints a person means by `42`, `0042` or `ADU-2026-0042`.

    A short number is looked for among the open cases, then, when none has it, among all.
    """
    full = _FULL.search(text)
    wanted = select(Complaint).where(Complaint.facility_id == office.id)
    if full:
        year, serial = int(full[1]), int(full[2])
        return list(db.exec(wanted.where(Complaint.year == year, Complaint.serial == serial)))
    short = _SHORT.search(text)
    if not short:
        return []
    wanted = wanted.where(
        col(Complaint.year).in_(complaints.years(db, office.id)), Complaint.serial == int(short[1])
    ).order_by(col(Complaint.year))
    found = list(db.exec(wanted))
    return [case for case in found if case.status in OPEN] or found


def set_aside(db: Session, now: datetime, office: Office, actor: Staff, complaint_id: int) -> None:
    """«Bukan aduan»: kept, counted, reversible. Raises Refused while an answer is on its way."""
    complaint = access.holding(db, office, actor, complaint_id)
    _nothing_on_its_way(complaint)
    _turn(db, now, office, actor, complaint, Status.SET_ASIDE, "set-aside")


def restore(db: Session, now: datetime, office: Office, actor: Staff, complaint_id: int) -> None:
    """Take «bukan aduan» back."""
    access.may_work(office, actor)
    complaint = access.case(db, office, complaint_id)
    if complaint.status is not Status.SET_ASIDE:
        raise Refused("nothing-to-do")
    _turn(db, now, office, actor, complaint, _working(complaint), "restored")


def close(db: Session, now: datetime, office: Office, actor: Staff, complaint_id: int) -> None:
    """Close a case."""
    complaint = access.holding(db, office, actor, complaint_id)
    _nothing_on_its_way(complaint)
    complaint.closed_at = now
    _turn(db, now, office, actor, complaint, Status.CLOSED, "closed")


def reopen(db: Session, now: datetime, office: Office, actor: Staff, complaint_id: int) -> None:
    """Open a closed or answered case again."""
    access.may_work(office, actor)
    complaint = access.case(db, office, complaint_id)
    if complaint.status in OPEN:
        raise Refused("nothing-to-do")
    complaint.closed_at = None
    _turn(db, now, office, actor, complaint, _working(complaint), "reopened")


def promote(db: Session, now: datetime, office: Office, actor: Staff, message_id: int) -> None:
    """Make a complaint of a message that was set aside by its headers, and take it."""
    access.may_work(office, actor)
    message = db.get(Message, message_id)
    if message is None or message.facility_id != office.id or message.complaint_id is not None:
        raise Refused("nothing-to-do")
    if not clock_is_sane(db, now):
        raise Refused("clock-behind")
    delivery = db.get_one(Delivery, message.delivery_id)
    opening = Opening(
        account_id=delivery.account_id,
        channel=message.channel,
        medium=message.medium,
        contact_id=message.contact_id,
        received_at=message.received_at,
        delivery_id=message.delivery_id,
    )
    [complaint_id] = open_cases(db, office, now, [opening])
    message.complaint_id, message.set_aside, message.held_until = complaint_id, "", None
    delivery.disposition, delivery.reason = Disposition.RECORDED, ""
    db.flush()
    complaint = access.case(db, office, complaint_id)
    window.note(db, office, complaint)
    decided(db, now, actor, complaint.id, "promoted", message=message_id)
    take(db, now, office, actor, complaint_id)


def join(db: Session, now: datetime, office: Office, actor: Staff, suggestion_id: int) -> None:
    """Two complaints are one. Nobody's recipient changes: only when both come from the same
    person's address does the newer one close; otherwise each still gets its own answer.
    """
    suggestion, complaint, other = _suggestion(db, office, actor, suggestion_id)
    suggestion.state = SuggestionState.JOINED
    complaint.merged_into = other.id
    if complaint.contact_id == other.contact_id and complaint.status in (Status.NEW, Status.TAKEN):
        complaint.closed_at = now
        complaint.status = Status.CLOSED
    decided(db, now, actor, complaint.id, "joined", other=other.number)
    tell.notice(db, now, office, actor.id, "joined", complaint.id, number=other.number)
    posts.touch(db, complaint.id or 0)
    posts.touch(db, other.id or 0)


def reject(db: Session, now: datetime, office: Office, actor: Staff, suggestion_id: int) -> None:
    """They are two complaints."""
    suggestion, complaint, other = _suggestion(db, office, actor, suggestion_id)
    suggestion.state = SuggestionState.REJECTED
    decided(db, now, actor, complaint.id, "join-rejected", other=other.number)
    posts.touch(db, complaint.id or 0)


def split(db: Session, now: datetime, office: Office, actor: Staff, complaint_id: int) -> None:
    """Undo a join."""
    complaint = access.holding(db, office, actor, complaint_id)
    if complaint.merged_into is None:
        raise Refused("nothing-to-do")
    for suggestion in db.exec(
        select(Suggestion).where(
            Suggestion.complaint_id == complaint_id,
            Suggestion.other_id == complaint.merged_into,
        )
    ):
        suggestion.state = SuggestionState.OPEN
    complaint.merged_into = None
    closed = complaint.status is Status.CLOSED
    if closed:
        complaint.closed_at = None
    # What has gone on since the join stays as it is: an approved answer is not taken back.
    status = _working(complaint) if closed else complaint.status
    _turn(db, now, office, actor, complaint, status, "split")


def _suggestion(
    db: Session, office: Office, actor: Staff, suggestion_id: int
) -> tuple[Suggestion, Complaint, Complaint]:
    access.may_work(office, actor)
    suggestion = db.get(Suggestion, suggestion_id)
    if suggestion is None or suggestion.facility_id != office.id:
        raise Refused("nothing-to-do")
    if suggestion.state is not SuggestionState.OPEN:
        raise Refused("nothing-to-do")
    complaint = access.holding(db, office, actor, suggestion.complaint_id)
    return suggestion, complaint, access.case(db, office, suggestion.other_id)


def _nothing_on_its_way(complaint: Complaint) -> None:
    if complaint.status is Status.APPROVED:
        raise Refused("still-sending")


def _working(complaint: Complaint) -> Status:
    return Status.NEW if complaint.taken_by is None else Status.TAKEN


def _turn(
    db: Session,
    now: datetime,
    office: Office,
    actor: Staff,
    complaint: Complaint,
    status: Status,
    kind: str,
) -> None:
    complaint.status = status
    decided(db, now, actor, complaint.id, kind)
    tell.notice(db, now, office, actor.id, kind, complaint.id)
    posts.touch(db, complaint.id or 0)
