"""The sweeper: wakes every stage now and then, so that losing every wake-up loses nothing."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from pipeline.ports import Clock, Wake

SWEEP_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Sweeper:
    """Wakes all stages every `period` seconds, and one earlier where its next moment is known.

    `chores` are done before each round: short things that look after what a crash left.
    The timer is only an optimisation: forgotten, it costs at most a period.
    """

    def __init__(
        self,
        stages: Sequence[str],
        wake: Wake,
        clock: Clock,
        *,
        chores: Sequence[Callable[[], object]] = (),
        period: float = SWEEP_SECONDS,
    ) -> None:
        self._stages = tuple(stages)
        self._wake = wake
        self._clock = clock
        self._chores = tuple(chores)
        self._period = period
        self._changed = threading.Condition()
        self._due: dict[str, datetime] = {}
        self._stopped = False
        self.turned = time.monotonic()
        """The monotonic moment of its last turn: a sign of life."""

    def at(self, stage: str, when: datetime) -> None:
        """Wake the stage at `when`; replaces what was asked for it before."""
        with self._changed:
            self._due[stage] = when
            self._changed.notify()

    def stop(self) -> None:
        """End `run` soon."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def run(self) -> None:
        """Sweep at once, then until stopped."""
        next_sweep = time.monotonic()
        while True:
            self.turned = time.monotonic()
            if self.turned >= next_sweep:
                next_sweep = time.monotonic() + self._period
                self.sweep()
            with self._changed:
                if self._stopped:
                    return
                due = self._take_due()
                if not due:
                    self._changed.wait(self._pause(next_sweep))
            for stage in due:
                self._wake(stage)

    def sweep(self) -> None:
        """One round. A chore's error is logged by its type and keeps nobody else from work."""
        for chore in self._chores:
            try:
                chore()
            except Exception as error:  # noqa: BLE001  (tried again in the next round)
                log.error("sweep.failed", error=type(error).__name__)
        for stage in self._stages:
            self._wake(stage)

    def _take_due(self) -> list[str]:
        now = self._clock()
        due = [stage for stage, when in self._due.items() if when <= now]
        for stage in due:
            del self._due[stage]
        return due

    def _pause(self, next_sweep: float) -> float:
        pause = next_sweep - time.monotonic()
        if self._due:
            now = self._clock()
            pause = min(pause, *((when - now).total_seconds() for when in self._due.values()))
        return max(pause, 0.0)
