"""A sending that takes long is still held: nobody may send it again while this process is at it.

Only the end of its process ends the hold, so that «kirim ulang» is open to a person exactly when
the old attempt is certainly gone.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from pipeline.ports import Context
from store import replies

log = structlog.get_logger(__name__)


@contextmanager
def kept_alive(ctx: Context, part_id: int, holder: str) -> Iterator[None]:
    """Renew the attempt's lease in the background for the length of the block."""
    done = threading.Event()
    beat = threading.Thread(
        target=_beat, args=(ctx, part_id, holder, done), name=f"sending-{part_id}", daemon=True
    )
    beat.start()
    try:
        yield
    finally:
        done.set()
        beat.join()


def _beat(ctx: Context, part_id: int, holder: str, done: threading.Event) -> None:
    ttl = ctx.settings.lease_seconds
    while not done.wait(ttl / 3):
        try:
            with ctx.store.write("reply.heartbeat") as db:
                replies.hold(db, part_id, holder, ttl)
        except Exception as error:  # noqa: BLE001  (the attempt itself goes on)
            log.warning("reply.heartbeat-failed", part=part_id, error=type(error).__name__)
