"""Who works at the desk, the codes that let them in, and the team's group."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from store import events
from store.states import Role
from store.tables import Group, Invite, Staff

CODE_LIFE = timedelta(days=7)
"""How long a one-time code works."""


def code_hash(code: str) -> str:
    """What is stored of a one-time code."""
    return hashlib.sha256(code.strip().encode()).hexdigest()


def add(
    db: Session,
    facility_id: int,
    *,
    name: str,
    role: Role,
    now: datetime,
    telegram_id: int | None = None,
) -> Staff:
    """A member of staff, new or known.

    Known is the one with this numeric id, or else the active one of this name: the same person
    with another role or a new phone. Somebody who comes back gets the old row again.
    """
    row = _with_id(db, facility_id, telegram_id) or _with_name(db, facility_id, name)
    if row is None:
        row = Staff(facility_id=facility_id, name=name, role=role, created_at=now)
    row.name, row.role, row.active, row.revoked_at = name, role, True, None
    if telegram_id is not None and row.telegram_id != telegram_id:
        # Whether this account pressed Start is not known yet.
        row.telegram_id, row.started = telegram_id, False
    db.add(row)
    db.flush()
    events.append(
        db,
        "staff-added",
        facility_id=facility_id,
        now=now,
        params={"staff": row.id, "role": role.value},
    )
    return row


def invite(db: Session, staff_id: int, now: datetime) -> str:
    """A new one-time code of 128 bits; earlier ones of this person stop working."""
    _void_codes(db, staff_id, now)
    code = secrets.token_urlsafe(16)
    db.add(Invite(staff_id=staff_id, code_hash=code_hash(code), expires_at=now + CODE_LIFE))
    db.flush()
    return code


def revoke(db: Session, staff: Staff, now: datetime) -> None:
    """Take all access away at once. What this person did stays on record."""
    assert staff.id is not None
    staff.active, staff.revoked_at = False, now
    # Whoever comes back chooses a new one.
    staff.pin_hash, staff.pin_failures, staff.pin_locked_until = "", 0, None
    db.add(staff)
    _void_codes(db, staff.id, now)
    events.append(
        db, "staff-revoked", facility_id=staff.facility_id, now=now, params={"staff": staff.id}
    )


def members(db: Session, facility_id: int) -> Sequence[Staff]:
    """Everybody who ever worked at the desk, in the order they came."""
    return db.exec(
        select(Staff).where(Staff.facility_id == facility_id).order_by(col(Staff.id))
    ).all()


def group(db: Session, facility_id: int) -> Group | None:
    """The team's group, once it is enrolled."""
    return db.get(Group, facility_id)


def name_group(db: Session, facility_id: int, chat_id: int, now: datetime) -> None:
    """The configuration names the group: that enrols it, and clears what was wrong with another.

    A facility that had it before has none from now on: its cards are not for these people.
    """
    db.execute(
        delete(Group).where(col(Group.chat_id) == chat_id, col(Group.facility_id) != facility_id)
    )
    row = db.get(Group, facility_id)
    if row is None:
        db.add(Group(facility_id=facility_id, chat_id=chat_id, enrolled_at=now))
    elif row.chat_id != chat_id:
        row.chat_id, row.enrolled_at, row.broken = chat_id, now, ""
        row.failing_since, row.failing_why = None, ""
        db.add(row)
    db.flush()


def _with_id(db: Session, facility_id: int, telegram_id: int | None) -> Staff | None:
    if telegram_id is None:
        return None
    return db.exec(
        select(Staff).where(Staff.facility_id == facility_id, Staff.telegram_id == telegram_id)
    ).one_or_none()


def _with_name(db: Session, facility_id: int, name: str) -> Staff | None:
    for row in members(db, facility_id):
        if row.active and row.name.casefold() == name.casefold():
            return row
    return None


def _void_codes(db: Session, staff_id: int, now: datetime) -> None:
    db.execute(
        update(Invite)
        .where(col(Invite.staff_id) == staff_id, col(Invite.used_at).is_(None))
        .values(used_at=now)
    )
