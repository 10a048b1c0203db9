"""What a citizen changed of an earlier message: another text, or taken back. Nothing is deleted:
the first words stay in the raw delivery, and those taken back for whoever works on the case.
"""

from datetime import datetime

from sqlmodel import Session

from channels.message import Edit, Withdrawal
from pipeline import posts
from pipeline.aftermath import alarm, show_further
from pipeline.joining import Case
from pipeline.ports import Office
from pipeline.rows import Batch, alert_row, silent
from pipeline.triage.emergency import is_emergency
from store import complaints, conversations, events
from store.deliveries import Waiting
from store.states import Disposition
from store.tables import Complaint, Message

EDITED, WITHDRAWN, UNKNOWN = "edited", "withdrawn", "unknown-message"
"""Reasons of their deliveries."""
IN_TRAIL = ("message-edited", "message-withdrawn")
"""Kinds of their events; `params.message` names the message."""


def apply(batch: Batch) -> None:
    """Apply the batch's changes, now that its messages stand, and say how each delivery ended."""
    if not batch.changes:
        return
    wanted = {(row.channel, change.external_id) for row, change in batch.changes}
    known = conversations.by_external_id(batch.db, batch.office.id, wanted)
    ends: dict[int, tuple[Disposition, str]] = {}
    for row, change in batch.changes:
        found = known.get((row.channel, change.external_id))
        if found is None:
            ends[row.id] = Disposition.SET_ASIDE, UNKNOWN
            continue
        message = batch.db.get_one(Message, found, populate_existing=True)
        ends[row.id] = _change(batch, row, message, change)
    batch.ends = [(id_, *ends.get(id_, (end, why))) for id_, end, why in batch.ends]


def _change(
    batch: Batch, row: Waiting, message: Message, change: Edit | Withdrawal
) -> tuple[Disposition, str]:
    if isinstance(change, Withdrawal):
        _withdrawn(batch.db, batch.office, batch.now, message, row)
        return Disposition.STATUS, WITHDRAWN
    if change.text == message.text:
        return Disposition.STATUS, EDITED
    _edited(batch, message, change.text, row)
    return (Disposition.JOINED if message.complaint_id else Disposition.STATUS), EDITED


def _withdrawn(db: Session, office: Office, now: datetime, message: Message, row: Waiting) -> None:
    if message.withdrawn_at is not None:
        return
    message.withdrawn_at = row.received_at
    _in_trail(db, office, now, message, IN_TRAIL[1], "", row)
    if message.complaint_id:
        posts.touch(db, message.complaint_id)


def _edited(batch: Batch, message: Message, text: str, row: Waiting) -> None:
    db, office, now = batch.db, batch.office, batch.now
    message.text, message.full_text = text, ""
    _in_trail(db, office, now, message, IN_TRAIL[0], text, row)
    if message.complaint_id is None:
        return
    complaint = db.get_one(Complaint, message.complaint_id)
    urgent = is_emergency(text)
    if urgent:
        alarm(db, office, now, complaint, message.id or 0)
    if not silent(row.meta) and row.received_at >= batch.since[row.account_id]:
        case = Case(complaint.id, message.conversation)
        complaints.add_alerts(db, [alert_row(batch, case, joined=True)])
    show_further(db, office, now, complaint, message.id or 0)
    posts.touch(db, complaint.id or 0)


def _in_trail(
    db: Session,
    office: Office,
    now: datetime,
    message: Message,
    kind: str,
    text: str,
    row: Waiting,
) -> None:
    events.append(
        db,
        kind,
        facility_id=office.id,
        now=now,
        complaint_id=message.complaint_id,
        text=text,
        params={"message": message.id, "delivery": row.id},
    )
