"""What the stages cost in this process: plain counts, kept whether anybody asks or not."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

BOUNDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0)
"""Seconds: how the lengths of runs are sorted. A last, unnamed class takes what is longer."""


@dataclass(frozen=True, slots=True)
class StageCount:
    """A stage since the process began."""

    runs: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    """How many ended within each of `BOUNDS` and not within the one before."""
    seconds: float = 0.0
    """All runs together."""
    failures: int = 0


class StageMeter:
    """Told by the actors when a stage begins and ends; a stage runs once at a time."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        self._counts: dict[str, StageCount] = {}

    def began(self, stage: str) -> None:
        """A run starts now."""
        with self._lock:
            self._since[stage] = self._monotonic()

    def ended(self, stage: str, *, failed: bool) -> None:
        """The run that began last is over."""
        with self._lock:
            took = self._monotonic() - self._since.pop(stage)
            before = self._counts.get(stage, StageCount())
            place = sum(took > bound for bound in BOUNDS)
            runs = [count + (index == place) for index, count in enumerate(before.runs)]
            self._counts[stage] = StageCount(
                tuple(runs), before.seconds + took, before.failures + failed
            )

    def running(self) -> Mapping[str, float]:
        """The stages that are at work, and for how many seconds."""
        with self._lock:
            now = self._monotonic()
            return {stage: now - since for stage, since in self._since.items()}

    def counts(self) -> Mapping[str, StageCount]:
        """Every stage that has ended a run."""
        with self._lock:
            return dict(self._counts)


class Tally:
    """A number that only grows, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def add(self) -> None:
        """One more."""
        with self._lock:
            self.count += 1


WAKE_FAILURES = Tally()
"""Wake-ups of this process that the queue refused; the sweepers made up for them."""
