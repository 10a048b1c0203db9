"""How a person's chat account becomes a member of staff, and what happens when they leave."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from pipeline import posts
from pipeline.desk.refused import Refused
from store import events
from store import staff as members
from store.staff import code_hash
from store.states import OPEN, SendState
from store.tables import Complaint, Invite, Post, Staff


def enrol(db: Session, now: datetime, code: str, telegram_id: int) -> Staff:
    """Bind a numeric id to the member of staff whose code this is; each code works once.

    A person with a new phone account is invited anew; the old id loses access with that.
    Raises Refused: code-unknown (also when used or expired).
    """
    used = db.execute(
        update(Invite)
        .where(
            col(Invite.code_hash) == code_hash(code),
            col(Invite.used_at).is_(None),
            col(Invite.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(Invite.staff_id))
    ).scalar_one_or_none()
    staff = db.get(Staff, used) if used is not None else None
    if staff is None or not staff.active:
        raise Refused("code-unknown")
    _free_id(db, staff, telegram_id)
    staff.telegram_id = telegram_id
    db.flush()
    started(db, now, staff)
    events.append(
        db,
        "enrolled",
        facility_id=staff.facility_id,
        now=now,
        actor_id=staff.id,
        params={"role": staff.role},
    )
    return staff


def started(db: Session, now: datetime, staff: Staff) -> None:
    """The bot may write to this person from now on: what waited for that is due."""
    staff.started = True
    db.execute(
        update(Post)
        .where(col(Post.staff_id) == staff.id, col(Post.state) == SendState.HELD)
        .values(state=SendState.PENDING, due_at=now)
    )


def leave(db: Session, now: datetime, staff: Staff) -> None:
    """Take all access away at once; the cards of open cases offer them to the others again."""
    members.revoke(db, staff, now)
    for case_id in db.exec(
        select(Complaint.id).where(
            Complaint.facility_id == staff.facility_id,
            Complaint.taken_by == staff.id,
            col(Complaint.status).in_(OPEN),
        )
    ).all():
        posts.touch(db, case_id or 0)


def _free_id(db: Session, staff: Staff, telegram_id: int) -> None:
    """One account is one person in a facility: an older row that had it lets it go."""
    for other in db.exec(
        select(Staff).where(
            Staff.facility_id == staff.facility_id,
            Staff.telegram_id == telegram_id,
            Staff.id != staff.id,
        )
    ):
        other.telegram_id = None
        other.started = False
    db.flush()
