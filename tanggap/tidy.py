"""What processes leave behind in the data folder and in the database goes a day later."""

import time
from datetime import datetime, timedelta

import structlog

from pipeline.ports import Clock
from store.blobs import Blobs
from store.cleanup import KEPT, forget_blobs
from store.engine import Store

log = structlog.get_logger(__name__)

_FIRST = timedelta(hours=1)
"""After the start, when there is other work to do."""
_AGAIN = timedelta(days=1)


class Tidy:
    """For the sweeper: the spool and large raws that nobody names, once a day."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._wait = _FIRST
        self._last: datetime = clock()

    def __call__(self) -> None:
        """Look, and do it when it is time."""
        now = self._clock()
        # A clock that jumped back must not hold it for longer than a day.
        if timedelta() <= now - self._last < self._wait:
            return
        self._last, self._wait = now, _AGAIN
        tidy_spool(self._store.blobs)
        if gone := forget_blobs(self._store):
            log.info("tidy.blobs", removed=gone)


def tidy_spool(blobs: Blobs) -> None:
    """Remove what earlier processes left half done in the spool."""
    for file in blobs.spool.iterdir():
        try:
            if time.time() - file.stat().st_mtime > KEPT.total_seconds():
                file.unlink()
        except OSError:
            continue  # another process was quicker, or still holds it (Windows)
