"""The queue: wake-up calls and nothing else.

What is due stands in the database, so a message here carries no data, is never retried, never
delayed and may be lost. A process that runs stages wakes them through the broker within it,
always; one that runs none tells the others through Redis (`pipeline.redisqueue`), where there is
one.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, Protocol

import structlog
from dramatiq import Broker, Message
from dramatiq.brokers.stub import StubBroker

from pipeline.meter import WAKE_FAILURES

QUEUE = "tanggap"
LOST_AFTER = 10.0
"""Seconds after which a wake-up that nobody answered is taken for lost."""
_DEAD_LETTERS = 20

log = structlog.get_logger(__name__)


class EmbeddedBroker(StubBroker):
    """A queue within this process.

    No middleware: dramatiq's Retries, TimeLimit and AgeLimit would each be a second opinion on
    what the database already knows. The parent keeps every dead letter for ever; here few.
    """

    def __init__(self) -> None:
        super().__init__(middleware=[])
        letters: Any = defaultdict(lambda: deque(maxlen=_DEAD_LETTERS))
        self.dead_letters_by_queue = letters


class Marks(Protocol):
    """Which stages have a wake-up outstanding. A mark as old as `LOST_AFTER` counts no longer."""

    def take(self, stage: str) -> bool:
        """Mark the stage; False when it is marked already."""
        ...

    def drop(self, stage: str) -> None:
        """Take the mark away."""
        ...


class LocalMarks:
    """`Marks` for the stages of this process."""

    def __init__(
        self,
        *,
        lost_after: float = LOST_AFTER,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lost_after = lost_after
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._outstanding: dict[str, float] = {}

    def take(self, stage: str) -> bool:
        """Mark the stage; False when it is marked already."""
        now = self._monotonic()
        with self._lock:
            since = self._outstanding.get(stage)
            if since is not None and now - since < self._lost_after:
                return False
            self._outstanding[stage] = now
            return True

    def drop(self, stage: str) -> None:
        """Take the mark away."""
        with self._lock:
            self._outstanding.pop(stage, None)


class QueueWake:
    """`pipeline.ports.Wake` over a broker: at most one wake-up outstanding a stage.

    The mark is taken away when the stage starts, before it looks, so that whatever is committed
    afterwards wakes it again.
    """

    def __init__(self, broker: Broker, marks: Marks | None = None) -> None:
        self._broker = broker
        self._marks = marks or LocalMarks()

    def __call__(self, stage: str) -> None:
        """Have the stage look for work, unless it is about to. Never raises."""
        try:
            self.send(stage)
        except Exception as error:  # noqa: BLE001  (the sweeper makes up for it)
            log.warning("queue.wake-failed", stage=stage, error=type(error).__name__)

    def send(self, stage: str) -> None:
        """The same, but raises what the broker and the marks raise."""
        try:
            if self._marks.take(stage):
                self._enqueue(stage)
        except Exception:
            WAKE_FAILURES.add()
            raise

    def started(self, stage: str) -> None:
        """The stage is about to look: the next wake-up goes through again. Raises as `send`."""
        self._marks.drop(stage)

    def _enqueue(self, stage: str) -> None:
        message: Message[None] = Message(
            queue_name=QUEUE, actor_name=stage, args=(), kwargs={}, options={}
        )
        try:
            self._broker.enqueue(message)
        except Exception:
            self.started(stage)
            raise
