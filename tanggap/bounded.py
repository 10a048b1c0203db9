"""A small HTTP server of which everything is bounded: request, time, connections at once.

Whoever asks must never harm who works: more than there is room for is sent away, who is slow is
cut off, and a bug in an answer costs that answer alone.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import structlog

from pipeline.errors import UserError

HEAD_BYTES = 8192
_LINGER = 0.2

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server takes."""

    connections: int = 4
    """At once; who comes beyond that is sent away."""
    body_bytes: int = 0
    seconds: float = 5.0
    """For the whole request to come, and again for the whole answer to be taken."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request."""

    method: str
    path: str
    """Without its query."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: HTTPStatus
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


class _Refused(Exception):
    """The request is none; the argument is the status that says so."""


class BoundedServer:
    """Listens from the moment it is made. Raises UserError, naming `section`, where the address
    is taken. Questions with another method than `methods` never reach `answer`.
    """

    def __init__(
        self,
        section: str,
        address: tuple[str, int],
        answer: Callable[[Question], Answer],
        stop: threading.Event,
        *,
        methods: Sequence[str],
        limits: Limits,
    ) -> None:
        host, port = address
        self._section = section
        self._answer = answer
        self._stop = stop
        self._methods = methods
        self._limits = limits
        self._room = threading.BoundedSemaphore(limits.connections)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server(address, family=family, backlog=limits.connections)
        except (OSError, OverflowError):
            raise UserError(
                f"Setelan [{section}] listen: {host} port {port} tidak dapat dipakai, mungkin "
                "sudah dipakai proses lain; pilih port lain, setiap proses Tanggap punya portnya "
                "sendiri."
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
                    target=self._serve,
                    args=(connection,),
                    name=f"{self._section}-request",
                    daemon=True,
                ).start()
            else:
                with connection, contextlib.suppress(OSError):
                    self._give(connection, Answer(HTTPStatus.SERVICE_UNAVAILABLE), body=False)
        self.close()

    def close(self) -> None:
        """Let go of the port."""
        self._socket.close()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError):
                try:
                    question = self._question(connection)
                    answer, body = self._answer(question), question.method != "HEAD"
                except _Refused as refused:
                    answer, body = Answer(refused.args[0]), True
                self._give(connection, answer, body=body)
        except Exception as error:  # noqa: BLE001  (whoever asks must never harm who works)
            log.error(f"{self._section}.request", error=type(error).__name__)
        finally:
            self._room.release()

    def _question(self, connection: socket.socket) -> Question:
        """Raises _Refused, or OSError when it is too slow or ends too early."""
        end = time.monotonic() + self._limits.seconds
        data = b""
        while b"\r\n\r\n" not in data:
            if len(data) >= HEAD_BYTES:
                raise _Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            data += _more(connection, HEAD_BYTES - len(data), end)
        head, _, body = data.partition(b"\r\n\r\n")
        line, _, rest = head.decode("latin-1").partition("\r\n")
        words = line.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise _Refused(HTTPStatus.BAD_REQUEST)
        if words[0] not in self._methods:
            raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED)
        headers = _headers(rest)
        size = self._size(headers)
        while len(body) < size:
            body += _more(connection, size - len(body), end)
        return Question(words[0], words[1].partition("?")[0], headers, body[:size])

    def _size(self, headers: Mapping[str, str]) -> int:
        """How long the body is; nothing is read where none is taken."""
        if not self._limits.body_bytes:
            return 0
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal()):
            raise _Refused(HTTPStatus.LENGTH_REQUIRED)
        if len(length) > len(str(self._limits.body_bytes)) or int(length) > self._limits.body_bytes:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return int(length)

    def _give(self, connection: socket.socket, answer: Answer, *, body: bool) -> None:
        status = answer.status
        lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
        if status is not HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Type: {answer.content_type}")
            lines.append(f"Content-Length: {len(answer.body)}")
        lines += ["Cache-Control: no-store", "X-Content-Type-Options: nosniff", "Connection: close"]
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            lines.append(f"Allow: {', '.join(self._methods)}")
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        connection.settimeout(self._limits.seconds)
        connection.sendall(head + (answer.body if body else b""))
        # What is left unread would make the system throw away the answer together with it.
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(_LINGER)
        with contextlib.suppress(TimeoutError):
            connection.recv(HEAD_BYTES)


def _more(connection: socket.socket, size: int, end: float) -> bytes:
    connection.settimeout(max(end - time.monotonic(), 0.001))
    more = connection.recv(min(size, 1 << 16))
    if not more:
        raise ConnectionError
    return more


def _headers(rest: str) -> Mapping[str, str]:
    pairs = (line.partition(":") for line in rest.split("\r\n"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
