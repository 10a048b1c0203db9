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

WORK_LEASE = 6.0
"""Seconds for which a stage's lease outlives its worker: with a sweep (5 s) and a start on top,
what a killed one had in hand is taken up within fifteen.
"""


def work_lease(ctx: Context) -> float:
    """How long a stage holds what it works at; everything slow is done under `kept_alive`."""
    return max(min(ctx.settings.lease_seconds, WORK_LEASE), 1.0)


@contextmanager
def kept_alive(
    ctx: Context, what: str, renew: Callable[[Session], object], ttl: float
) -> Iterator[None]:
    """Call `renew` in the background, thrice in `ttl` seconds, for the length of the block."""
    done = threading.Event()
    beat = threading.Thread(
        target=_beat, args=(ctx, what, renew, ttl, done), name=f"{what}-heartbeat", daemon=True
    )
    beat.start()
    try:
        yield
    finally:
        done.set()
        beat.join()


def _beat(
    ctx: Context,
    what: str,
    renew: Callable[[Session], object],
    ttl: float,
    done: threading.Event,
) -> None:
    while not done.wait(ttl / 3):
        try:
            with ctx.store.write(f"{what}.heartbeat") as db:
                renew(db)
        except Exception as error:  # noqa: BLE001  (the attempt itself goes on)
            log.warning("heartbeat.failed", what=what, error=type(error).__name__)
