"""A machine may boot in the past: then nothing is numbered and nothing is sent.

A Raspberry Pi has no clock of its own; a number given in 1970 would be a wrong one for ever.
"""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from pipeline import alarms
from store.tables import Facility, Message

BUILT = datetime(2026, 1, 1, tzinfo=UTC)
"""No true clock shows less. Raise it with a release."""
TOLERANCE = timedelta(minutes=2)
"""A clock that is being set steps back a little; that is no reason to stand still."""


def clock_is_sane(db: Session, now: datetime) -> bool:
    """Whether `now` is not before the build or the newest recorded message."""
    return now >= _newest(db) - TOLERANCE


def tell_clock_behind(db: Session, now: datetime) -> int:
    """Tell the coordinators, once for the same standstill; how many were told."""
    newest = _newest(db).isoformat(timespec="minutes")
    return sum(
        alarms.tell(db, facility_id, alarms.CLOCK_BEHIND, now, newest=newest)
        for facility_id in db.exec(select(Facility.id)).all()
        if facility_id is not None
    )


def _newest(db: Session) -> datetime:
    # Messages are recorded under this guard, so their last row has their latest time: one look
    # at the primary key. Raw deliveries are kept whatever the clock says.
    last = db.exec(select(Message.recorded_at).order_by(col(Message.id).desc()).limit(1)).first()
    return max(last, BUILT) if last else BUILT
