"""`/health` and `/metrics` on loopback, for a watcher on this machine.

It only reads, tells no name and no text, and answers to the names of loopback alone, so that no
web page gets at it through a name that it makes point here (DNS rebinding).
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from http import HTTPStatus

from tanggap.bounded import Answer, BoundedServer, Limits, Question
from tanggap.health.verdict import Reason

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LIMITS = Limits()
_NAMES = ("127.0.0.1", "localhost", "[::1]")


class Endpoint:
    """Listens from the moment it is made. Raises UserError where the address is taken."""

    def __init__(
        self,
        address: tuple[str, int],
        reasons: Callable[[], Sequence[Reason]],
        metrics: Callable[[], bytes],
        stop: threading.Event,
        limits: Limits = _LIMITS,
    ) -> None:
        self._reasons = reasons
        self._metrics = metrics
        self._limits = limits
        self._scrape = threading.Lock()
        self._server = BoundedServer(
            "health", address, self._answer, stop, methods=("GET", "HEAD"), limits=limits
        )

    @property
    def url(self) -> str:
        """Where it is, with the port that was chosen when 0 was asked for."""
        return self._server.url

    def run(self) -> None:
        """Serve until stopped."""
        self._server.run()

    def _answer(self, question: Question) -> Answer:
        if not _is_ours(question.headers.get("host", "")):
            return Answer(HTTPStatus.FORBIDDEN, b"ask for 127.0.0.1 or localhost\n")
        if question.path == "/health":
            reasons = self._reasons()
            said = {
                "status": "failing" if reasons else "ok",
                "reasons": [asdict(one) for one in reasons],
            }
            status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
            return Answer(status, json.dumps(said).encode() + b"\n", "application/json")
        if question.path == "/metrics":
            # One at a time: two scrapes never cost the desk twice.
            if not self._scrape.acquire(timeout=self._limits.seconds):
                return Answer(HTTPStatus.SERVICE_UNAVAILABLE)
            try:
                return Answer(HTTPStatus.OK, self._metrics(), _METRICS_TYPE)
            finally:
                self._scrape.release()
        return Answer(HTTPStatus.NOT_FOUND)


def _is_ours(host: str) -> bool:
    """`127.0.0.1`, `localhost` or `[::1]`, with a port or without."""
    name, colon, port = host.rpartition(":")
    if colon and port.isdecimal():
        host = name
    return host.lower() in _NAMES
