"""What comes back about our own replies: bounces, delivery receipts, copies in Sent."""

import json
from datetime import datetime

from sqlmodel import Session, col, select

from channels.message import DeliveryState, OwnEcho, StatusUpdate
from pipeline import answers, autosending, posts, window
from pipeline.desk import access, outcome
from pipeline.ports import Office
from pipeline.posts import View
from store import events, messages
from store.sending import Sent
from store.states import AT_GATEWAY, OPEN, Role, SendState
from store.tables import AutoReply, Complaint, Contact, Event, Reply, ReplyPart, Staff

_RANK = (
    SendState.PENDING,
    SendState.SENDING,
    SendState.UNKNOWN,
    SendState.ACCEPTED,
    SendState.DELIVERED,
    SendState.READ,
)
"""A status only moves to the right; `failed` is the one turn that comes late."""


def status(db: Session, office: Office, now: datetime, update_: StatusUpdate) -> None:
    """Move a reply part, or an automatic message, by the gateway's later word. What is news of a
    part is kept in the trail, a report always.
    """
    part = _part(db, office, update_)
    if part is None:
        _automatic(db, office, now, update_)
        return
    moves = _moves(part, update_)
    if not (moves or update_.report or update_.temporary):
        return
    complaint_id = db.get_one(Reply, part.reply_id).complaint_id
    params = {"part": part.id, "state": update_.state, "reason": update_.reason}
    if update_.report:
        # A folder that is read again must not fail what a person has sent again since.
        if _in_trail(db, complaint_id, "gateway-status", json.dumps(update_.report)):
            return
        params["report"] = update_.report
    events.append(
        db,
        "gateway-status",
        facility_id=office.id,
        now=now,
        complaint_id=complaint_id,
        params=params,
    )
    if not moves:
        return
    if update_.window_closed:
        window.closed(db, office, now, part)
        return
    if update_.opted_out:
        answers.opted_out(db, office, now, part)
        return
    if update_.state is DeliveryState.FAILED:
        answers.failed(db, now, part, update_.reason)
        return
    was_known = part.state in AT_GATEWAY
    _reach(part, SendState(update_.state), now)
    db.flush()
    if was_known:
        posts.touch(db, db.get_one(Reply, part.reply_id).complaint_id)
    else:
        outcome.accepted(db, now, part, how="status")


def echo(db: Session, office: Office, now: datetime, sent: OwnEcho) -> None:
    """Our own reply as the gateway filed it proves that it went, whatever is thought of it."""
    part = db.get(ReplyPart, sent.part, with_for_update=True)
    if part is None or part.facility_id != office.id:
        return
    # With a time of acceptance it was refused later (a bounce) and is being sent once more.
    again = part.state is SendState.PENDING and part.started_at and part.accepted_at is None
    if part.state in (SendState.SENDING, SendState.UNKNOWN) or again:
        part.state, part.accepted_at, part.reason = SendState.ACCEPTED, now, ""
        db.flush()
        outcome.accepted(db, now, part, how="echo")


def foreign(db: Session, office: Office, now: datetime, channel: str, sent: OwnEcho) -> None:
    """An answer typed elsewhere holds ours until a person has said whether it was the answer."""
    complaint = _answered_case(db, office, channel, sent)
    if complaint is None or complaint.foreign_answer or complaint.status not in OPEN:
        return
    complaint.foreign_answer = True
    events.append(
        db,
        "foreign-answer",
        facility_id=office.id,
        now=now,
        complaint_id=complaint.id,
        text=sent.text,
    )
    owner = db.get(Staff, complaint.taken_by) if complaint.taken_by else None
    asked = [owner.id] if owner is not None and owner.active else []
    for person in asked or access.people(db, office, Role.COORDINATOR):
        posts.ask(
            db,
            View.FOREIGN,
            facility_id=office.id,
            now=now,
            staff_id=person,
            complaint_id=complaint.id,
        )
    posts.touch(db, complaint.id or 0)


