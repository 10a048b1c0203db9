"""Least privilege: who may do what, and which rows they may reach."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from pipeline.desk.refused import Refused
from pipeline.ports import Office
from store.states import Role
from store.tables import Complaint, Reply, Staff

_WORKS = (Role.CLERK, Role.TEAM, Role.COORDINATOR, Role.HEAD)
_LEADS = (Role.COORDINATOR, Role.HEAD)


def may_work(office: Office, actor: Staff) -> None:
    """Take cases, read them, write drafts. Raises Refused."""
    if not actor.active or actor.facility_id != office.id or actor.role not in _WORKS:
        raise Refused("not-allowed", role=actor.role)


def may_lead(office: Office, actor: Staff) -> None:
    """Decide about what was sent or set aside. Raises Refused."""
    may_work(office, actor)
    if not leads(actor):
        raise Refused("not-allowed", role=actor.role)


def leads(actor: Staff) -> bool:
    """Whether this person is one of those who decide."""
    return actor.role in _LEADS


def may_read(office: Office, actor: Staff, complaint: Complaint) -> bool:
    """Whether the citizen's words may be shown to this person."""
    if not actor.active or actor.facility_id != office.id:
        return False
    return leads(actor) or complaint.taken_by == actor.id


def case(db: Session, office: Office, complaint_id: int) -> Complaint:
    """The complaint, if it is this facility's. Raises Refused."""
    found = db.get(Complaint, complaint_id)
    if found is None or found.facility_id != office.id:
        raise Refused("no-such-complaint")
    return found


def holding(db: Session, office: Office, actor: Staff, complaint_id: int) -> Complaint:
    """The complaint, if it is in this person's hands or the person leads. Raises Refused."""
    may_work(office, actor)
    complaint = case(db, office, complaint_id)
    if not leads(actor):
        free_for(db, actor, complaint)
    return complaint


def free_for(db: Session, actor: Staff, complaint: Complaint) -> None:
    """Nobody else has it; whoever left the desk holds nothing. Raises Refused."""
    if complaint.taken_by in (None, actor.id):
        return
    owner = db.get(Staff, complaint.taken_by)
    if owner is not None and owner.active:
        raise Refused("already-taken", name=owner.name)


def newest_reply(db: Session, complaint_id: int) -> Reply | None:
    """The highest version, whatever became of it."""
    return db.exec(
        select(Reply)
        .where(Reply.complaint_id == complaint_id)
        .order_by(col(Reply.version).desc())
        .limit(1)
    ).one_or_none()


def own_reply(db: Session, office: Office, reply_id: int) -> tuple[Reply, Complaint]:
    """A reply and its complaint, if they are this facility's. Raises Refused."""
    # Held where the database has row locks, so that of two taps the second sees the first.
    reply = db.get(Reply, reply_id, with_for_update=True)
    if reply is None or reply.facility_id != office.id:
        raise Refused("no-draft")
    return reply, case(db, office, reply.complaint_id)


def people(db: Session, office: Office, *roles: str) -> Sequence[int]:
    """Ids of the active staff with one of these roles."""
    return [
        staff_id
        for staff_id in db.exec(
            select(Staff.id)
            .where(
                Staff.facility_id == office.id,
                col(Staff.active),
                col(Staff.role).in_(roles),
                col(Staff.telegram_id).is_not(None),
            )
            .order_by(col(Staff.id))
        )
        if staff_id is not None
    ]
