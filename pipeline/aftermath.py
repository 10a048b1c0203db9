"""What follows from a message that joined a case, or that a clerk typed in."""

import json
from datetime import datetime

from sqlmodel import Session

from pipeline import posts
from pipeline.joining import only_thanks
from pipeline.ports import Office
from pipeline.posts import View
from store import events
from store.states import OPEN, Status
from store.tables import Complaint


def further_message(
    db: Session, office: Office, now: datetime, complaint_id: int, message_id: int, text: str
) -> None:
    """A case goes on: an answered one opens again, unless the citizen only says thanks."""
    complaint = db.get_one(Complaint, complaint_id)
    reopens = complaint.status not in OPEN and not only_thanks(text)
    if reopens or complaint.status is Status.AWAITING_COMPLAINANT:
        complaint.status = Status.TAKEN if complaint.taken_by else Status.NEW
        complaint.closed_at = None
    events.append(
        db,
        "further-message",
        facility_id=office.id,
        now=now,
        complaint_id=complaint_id,
        params={"message": message_id, "reopened": int(reopens)},
    )
    if complaint.taken_by is not None:
        posts.ask(
            db,
            View.JOINED,
            facility_id=office.id,
            now=now,
            staff_id=complaint.taken_by,
            complaint_id=complaint_id,
            params={"message_id": message_id},
        )
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
