"""The processes: pollers, workers, sweeper and bot as threads, until somebody asks to stop."""

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING

import structlog
from dramatiq import Worker

from channels.base import Polls
from ingest.health import SilenceWatch
from ingest.poller import Poller
from notifier.client import TelegramClient
from pipeline import alerts, fallback, inbound, posting, replying, window
from pipeline.clockguard import ClockWatch
from pipeline.conversation import held
from pipeline.errors import UserError
from pipeline.jobs import Jobs, Stage
from pipeline.lanes import ThreadLanes
from pipeline.sweep import Sweeper
from tanggap.health.monitor import Signs
from tanggap.health.watch import Watch
from tanggap.settings import Settings
from tanggap.tidy import Tidy, tidy_spool
from tanggap.webhook import Entrance
from tanggap.wiring import Wired, open_everything

STAGES: Mapping[str, Stage] = {
    "record": inbound.record_due,
    "held": held.held_due,
    "alert": alerts.alert_due,
    "post": posting.post_due,
    "reply": replying.reply_due,
    "fallback": fallback.fallback_due,
    "window": window.window_due,
}
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
PARTS = ("poll", "work", "bot")

_GRACE = 7.0
"""Seconds that threads get to end what they are at; after a little more the process ends anyway,
for every half-done thing is safe in the database."""
_LAST_CALL = 9.0
_M_ARENA_MAX = -8

if TYPE_CHECKING:
    from notifier.listener import Listener

log = structlog.get_logger(__name__)


def run(settings: Settings, parts: Sequence[str] = PARTS) -> None:
    """Run these parts until SIGTERM or SIGINT. Raises UserError when it cannot begin."""
    _share_memory()
    wired = open_everything(settings, hears="work" in parts)
    # What start-up made lives as long as the process: collections need not look at it.
    gc.freeze()
    stop = threading.Event()
    with _signals(stop):
        running = Running(wired, parts, stop)
        watch, entrance = _outside(settings, wired, parts, running.signs, stop)
        running.start()
        if entrance is not None:
            running.thread("webhook", entrance.run)
        watch.start(running.thread)
        said = [_ready(wired, parts), *([f"kesehatan di {watch.url}/health"] if watch.url else [])]
        if entrance is not None:
            said.append(f"panggilan penyedia di {entrance.url}/hook")
        sys.stdout.write(f"Tanggap siap: {', '.join(said)}. Hentikan dengan Ctrl+C.\n")
        sys.stdout.flush()
        # With a timeout, because on Windows a wait without one hears no Ctrl+C.
        while not stop.wait(1.0):
            watch.turned()
        watch.stopping()
        _leave_in_time()
        running.stop()
    wired.close()


class Running:
    """The threads of one process."""

    def __init__(self, wired: Wired, parts: Sequence[str], stop: threading.Event) -> None:
        self._wired = wired
        self._parts = parts
        self._stop = stop
        self._threads: list[threading.Thread] = []
        self._worker: Worker | None = None
        self._listener: Listener | None = None
        self._lanes = ThreadLanes(lambda: wired.queue.own("reply"))
        ctx = replace(wired.ctx, lanes=self._lanes)
        stages = STAGES if "work" in parts else {}
        chores: list[Callable[[], object]] = []
        if "poll" in parts:
            chores.append(SilenceWatch(ctx))
        if "work" in parts:
            chores += [ClockWatch(ctx), lambda: replying.expire(ctx), Tidy(ctx.store, ctx.clock)]
        self._sweeper = Sweeper(tuple(stages), wired.queue.own, ctx.clock, chores=chores)
        jobs = Jobs(wired.queue.broker, wired.queue.own, stages, ctx, self._sweeper.at)
        self.signs = Signs(meter=jobs.meter, sweeper_turned=lambda: self._sweeper.turned)
        """How its threads are."""

    def start(self) -> None:
        """Start them all; the first poll begins at once."""
        ctx = self._wired.ctx
        if "poll" in self._parts:
            tidy_spool(ctx.store.blobs)
            for office in ctx.offices.values():
                for channel in office.channels.values():
                    if isinstance(channel, Polls):
                        poller = Poller(ctx, office, channel, self._stop)
                        self.thread(f"poll-{office.slug}-{channel.account}", poller.run)
        if "work" in self._parts:
            logging.getLogger("dramatiq").setLevel(logging.WARNING)
            # As many threads as stages: none waits for another.
            self._worker = Worker(self._wired.queue.broker, worker_threads=len(STAGES))
            self._worker.start()
        if "bot" in self._parts and self._wired.client is not None:
            self._listen(self._wired.client)
        if self._wired.queue.link is not None:
            self.thread("queue", self._wired.queue.link.run)
        self.thread("sweep", self._sweeper.run)

    def stop(self) -> None:
        """End them all, within `_GRACE` seconds."""
        end = time.monotonic() + _GRACE
        self._stop.set()
        self._sweeper.stop()
        self._lanes.stop()
        if self._listener is not None:
            self._listener.stop()
        if self._wired.queue.link is not None:
            self._wired.queue.link.stop()
        if self._worker is not None:
            self._worker.stop(timeout=int(_GRACE * 500))
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0.0))
        late = self._lanes.join(end)
        if "work" in self._parts:
            inbound.let_go_of_all(self._wired.ctx)
        late += [thread.name for thread in self._threads if thread.is_alive()]
        if late:
            log.warning("run.late", threads=late)

    def thread(self, name: str, work: Callable[[], None]) -> None:
        """Start one that ends with the process's stop; a bug costs it five seconds."""

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

    def _listen(self, client: TelegramClient) -> None:
        from notifier.listener import Listener

        self._listener = Listener(self._wired.ctx, client)
        self.thread("bot", self._listener.run)


def _outside(
    settings: Settings, wired: Wired, parts: Sequence[str], signs: Signs, stop: threading.Event
) -> tuple[Watch, Entrance | None]:
    """What listens on ports that may be taken."""
    try:
        watch = Watch(settings, wired, parts, signs, stop)
        takes_calls = "poll" in parts and settings.webhook.listen
        return watch, Entrance(settings, wired.ctx, stop) if takes_calls else None
    except UserError:
        wired.close()
        raise


def _ready(wired: Wired, parts: Sequence[str]) -> str:
    channels = [one for office in wired.ctx.offices.values() for one in office.channels.values()]
    polled = sum(isinstance(channel, Polls) for channel in channels)
    said = [f"{polled} akun diperiksa"] if "poll" in parts else []
    if "work" in parts:
        said.append("aduan dicatat dan balasan dikirim")
    if "bot" in parts:
        said.append("obrolan tim menyala" if wired.client else "obrolan tim belum diatur")
    return ", ".join(said)


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop`; what was installed before comes back at the end."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _share_memory() -> None:
    """Let all threads allocate from two places: glibc would give each one of its own to keep,
    10 MB more after a burst. https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    if sys.platform == "linux":
        import ctypes

        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:  # other C libraries have none, and no such habit
            mallopt(_M_ARENA_MAX, 2)


def _leave_in_time() -> None:
    """End the process in any case: a gateway that hangs must not hold it."""

    def leave() -> None:
        sys.stdout.flush()
        os._exit(0)

    timer = threading.Timer(_LAST_CALL, leave)
    timer.daemon = True
    timer.start()
