"""The queue as configured: within this process, and from process to process where Redis is."""

from dataclasses import dataclass
from typing import Protocol

from pipeline.errors import UserError
from pipeline.ports import Wake
from pipeline.queue import EmbeddedBroker, QueueWake
from tanggap.settings import Settings


class Link(Protocol):
    """A thread's work: the connection to the other processes."""

    def run(self) -> None:
        """Until stopped."""
        ...

    def stop(self) -> None:
        """End `run` soon."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What carries wake-ups in this process."""

    broker: EmbeddedBroker
    own: QueueWake
    """Wakes the stages of this process."""
    wake: Wake
    """What everybody here is given."""
    link: Link | None = None
    """None without Redis."""


def open_queue(settings: Settings, *, hears: bool) -> Queue:
    """`hears`: whether stages run in this process. Raises UserError for an unusable address.

    A Redis that cannot be reached is no error: nothing depends on it.
    """
    broker = EmbeddedBroker()
    own = QueueWake(broker)
    url = settings.queue.redis_url.get_secret_value()
    if not url:
        return Queue(broker=broker, own=own, wake=own if hears else _nobody)
    from pipeline.redisqueue import Caller, Ear, RedisMarks, RedisQueue, connect

    try:
        client = connect(url)
    except ValueError:
        # From None, because its text quotes parts of what was written.
        raise UserError(
            "Setelan [queue] redis_url tidak dapat dipakai: tulis redis://HOST:PORT/0 "
            "(rediss:// dengan TLS), atau kosongkan bila tanpa Redis."
        ) from None
    remote = RedisQueue(client)
    calls = QueueWake(remote, RedisMarks(client))
    if hears:
        ear = Ear(remote, calls, own, broker.get_declared_actors)
        return Queue(broker=broker, own=own, wake=own, link=ear)
    caller = Caller(calls)
    return Queue(broker=broker, own=own, wake=caller, link=caller)


def _nobody(stage: str) -> None:
    """No stage runs in this process, and none elsewhere can be told: their sweepers see it."""
