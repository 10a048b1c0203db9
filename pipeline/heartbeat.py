"""What takes long is still held: nobody may take it over while this process is at it.

Only the end of its process ends the hold, so that «kirim ulang» is open to a person exactly when
the old attempt is certainly gone.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlmodel import Session

from pipeline.ports import Context

log = structlog.get_logger(__name__)


@contextmanager
def kept_alive(ctx: Context, what: str, renew: Callable[[Session], object]) -> Iterator[None]:
    """Call `renew` in the background, thrice a lease, for the length of the block."""
    done = threading.Event()
    beat = threading.Thread(
        target=_beat, args=(ctx, what, renew, done), name=f"{what}-heartbeat", daemon=True
    )
    beat.start()
    try:
        yield
    finally:
        done.set()
        beat.join()


def _beat(
    ctx: Context, what: str, renew: Callable[[Session], object], done: threading.Event
) -> None:
    while not done.wait(ctx.settings.lease_seconds / 3):
        try:
            with ctx.store.write(f"{what}.heartbeat") as db:
                renew(db)
        except Exception as error:  # noqa: BLE001  (the attempt itself goes on)
            log.warning("heartbeat.failed", what=what, error=type(error).__name__)
