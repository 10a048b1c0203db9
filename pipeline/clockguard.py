"""A machine may boot in the past: then nothing is numbered and nothing is sent.

A Raspberry Pi has no clock of its own; a number given in 1970 would be a wrong one for ever.
"""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from pipeline import alarms
from pipeline.ports import Context
from store.tables import Message

BUILT = datetime(2026, 1, 1, tzinfo=UTC)
"""No true clock shows less. Raise it with a release."""
TOLERANCE = timedelta(minutes=2)
"""A clock that is being set steps back a little; that is no reason to stand still."""


class ClockBehind(Exception):
    """The clock is before the newest row or the build: what was begun waits."""


def clock_is_sane(db: Session, now: datetime) -> bool:
    """Whether `now` is not before the build or the newest recorded message."""
    return now >= _newest(db) - TOLERANCE


def must_be_sane(db: Session, now: datetime) -> None:
    """For the transaction that numbers: a clock may be set back at any moment. Raises
    ClockBehind.
    """
    if not clock_is_sane(db, now):
        raise ClockBehind


class ClockWatch:
    """For the sweeper: tells the coordinators, once for the same standstill."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def __call__(self) -> None:
        """Look at the clock; nothing is written while it is right."""
        now = self._ctx.clock()
        with self._ctx.store.read() as db:
            if clock_is_sane(db, now):
                return
            newest = _newest(db).isoformat(timespec="minutes")
        with self._ctx.store.write("clock.behind", facility=self._ctx.offices.keys()) as db:
            told = [
                alarms.tell(db, facility_id, alarms.CLOCK_BEHIND, now, newest=newest)
                for facility_id in self._ctx.offices
            ]
        if any(told):
            self._ctx.wake("post")


def _newest(db: Session) -> datetime:
    # Messages are recorded under this guard, so their last row has their latest time: one look
    # at the primary key. Raw deliveries are kept whatever the clock says.
    last = db.exec(select(Message.recorded_at).order_by(col(Message.id).desc()).limit(1)).first()
    return max(last, BUILT) if last else BUILT
