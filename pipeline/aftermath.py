"""What follows from a message that joined a case, or that a clerk typed in."""

import json
from datetime import datetime

from sqlmodel import Session

from pipeline import posts
from pipeline.conversation.words import VERDICTS, Command
from pipeline.ports import Office
from pipeline.posts import View
from store import events
from store.states import OPEN, Kind, Status
from store.tables import Complaint


def further_message(
    db: Session,
    office: Office,
    now: datetime,
    complaint_id: int,
    message_id: int,
    *,
    reopens: bool = True,
    urgent: bool = False,
) -> None:
    """A case goes on: an answered one opens again, unless the citizen only says thanks. Words of
    danger make an emergency of it.
    """
    complaint = db.get_one(Complaint, complaint_id)
    reopened = _go_on(complaint, reopens=reopens)
    if urgent:
        alarm(db, office, now, complaint, message_id)
    events.append(
        db,
        "further-message",
        facility_id=office.id,
        now=now,
        complaint_id=complaint_id,
        params={"message": message_id, "reopened": int(reopened)},
    )
    show_further(db, office, now, complaint, message_id)
    posts.touch(db, complaint_id)


def show_further(
    db: Session, office: Office, now: datetime, complaint: Complaint, message_id: int
) -> None:
    """Whoever has the case in hand sees what the citizen wrote."""
    if complaint.taken_by is not None:
        posts.ask(
            db,
            View.JOINED,
            facility_id=office.id,
            now=now,
            staff_id=complaint.taken_by,
            complaint_id=complaint.id,
            params={"message_id": message_id},
        )


def alarm(
    db: Session, office: Office, now: datetime, complaint: Complaint, message_id: int
) -> None:
    """The case is an emergency from this message on."""
    if complaint.kind is Kind.EMERGENCY and complaint.urgency == "red":
        return
    before = {"kind": str(complaint.kind), "urgency": complaint.urgency}
    complaint.kind, complaint.urgency = Kind.EMERGENCY, "red"
    events.append(
        db,
        "emergency",
        facility_id=office.id,
        now=now,
        complaint_id=complaint.id,
        params={"message": message_id, **before},
    )


def commanded(
    db: Session,
    office: Office,
    now: datetime,
    complaint_id: int,
    message_id: int,
    command: Command,
) -> None:
    """A word of command is kept with the case; «belum» opens an answered one again."""
    kind = str(command) if command in VERDICTS else "command"
    events.append(
        db,
        kind,
        facility_id=office.id,
        now=now,
        complaint_id=complaint_id,
        params={"message": message_id, "command": str(command)},
    )
    if command is Command.UNSATISFIED:
        further_message(db, office, now, complaint_id, message_id)
    else:
        posts.touch(db, complaint_id)


def opened_by_hand(
    db: Session, office: Office, now: datetime, complaint_id: int, meta: str
) -> None:
    """Whoever typed a case in has it in their hands, and sees its number at once."""
    staff = json.loads(meta).get("staff")
    if staff is None:
        return
    complaint = db.get_one(Complaint, complaint_id)
    complaint.taken_by, complaint.taken_at = int(staff), now
    complaint.status = Status.TAKEN
    posts.ask(
        db,
        View.CASE,
        facility_id=office.id,
        now=now,
        staff_id=complaint.taken_by,
        complaint_id=complaint_id,
        params={"recorded": 1},
    )


def _go_on(complaint: Complaint, *, reopens: bool) -> bool:
    reopened = complaint.status not in OPEN and reopens
    if reopened or complaint.status is Status.AWAITING_COMPLAINANT:
        complaint.status = Status.TAKEN if complaint.taken_by else Status.NEW
        complaint.closed_at = None
    return reopened
