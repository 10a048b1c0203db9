"""A citizen writes: the window is open anew, and what waited for that may leave."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from channels.base import Sends
from pipeline import posts
from pipeline.conversation.words import Command
from pipeline.heard import Heard
from pipeline.ports import Office
from pipeline.window import ways
from pipeline.window.waits import to_call
from store import events, waiting
from store.states import OPEN
from store.tables import Complaint, Contact


def heard(db: Session, office: Office, now: datetime, said: Sequence[Heard]) -> None:
    """Citizens wrote: their windows are open anew, and what waited for that may leave."""
    by_person: dict[tuple[int, int], list[Heard]] = {}
    for item in said:
        by_person.setdefault((item.contact_id, item.account_id), []).append(item)
    people = {contact_id for contact_id, _ in by_person}
    contacts = {it.id: it for it in db.exec(select(Contact).where(col(Contact.id).in_(people)))}
    for (contact_id, account_id), items in by_person.items():
        sender = ways.adapter(office, account_id)
        if sender is not None:
            contact = contacts[contact_id]
            _opened(db, contact, account_id, sender, max(it.received_at for it in items))
            _react(db, office, now, contact, account_id, sender, items)


def _opened(
    db: Session, contact: Contact, account_id: int, sender: Sends, wrote_at: datetime
) -> None:
    """Keep when they last wrote, where the way back depends on it."""
    latest = max(wrote_at, contact.heard_at or wrote_at)
    until = sender.routes(contact.address, latest, latest)[0].until
    if until is None:
        return
    contact.heard_at = latest
    for case in db.exec(
        select(Complaint).where(
            Complaint.contact_id == contact.id,
            Complaint.account_id == account_id,
            col(Complaint.status).in_(OPEN),
        )
    ).all():
        if case.window_until != until:
            case.window_until, case.window_told_at = until, None
            posts.touch(db, case.id or 0)


def _react(
    db: Session,
    office: Office,
    now: datetime,
    contact: Contact,
    account_id: int,
    sender: Sends,
    items: Sequence[Heard],
) -> None:
    last = items[-1]
    stops = last.command is Command.STOP
    # Who wants no messages gets none, whatever they write, until they say MULAI.
    refuses = contact.opted_out_at is not None and last.command is not Command.START
    for reply, _ in waiting.of_contact(db, office.id, account_id, contact.id or 0):
        if stops:
            to_call(db, office, now, reply, "stop")
        elif not refuses and ways.open_now(sender, contact, now):
            _release(db, office, now, reply.id or 0, reply.complaint_id, last)


def _release(
    db: Session, office: Office, now: datetime, reply_id: int, complaint_id: int, item: Heard
) -> None:
    """Not before the time is over in which it can be called back."""
    word = waiting.approved_at(db, reply_id) or now
    due = max(now, word + timedelta(seconds=office.settings.undo_seconds))
    if not waiting.release(db, reply_id, due):
        return
    waiting.take_back_template(db, office.id, [reply_id])
    events.append(
        db,
        "released",
        facility_id=office.id,
        now=now,
        complaint_id=complaint_id,
        params={"reply": reply_id, "message": item.message_id, "why": "heard"},
    )
    posts.touch(db, complaint_id)
