"""Work on the gateways goes on per account, side by side: one that hangs delays no other."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

import structlog

MOST = 32
"""Lanes of a process that are open at a time; the rest wait for the first that ends."""
TURN_SECONDS = 5.0
"""So long a lane keeps its place while others wait for one."""
IDLE_SECONDS = 1.0
"""Before one that found nothing to do, or failed, is opened again."""

Step = Callable[[], bool]
"""Does the next thing that is due; False when there is none."""

log = structlog.get_logger(__name__)


class Lanes:
    """One after the other, in the caller's own thread: for tests and single commands."""

    def __init__(self) -> None:
        self._resting: dict[int, datetime] = {}

    def open(self, account_id: int, step: Step) -> None:
        """Do what is due of an account. One that is open looks again before it ends."""
        while step():
            pass

    def is_open(self, account_id: int) -> bool:
        """Whether somebody here is at it, who says so when done."""
        return False

    def rest(self, account_id: int, until: datetime) -> None:
        """Leave an account alone until then."""
        self._resting[account_id] = until

    def rests_until(self, account_id: int, now: datetime) -> datetime:
        """From when on there is any use in opening it; `now` or later."""
        return max(now, self._resting.get(account_id, now))


class ThreadLanes(Lanes):
    """Each lane a thread, started when needed and ended when nothing is due.

    `wake` is told when a lane ends that did something, or for which others waited.
    """

    def __init__(
        self, wake: Callable[[], object], *, most: int = MOST, turn: float = TURN_SECONDS
    ) -> None:
        super().__init__()
        self._wake = wake
        self._most = most
        self._turn = turn
        self._lock = threading.Lock()
        self._open: dict[int, threading.Thread] = {}
        self._again: set[int] = set()
        self._idle: dict[int, float] = {}
        self._crowded = False
        self._stopped = False

    def open(self, account_id: int, step: Step) -> None:
        """Returns at once."""
        with self._lock:
            if account_id in self._open:
                self._again.add(account_id)
                return
            idle = time.monotonic() < self._idle.get(account_id, 0.0)
            if self._stopped or idle:
                return
            if len(self._open) >= self._most:
                self._crowded = True
                return
            thread = threading.Thread(
                target=self._run, args=(account_id, step), name=f"lane-{account_id}", daemon=True
            )
            self._open[account_id] = thread
        thread.start()

    def is_open(self, account_id: int) -> bool:
        """Whether its thread is alive."""
        with self._lock:
            return account_id in self._open

    def stop(self) -> None:
        """Let every lane end after what it is at, and open no other."""
        with self._lock:
            self._stopped = True

    def join(self, until: float) -> list[str]:
        """Wait for all of them, to this monotonic moment; the names of those still at it."""
        with self._lock:
            threads = list(self._open.values())
        for thread in threads:
            thread.join(max(until - time.monotonic(), 0.0))
        return [thread.name for thread in threads if thread.is_alive()]

    def _run(self, account_id: int, step: Step) -> None:
        begun, done, failed = time.monotonic(), 0, False
        try:
            while self._goes_on(account_id, begun):
                if step():
                    done += 1
                elif self._ends(account_id):
                    break
        except Exception as error:  # noqa: BLE001  (any bug; its text may quote a citizen)
            failed = True
            log.error("lane.failed", lane=account_id, error=type(error).__name__)
        finally:
            with self._lock:
                if self._open.get(account_id) is threading.current_thread():
                    del self._open[account_id]
                    self._again.discard(account_id)
                waited, self._crowded = self._crowded, False
                if failed or not done:
                    self._idle[account_id] = time.monotonic() + IDLE_SECONDS
        if waited or (done and not failed):
            self._wake()

    def _goes_on(self, account_id: int, begun: float) -> bool:
        with self._lock:
            crowded = self._crowded and time.monotonic() - begun > self._turn
            return not (self._stopped or crowded)

    def _ends(self, account_id: int) -> bool:
        """Nothing was due; whether nobody has asked to look again meanwhile."""
        with self._lock:
            if account_id in self._again:
                self._again.discard(account_id)
                return False
            # From here on whoever asks starts another.
            self._open.pop(account_id, None)
            return True
