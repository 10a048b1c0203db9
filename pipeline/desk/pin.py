"""Who sits at the PC: let in by a personal PIN, locked out after a few wrong ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlmodel import Session

from pipeline.desk import access, tell
from pipeline.desk.refused import Refused
from pipeline.ports import Office
from store import events, pins
from store.engine import Store
from store.states import Role
from store.tables import Staff

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A person who gave the right PIN."""

    staff_id: int
    name: str
    pin_hash: str
    """What the PIN was checked against: with another one the entry is over."""


def enter(store: Store, now: datetime, office: Office, staff_id: int, pin: str) -> Entry:
    """Let this person in. Each try is counted and written down before anything is said.

    Raises Refused: pin-none, pin-wrong(left), pin-locked(minutes), not-allowed.
    """

    def begun(db: Session, staff: Staff) -> None:
        access.may_work(office, staff)
        _event(db, now, staff, "desk-entered")

    return _try(store, now, office, staff_id, pin, begun)


def change(
    store: Store, now: datetime, office: Office, staff_id: int, old: str, new_hash: str
) -> None:
    """Give this person a new PIN for the old one. Raises Refused as `enter`."""

    def changed(db: Session, staff: Staff) -> None:
        pins.keep(db, now, staff, new_hash, reset=False)

    _try(store, now, office, staff_id, old, changed)


def still_in(db: Session, office: Office, entry: Entry) -> Staff | None:
    """The person of an entry, None once it is over: revoked, or with another PIN since."""
    staff = db.get(Staff, entry.staff_id)
    if staff is None or not staff.active or staff.facility_id != office.id:
        return None
    return staff if staff.pin_hash == entry.pin_hash else None


def _try(
    store: Store,
    now: datetime,
    office: Office,
    staff_id: int,
    pin: str,
    then: Callable[[Session, Staff], None],
) -> Entry:
    with store.read() as db:
        known = db.get(Staff, staff_id)
        stored = known.pin_hash if known is not None else ""
    # Slow, so before the transaction; what counts the tries is the transaction.
    right = pins.matches(stored, pin)
    refusal: Refused | None = None
    with store.write("desk.enter", facility=office.id, urgent=True) as db:
        staff = db.get(Staff, staff_id)
        if staff is None or staff.facility_id != office.id or not staff.active:
            raise Refused("pin-none")
        refusal = _judge(db, now, office, staff, right=right and staff.pin_hash == stored)
        if refusal is None:
            then(db, staff)
    if refusal is not None:
        raise refusal  # after the commit: the try stays counted
    return Entry(staff_id=staff_id, name=staff.name, pin_hash=staff.pin_hash)


def _judge(
    db: Session, now: datetime, office: Office, staff: Staff, *, right: bool
) -> Refused | None:
    if not staff.pin_hash:
        return Refused("pin-none")
    if staff.pin_locked_until is not None:
        # One that ends later than a lock lasts comes from a clock that jumped.
        left = staff.pin_locked_until - now
        if now < staff.pin_locked_until and left <= pins.LOCKED:
            return Refused("pin-locked", minutes=ceil(left / _MINUTE))
        staff.pin_failures, staff.pin_locked_until = 0, None
    if right:
        staff.pin_failures = 0
        return None
    staff.pin_failures += 1
    if staff.pin_failures < pins.TRIES:
        _event(db, now, staff, "pin-failed")
        return Refused("pin-wrong", left=pins.TRIES - staff.pin_failures)
    staff.pin_locked_until = now + pins.LOCKED
    _event(db, now, staff, "pin-locked")
    for person in access.people(db, office, Role.COORDINATOR):
        tell.notice(db, now, office, person, "pin-locked", name=staff.name)
    return Refused("pin-locked", minutes=pins.LOCKED // _MINUTE)


def _event(db: Session, now: datetime, staff: Staff, kind: str) -> None:
    events.append(
        db,
        kind,
        facility_id=staff.facility_id,
        now=now,
        actor_id=staff.id if kind == "desk-entered" else None,
        params={"staff": staff.id},
    )
