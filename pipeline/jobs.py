"""Thin actors, one a stage: a wake-up makes the stage claim what is due, once at a time here."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime

import dramatiq
import structlog
from dramatiq import Broker

from pipeline.meter import StageMeter
from pipeline.ports import Context
from pipeline.queue import QUEUE, QueueWake

Stage = Callable[[Context], datetime | None]
"""Does what is due, in bounded portions. Returns when to look again: a moment that has passed
means that more is due now, None that nothing is known to come."""

log = structlog.get_logger(__name__)


class Jobs:
    """The stages as actors of a broker.

    Within a process one stage runs once at a time; a wake-up that comes in between makes it look
    again. `later` is told when a stage wants to be woken (the sweeper's timer).
    """

    def __init__(
        self,
        broker: Broker,
        wake: QueueWake,
        stages: Mapping[str, Stage],
        ctx: Context,
        later: Callable[[str, datetime], None],
    ) -> None:
        self._wake = wake
        self._stages = dict(stages)
        self._ctx = ctx
        self._later = later
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._again: set[str] = set()
        self.meter = StageMeter()
        for name in self._stages:
            self._declare(broker, name)

    def run(self, name: str) -> None:
        """What the actor does. Never raises: an error costs one run, not the stage."""
        self._wake.started(name)
        if not self._begin(name):
            return
        due: datetime | None = None
        failed = True
        self.meter.began(name)
        try:
            due = self._stages[name](self._ctx)
            failed = False
        except Exception as error:  # noqa: BLE001  (any bug; its text may quote a citizen)
            log.error("job.failed", stage=name, error=type(error).__name__, at=_where(error))
        finally:
            self.meter.ended(name, failed=failed)
            again = self._end(name)
        if again or (due is not None and due <= self._ctx.clock()):
            self._wake(name)
        elif due is not None:
            self._later(name, due)

    def _declare(self, broker: Broker, name: str) -> None:
        @dramatiq.actor(broker=broker, actor_name=name, queue_name=QUEUE)
        def actor() -> None:
            self.run(name)

    def _begin(self, name: str) -> bool:
        with self._lock:
            if name in self._running:
                self._again.add(name)
                return False
            self._running.add(name)
            self._again.discard(name)
            return True

    def _end(self, name: str) -> bool:
        with self._lock:
            self._running.discard(name)
            return name in self._again


def _where(error: BaseException) -> str:
    """File and line, and none of the words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "?"
    code = trace.tb_frame.f_code
    return f"{code.co_filename}:{trace.tb_lineno}"
