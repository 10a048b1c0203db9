"""Wake-ups from one process to another, over Redis.

A process without stages (poller, bot) calls; each with stages listens and passes what it hears to
its own broker. Nobody depends on it: the sweeper of a process that has stages never asks Redis, so
one that is dead, slow, flushed or lying costs at most a sweep. Imported only where Redis is
configured.
https://dramatiq.io/reference.html#dramatiq.brokers.redis.RedisBroker
"""

import threading
import time
from collections.abc import Callable, Collection
from typing import Any

import structlog
from dramatiq import Consumer, Message, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import ConnectionClosed
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.ports import Wake
from pipeline.queue import LOST_AFTER, QUEUE, QueueWake

NAMESPACE = "tanggap"
PAUSE = 2.0
"""Seconds for which Redis is left alone after it failed."""
MOST = 100
"""Wake-ups that may wait while nobody listens; then all are thrown away."""
_TIMEOUT = 1.0
_LISTEN_MS = 200
_DEAD_MS = 3_600_000
_LINE_EVERY = 60.0

log = structlog.get_logger(__name__)


def connect(url: str) -> Redis:
    """A client that gives up soon and never tries twice. Connects at the first command.

    Raises ValueError for an unusable URL; its text may quote the URL.
    """
    return Redis.from_url(
        url,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=_TIMEOUT,
        socket_timeout=_TIMEOUT,
    )


class RedisQueue(RedisBroker):
    """No middleware, as in `EmbeddedBroker`, and bounded."""

    def __init__(self, client: Redis) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            client=client, middleware=[], namespace=NAMESPACE, dead_message_ttl=_DEAD_MS
        )

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Put it there; where too many wait, nobody hears them and the sweepers do without."""
        if self.do_qsize(message.queue_name) > MOST:
            self.flush(message.queue_name)
        return super().enqueue(message, delay=delay)


class RedisMarks:
    """`pipeline.queue.Marks` for all processes together."""

    def __init__(self, client: Redis, *, lost_after: float = LOST_AFTER) -> None:
        self._client = client
        self._milliseconds = int(lost_after * 1000)

    def take(self, stage: str) -> bool:
        """Mark the stage; False when it is marked already. Raises RedisError."""
        return bool(self._client.set(_mark(stage), 1, nx=True, px=self._milliseconds))

    def drop(self, stage: str) -> None:
        """Take the mark away. Raises RedisError."""
        self._client.delete(_mark(stage))


class Caller:
    """`pipeline.ports.Wake` of a process without stages.

    Calling only notes the stage; `run` does the talking, in a thread of its own, since even the
    look-up of Redis' name may take long.
    """

    def __init__(self, calls: QueueWake) -> None:
        self._calls = calls
        self._trouble = _Trouble()
        self._changed = threading.Condition()
        self._pending: dict[str, None] = {}
        self._stopped = False

    def __call__(self, stage: str) -> None:
        """Never raises, never blocks."""
        with self._changed:
            self._pending[stage] = None
            self._changed.notify()

    def run(self) -> None:
        """Pass on what was called, until stopped; what failed is tried again after a pause."""
        while (stage := self._next()) is not None:
            try:
                self._calls.send(stage)
            except Exception as error:  # noqa: BLE001  (whatever a server may answer)
                self._trouble.met(error)
                self(stage)
                if self._pause():
                    return
            else:
                self._trouble.over()

    def stop(self) -> None:
        """End `run` soon; what is noted goes out first, if it can."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _next(self) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._stopped)
            return self._pending.popitem()[0] if self._pending else None

    def _pause(self) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._stopped, PAUSE)


class Ear:
    """Hears the callers for the stages of this process, which are woken as by anybody here.

    A wake-up is acknowledged before its stage runs, so that one killed at work leaves nothing for
    dramatiq to give back a minute later.
    """

    def __init__(
        self, broker: RedisQueue, calls: QueueWake, wake: Wake, known: Callable[[], Collection[str]]
    ) -> None:
        self._broker = broker
        self._calls = calls
        self._wake = wake
        self._known = known
        self._trouble = _Trouble()
        self._stopped = threading.Event()

    def run(self) -> None:
        """Listen until stopped."""
        consumer = self._broker.consume(QUEUE, prefetch=1, timeout=_LISTEN_MS)
        while not self._stopped.is_set():
            try:
                message = next(consumer)
                if message is not None:
                    self._hear(consumer, message)
            except Exception as error:  # noqa: BLE001  (whatever a server may answer)
                self._trouble.met(error)
                self._stopped.wait(PAUSE)
            else:
                self._trouble.over()

    def stop(self) -> None:
        """End `run` soon."""
        self._stopped.set()

    def _hear(self, consumer: Consumer, message: MessageProxy) -> None:
        stage = message.actor_name
        try:
            self._calls.started(stage)
            consumer.ack(message)
        finally:
            if stage in self._known():  # another version may have stages that we have not
                self._wake(stage)


class _Trouble:
    """At most one line a minute about a Redis that fails, by the error's type alone."""

    def __init__(self) -> None:
        self._quiet_until = 0.0
        self._said = False

    def met(self, error: Exception) -> None:
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + _LINE_EVERY
            self._said = True
            # dramatiq's consumer packs what redis said; a wrong password should show as such.
            why = error.args[0] if isinstance(error, ConnectionClosed) else error
            log.warning("queue.redis-away", error=type(why).__name__)

    def over(self) -> None:
        if self._said:
            self._said = False
            log.info("queue.redis-back")


def _mark(stage: str) -> str:
    return f"{NAMESPACE}:mark:{stage}"
