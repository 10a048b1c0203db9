"""Looks at the process and at the database now and then, and says what is wrong.

What it last saw is kept, so that an answer never waits for a database that hangs.
"""

import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import text

from channels.base import Polls
from pipeline.clockguard import clock_is_sane
from pipeline.meter import StageMeter
from pipeline.ports import Context
from store import facilities, figures
from tanggap.health.systemd import Manager
from tanggap.health.verdict import Facts, Limits, Reason, judge, worth_feeding

LOOK_SECONDS = 10.0
"""The longest pause between two looks."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """The signs of life of one process's threads."""

    meter: StageMeter
    sweeper_turned: Callable[[], float]
    """`time.monotonic` of the sweeper's last turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the database and the machine said; see `Facts`."""

    silent: Mapping[str, float] = field(default_factory=dict)
    late: Mapping[str, float] = field(default_factory=dict)
    clock_behind: bool = False
    free: int | None = None


class Outlook:
    """One look at the database and at the disk, for the parts that run here."""

    def __init__(self, ctx: Context, parts: Sequence[str], data: Path) -> None:
        self._ctx = ctx
        self._parts = parts
        self._data = data
        self._started = ctx.clock()

    def __call__(self) -> Seen:
        """Raises whatever the database does."""
        ctx, now = self._ctx, self._ctx.clock()
        # A write that changes nothing: it takes the writer's turn and leaves no trace on the disk.
        with ctx.store.write("health.look") as db:
            db.execute(text("SELECT 1"))
        silent, late = {}, {}
        with ctx.store.read() as db:
            behind = not clock_is_sane(db, now)
            for office in ctx.offices.values():
                if "work" in self._parts:
                    deadline = figures.alerts_waiting(db, office.id).deadline
                    if deadline is not None:
                        late[office.slug] = (now - deadline).total_seconds()
                if "poll" not in self._parts:
                    continue
                for row in facilities.accounts(db, office.id):
                    if isinstance(office.channels.get(row.name), Polls):
                        age = self._age(now, row.polled_at)
                        silent[f"{office.slug}/{row.name}"] = age
        return Seen(silent=silent, late=late, clock_behind=behind, free=_free(self._data))

    def _age(self, now: datetime, polled: datetime | None) -> float:
        # Only the time since this process started counts: a night switched off is no silence.
        since = max(polled, self._started) if polled else self._started
        return (now - since).total_seconds()


class Monitor:
    """The verdict on this process. `run` in a thread of its own; the rest from any thread."""

    def __init__(
        self,
        look: Callable[[], Seen],
        signs: Signs,
        manager: Manager,
        stop: threading.Event,
        limits: Limits | None = None,
    ) -> None:
        self._look = look
        self._signs = signs
        self._manager = manager
        self._stop = stop
        self._limits = limits or Limits()
        self._seen = Seen()
        self._answered = self._turned = time.monotonic()
        self._words = ""

    def turned(self) -> None:
        """The main loop is alive."""
        self._turned = time.monotonic()

    def reasons(self) -> Sequence[Reason]:
        """What is wrong at this moment; empty: nothing."""
        now, seen = time.monotonic(), self._seen
        facts = Facts(
            main=now - self._turned,
            sweeper=now - self._signs.sweeper_turned(),
            database=now - self._answered,
            stages=self._signs.meter.running(),
            silent=seen.silent,
            late=seen.late,
            clock_behind=seen.clock_behind,
            free=seen.free,
        )
        return judge(facts, self._limits)

    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.reasons()

    def run(self) -> None:
        """Look until stopped, and feed the service manager's watchdog while all of our own parts
        and the database are alive.
        """
        pause = min(LOOK_SECONDS, (self._manager.watchdog or 2 * LOOK_SECONDS) / 2)
        while True:
            answered = self.look()
            self._report(answered)
            if self._stop.wait(pause):
                return

    def look(self) -> bool:
        """Once; whether the database answered. Never raises."""
        try:
            self._seen = self._look()
        except Exception as error:  # noqa: BLE001  (whatever the driver says: it did not answer)
            log.warning("health.no-answer", error=type(error).__name__)
            return False
        self._answered = time.monotonic()
        return True

    def _report(self, answered: bool) -> None:
        reasons = self.reasons()
        words = ", ".join(f"{one.reason} {one.what}".strip() for one in reasons) or "ok"
        if words != self._words:
            if self._words or reasons:
                log.warning("health.changed", health=words)
            self._words = words
        if answered and worth_feeding(reasons):
            self._manager.alive(words)
        else:
            self._manager.status(words)


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
