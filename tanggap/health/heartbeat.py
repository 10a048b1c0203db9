"""A sign of life to a service on the internet that raises the alarm when it stays away.

The whole machine may be gone; then nobody here can say so. The address often holds a token, so
it is never logged.
"""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException

import structlog

log = structlog.get_logger(__name__)

_TIMEOUT = 10.0
_LOOK = 5.0
"""Seconds until an unhealthy process is looked at again, and until a failed call is repeated."""


class Heartbeat:
    """Calls the address every `period` seconds while `healthy` says so; `run` in a thread."""

    def __init__(
        self,
        url: str,
        period: float,
        healthy: Callable[[], bool],
        stop: threading.Event,
        look: float = _LOOK,
    ) -> None:
        self._url = url
        self._period = period
        self._healthy = healthy
        self._stop = stop
        self._look = min(look, period)

    def run(self) -> None:
        """At once when all is well, then as often as asked, until stopped. Never raises."""
        due = time.monotonic()
        while not self._stop.is_set():
            if time.monotonic() >= due and self._healthy() and self._beat():
                due = time.monotonic() + self._period
            left = due - time.monotonic()
            self._stop.wait(min(self._look, left) if left > 0 else self._look)

    def _beat(self) -> bool:
        """One call; whether it was taken."""
        # The scheme was checked with the settings.
        request = urllib.request.Request(self._url, headers={"User-Agent": "tanggap"})  # noqa: S310
        try:
            with _OPENER.open(request, timeout=_TIMEOUT) as answer:
                answer.read(1024)
        except urllib.error.HTTPError as error:
            error.close()
            log.warning("heartbeat.refused", status=error.code)
        except (OSError, HTTPException, ValueError) as error:
            log.warning("heartbeat.failed", error=type(error).__name__)
        else:
            return True
        return False


class _Stay(urllib.request.HTTPRedirectHandler):
    """The address is what was configured, and no other."""

    def redirect_request(self, *_args: object) -> None:
        """Follow none."""


_OPENER = urllib.request.build_opener(_Stay)
