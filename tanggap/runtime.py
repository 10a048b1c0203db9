"""The processes: pollers, workers, sweeper and bot as threads, until somebody asks to stop."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

import structlog
from dramatiq import Worker

from channels.base import Polls
from ingest.health import SilenceWatch
from ingest.poller import Poller
from pipeline import alerts, inbound, posting, replying
from pipeline.clockguard import ClockWatch
from pipeline.jobs import Jobs, Stage
from pipeline.sweep import Sweeper
from store import deliveries
from store.blobs import Blobs
from tanggap.settings import Settings
from tanggap.wiring import Wired, open_everything

STAGES: Mapping[str, Stage] = {
    "record": inbound.record_due,
    "alert": alerts.alert_due,
    "post": posting.post_due,
    "reply": replying.reply_due,
}
PARTS = ("poll", "work", "bot")

_GRACE = 7.0
"""Seconds that threads get to end what they are at; after a little more the process ends anyway,
for every half-done thing is safe in the database."""
_LAST_CALL = 9.0
_DAY = 86400.0

log = structlog.get_logger(__name__)


def run(settings: Settings, parts: Sequence[str] = PARTS) -> None:
    """Run these parts until SIGTERM or SIGINT. Raises UserError when it cannot begin."""
    wired = open_everything(settings, hears="work" in parts)
    stop = threading.Event()
    with _signals(stop):
        running = Running(wired, parts, stop)
        running.start()
        sys.stdout.write(f"Tanggap siap: {_ready(wired, parts)}. Hentikan dengan Ctrl+C.\n")
        sys.stdout.flush()
        # With a timeout, because on Windows a wait without one hears no Ctrl+C.
        while not stop.wait(1.0):
            pass
        _leave_in_time()
        running.stop()
    wired.close()


def replay(settings: Settings, facility: str, ids: Sequence[int] | None = None) -> int:
    """Parse deliveries of a facility anew: these, or all that were quarantined.

    Returns how many of them still could not be recorded.
    """
    wired = open_everything(settings, hears=False)
    try:
        office = next(one for one in wired.ctx.offices.values() if one.slug == facility)
        with wired.ctx.store.write("replay") as db:
            chosen = deliveries.replay(db, office.id, ids)
        inbound.record_office(wired.ctx, office)
        with wired.ctx.store.read() as db:
            return len(deliveries.unrecorded(db, office.id, chosen))
    finally:
        wired.close()


class Running:
    """The threads of one process."""

    def __init__(self, wired: Wired, parts: Sequence[str], stop: threading.Event) -> None:
        self._wired = wired
        self._parts = parts
        self._stop = stop
        self._threads: list[threading.Thread] = []
        self._worker: Worker | None = None
        ctx = wired.ctx
        stages = STAGES if "work" in parts else {}
        chores: list[Callable[[], object]] = []
        if "poll" in parts:
            chores.append(SilenceWatch(ctx))
        if "work" in parts:
            chores += [ClockWatch(ctx), lambda: replying.expire(ctx)]
        self._sweeper = Sweeper(tuple(stages), wired.wake, ctx.clock, chores=chores)
        Jobs(wired.broker, wired.wake, stages, ctx, self._sweeper.at)

    def start(self) -> None:
        """Start them all; the first poll begins at once."""
        ctx = self._wired.ctx
        if "poll" in self._parts:
            _tidy(ctx.store.blobs)
            for office in ctx.offices.values():
                for channel in office.channels.values():
                    if isinstance(channel, Polls):
                        poller = Poller(ctx, office, channel, self._stop)
                        self._thread(f"poll-{channel.account}", poller.run)
        if "work" in self._parts:
            # As many threads as stages: none waits for another.
            self._worker = Worker(self._wired.broker, worker_threads=len(STAGES))
            self._worker.start()
        if "bot" in self._parts and self._wired.client is not None:
            self._listen(self._wired.client)
        self._thread("sweep", self._sweeper.run)

    def stop(self) -> None:
        """End them all, within `_GRACE` seconds."""
        end = time.monotonic() + _GRACE
        self._stop.set()
        self._sweeper.stop()
        if self._wired.client is not None:
            self._wired.client.interrupt()
        if self._worker is not None:
            self._worker.stop(timeout=int(_GRACE * 500))
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0.0))
        late = [thread.name for thread in self._threads if thread.is_alive()]
        if late:
            log.warning("run.late", threads=late)

    def _thread(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            while not self._stop.is_set():
                try:
                    return work()
                except Exception:
                    log.exception("run.thread-died", thread=name)
                    self._stop.wait(5.0)
            return None

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
