"""`/health` and `/metrics` on loopback, for a watcher on this machine.

A server of our own because all of it is bounded: request, time, connections at once. It only
reads, tells no name and no text, and answers to the names of loopback alone, so that no web page
gets at it through a name that it makes point here (DNS rebinding).
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus

import structlog

from pipeline.errors import UserError
from tanggap.health.verdict import Reason

CONNECTIONS = 4
"""At once; who comes beyond that is sent away."""
REQUEST_BYTES = 8192
SECONDS = 5.0
"""For the whole request to come, and again for the whole answer to be taken."""
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NAMES = ("127.0.0.1", "localhost", "[::1]")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


class Endpoint:
    """Listens from the moment it is made. Raises UserError where the address is taken."""

    def __init__(
        self,
        host: str,
        port: int,
        reasons: Callable[[], Sequence[Reason]],
        metrics: Callable[[], bytes],
        stop: threading.Event,
    ) -> None:
        self._reasons = reasons
        self._metrics = metrics
        self._stop = stop
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        self._scrape = threading.Lock()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family, backlog=CONNECTIONS)
        except (OSError, OverflowError):
            raise UserError(
                f"Setelan [health] listen: {host} port {port} tidak dapat dipakai, mungkin sudah "
                "dipakai proses lain; pilih port lain, setiap proses Tanggap punya portnya sendiri."
            ) from None
        self._socket.settimeout(1.0)
        self._host = f"[{host}]" if ":" in host else host

    @property
    def url(self) -> str:
        """Where it is, with the port that was chosen when 0 was asked for."""
        return f"http://{self._host}:{self._socket.getsockname()[1]}"

    def run(self) -> None:
        """Serve until stopped."""
        while not self._stop.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            if self._room.acquire(blocking=False):
                threading.Thread(
                    target=self._serve, args=(connection,), name="health-request", daemon=True
                ).start()
            else:
                with connection, contextlib.suppress(OSError):
                    _give(connection, _Answer(HTTPStatus.SERVICE_UNAVAILABLE), body=False)
        self.close()

    def close(self) -> None:
        """Let go of the port."""
        self._socket.close()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError):
                head = _request(connection)
                answer, body = self._answer(head)
                _give(connection, answer, body=body)
        except Exception as error:  # noqa: BLE001  (whoever asks must never harm who works)
            log.error("health.request", error=type(error).__name__)
        finally:
            self._room.release()

    def _answer(self, head: bytes | None) -> tuple[_Answer, bool]:
        """The answer, and whether its body goes with it."""
        if head is None:
            return _Answer(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE), True
        line, _, rest = head.decode("latin-1").partition("\r\n")
        words = line.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return _Answer(HTTPStatus.BAD_REQUEST), True
        if words[0] not in ("GET", "HEAD"):
            return _Answer(HTTPStatus.METHOD_NOT_ALLOWED), True
        if not _is_ours(_headers(rest).get("host", "")):
            return _Answer(HTTPStatus.FORBIDDEN, b"ask for 127.0.0.1 or localhost\n"), True
        return self._page(words[1].partition("?")[0]), words[0] == "GET"

    def _page(self, path: str) -> _Answer:
        if path == "/health":
            reasons = self._reasons()
            said = {
                "status": "failing" if reasons else "ok",
                "reasons": [asdict(one) for one in reasons],
            }
            status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
            return _Answer(status, json.dumps(said).encode() + b"\n", "application/json")
        if path == "/metrics":
            # One at a time: two scrapes never cost the desk twice.
            if not self._scrape.acquire(timeout=SECONDS):
                return _Answer(HTTPStatus.SERVICE_UNAVAILABLE)
            try:
                return _Answer(HTTPStatus.OK, self._metrics(), _METRICS_TYPE)
            finally:
                self._scrape.release()
        return _Answer(HTTPStatus.NOT_FOUND)


def _request(connection: socket.socket) -> bytes | None:
    """Request line and headers; None when they are too long. Raises OSError when too slow."""
    end = time.monotonic() + SECONDS
    head = b""
    while b"\r\n\r\n" not in head:
        if len(head) >= REQUEST_BYTES:
            return None
        connection.settimeout(max(end - time.monotonic(), 0.001))
        more = connection.recv(REQUEST_BYTES - len(head))
        if not more:
            raise ConnectionError
        head += more
    return head.partition(b"\r\n\r\n")[0]


def _give(connection: socket.socket, answer: _Answer, *, body: bool) -> None:
    status = answer.status
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        lines.append("Allow: GET, HEAD")
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    connection.settimeout(SECONDS)
    connection.sendall(head + (answer.body if body else b""))
    # What is left unread would make the system throw away the answer together with it.
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(0.2)
    with contextlib.suppress(TimeoutError):
        connection.recv(REQUEST_BYTES)


def _headers(rest: str) -> Mapping[str, str]:
    pairs = (line.partition(":") for line in rest.split("\r\n"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _is_ours(host: str) -> bool:
    """`127.0.0.1`, `localhost` or `[::1]`, with a port or without."""
    name, colon, port = host.rpartition(":")
    if colon and port.isdecimal():
        host = name
    return host.lower() in _NAMES