def automatic(db: Session, office: Office, now: datetime, part_id: int, message_id: int) -> None:
    """A machine answered our reply (an absence, a request to confirm): it is set aside and gets
    no answer, and whoever has the case sees it once, for it may say how to reach the citizen.
    """
    part = db.get(ReplyPart, part_id)
    if part is None or part.facility_id != office.id:
        return
    complaint = db.get_one(Complaint, db.get_one(Reply, part.reply_id).complaint_id)
    mark = f'"part": {part_id}}}'
    told = _in_trail(db, complaint.id, "automatic-answer", mark)
    events.append(
        db,
        "automatic-answer",
        facility_id=office.id,
        now=now,
        complaint_id=complaint.id,
        params={"message": message_id, "part": part_id},
    )
    owner = db.get(Staff, complaint.taken_by) if complaint.taken_by else None
    if told or owner is None or not owner.active:
        return
    posts.ask(
        db,
        View.JOINED,
        facility_id=office.id,
        now=now,
        staff_id=owner.id,
        complaint_id=complaint.id,
        params={"message_id": message_id, "automatic": 1},
    )


def _in_trail(db: Session, complaint_id: int | None, kind: str, words: str) -> bool:
    """Whether a case's trail has an event of this kind whose parameters contain `words`."""
    found = select(Event.id).where(
        Event.complaint_id == complaint_id,
        Event.kind == kind,
        col(Event.params).contains(words, autoescape=True),
    )
    return db.exec(found.limit(1)).first() is not None


def _automatic(db: Session, office: Office, now: datetime, update_: StatusUpdate) -> None:
    wanted = select(AutoReply).where(AutoReply.facility_id == office.id)
    if update_.auto is not None:
        row = db.exec(wanted.where(AutoReply.id == update_.auto)).one_or_none()
    elif update_.external_id:
        row = db.exec(wanted.where(AutoReply.external_id == update_.external_id)).first()
    else:
        row = None
    if row is None or not _moves(row, update_):
        return
    if update_.state is DeliveryState.FAILED:
        autosending.failed(db, office, now, row, update_.reason, update_.opted_out)
    else:
        _reach(row, SendState(update_.state), now)


def _moves(row: Sent, update_: StatusUpdate) -> bool:
    """Whether it is news: the gateway is asked again and again. One that waits to be sent once
    more is not stopped by the bounce of an earlier attempt.
    """
    if update_.temporary:
        return False
    if update_.state is DeliveryState.FAILED:
        return row.state in (SendState.SENDING, SendState.UNKNOWN, SendState.ACCEPTED)
    reached = SendState(update_.state)
    return row.state in _RANK and _RANK.index(row.state) < _RANK.index(reached)


def _reach(row: Sent, reached: SendState, now: datetime) -> None:
    row.state = reached
    row.accepted_at = row.accepted_at or now
    if reached is not SendState.ACCEPTED:
        row.delivered_at = row.delivered_at or now
    if reached is SendState.READ:
        row.status_due_at = None  # there is nothing beyond it


def _part(db: Session, office: Office, update_: StatusUpdate) -> ReplyPart | None:
    wanted = select(ReplyPart).where(ReplyPart.facility_id == office.id)
    if update_.part is not None:
        return db.exec(wanted.where(ReplyPart.id == update_.part)).one_or_none()
    if not update_.external_id:
        return None
    return db.exec(wanted.where(ReplyPart.external_id == update_.external_id)).first()


def _answered_case(db: Session, office: Office, channel: str, sent: OwnEcho) -> Complaint | None:
    ids = [id_ for id_ in (sent.in_reply_to, *reversed(sent.references)) if id_]
    known = messages.cases_of(db, office.id, ids)
    for id_ in ids:
        if id_ in known:
            return db.get(Complaint, known[id_].complaint_id)
    if not sent.recipients:
        return None
    found = db.exec(
        select(Complaint)
        .join(Contact, col(Contact.id) == col(Complaint.contact_id))
        .where(
            Contact.facility_id == office.id,
            Contact.channel == channel,
            col(Contact.address).in_(sent.recipients),
            col(Complaint.status).in_(OPEN),
        )
        .limit(2)
    ).all()
    # Two open cases of one person: nobody can tell which was answered, so nothing is held.
    return found[0] if len(found) == 1 else None
