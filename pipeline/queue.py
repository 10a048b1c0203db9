"""The queue: wake-up calls and nothing else.

What is due stands in the database, so a message here carries no data, is never retried, never
delayed and may be lost. Which broker carries it is the only difference between the two ways to
run: hand `QueueWake` another one and the rest stays.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

import structlog
from dramatiq import Broker, Message
from dramatiq.brokers.stub import StubBroker

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


class QueueWake:
    """`pipeline.ports.Wake` over a broker: at most one wake-up outstanding a stage.

    The mark is taken away when the stage starts, before it looks, so that whatever is committed
    afterwards wakes it again. A mark older than `lost_after` no longer counts.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        lost_after: float = LOST_AFTER,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._broker = broker
        self._lost_after = lost_after
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._outstanding: dict[str, float] = {}

    def __call__(self, stage: str) -> None:
        """Have the stage look for work, unless it is about to. Never raises."""
        now = self._monotonic()
        with self._lock:
            since = self._outstanding.get(stage)
            if since is not None and now - since < self._lost_after:
                return
            self._outstanding[stage] = now
        try:
            self._broker.enqueue(
                Message(queue_name=QUEUE, actor_name=stage, args=(), kwargs={}, options={})
            )
        except Exception as error:  # noqa: BLE001  (the sweeper makes up for it)
            self.started(stage)
            log.warning("queue.wake-failed", stage=stage, error=type(error).__name__)

    def started(self, stage: str) -> None:
        """The stage is about to look: the next wake-up goes through again."""
        with self._lock:
            self._outstanding.pop(stage, None)
