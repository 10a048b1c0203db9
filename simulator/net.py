"""Servers on 127.0.0.1 that leave no thread and no socket behind."""

import contextlib
import random
import socket
import socketserver
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_LOOPBACK = "127.0.0.1"
_LOWEST = 15_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port that was free a moment ago, for servers that must be told theirs.

    Below those that the system gives to outgoing connections, so that none of them takes it
    before the server does, or while the server is started again.
    """
    for _ in range(100):
        port = random.randrange(_LOWEST, _outgoing())
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((_LOOPBACK, port))
            return port
    raise OSError("no free port on loopback")


@cache
def _outgoing() -> int:
    """https://man7.org/linux/man-pages/man7/ip.7.html, ip_local_port_range"""
    try:
        first = int(_RANGE.read_text(encoding="ascii").split()[0])
    except OSError:
        first = 0
    return first if first > _LOWEST else 32768


def wait_listening(port: int, timeout: float, alive: Callable[[], bool]) -> None:
    """Until something accepts connections there.

    Raises TimeoutError, and RuntimeError as soon as the server is not `alive` any more.
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if not alive():
            raise RuntimeError("the server ended before it listened")
        with contextlib.suppress(OSError), socket.create_connection((_LOOPBACK, port), 1):
            return
        time.sleep(0.02)
    raise TimeoutError(f"nobody listens on port {port} after {timeout} s")


def hang_up(connection: socket.socket) -> None:
    """End a connection in both directions; whoever reads from it wakes up."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class LoopbackServer(socketserver.ThreadingTCPServer):
    """A thread a connection, on a port of the system's choice; `end` waits for all of them."""

    daemon_threads = False
    allow_reuse_address = True

    def __init__(self, handler: type[socketserver.BaseRequestHandler]) -> None:
        self._lock = threading.Lock()
        self._live: set[socket.socket] = set()
        super().__init__((_LOOPBACK, 0), handler)
        # shutdown() is noticed at the next poll, so a short interval makes tests end quickly.
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def begin(self) -> None:
        """Start serving in the background."""
        self._thread.start()

    def end(self) -> None:
        """Stop listening, hang up on everybody, wait for the threads."""
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._live:
                hang_up(connection)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Known from the moment of acceptance, so that `end` finds it."""
        with self._lock:
            self._live.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """The connection's end."""
        with self._lock:
            self._live.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed asker is daily bread here: only our own mistakes are worth a traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Serving(ABC):
    """A double that serves on a port of its own from entering to leaving."""

    def __init__(self) -> None:
        self.stopping = threading.Event()

    @abstractmethod
    def server(self) -> LoopbackServer:
        """What serves, made anew."""

    def on_stop(self) -> None:  # noqa: B027  (few have somebody to wake)
        """Wake whoever blocks although `stopping` is set."""

    @property
    def port(self) -> int:
        """Where it listens, once entered."""
        return self._server.port

    def __enter__(self) -> Self:
        self._server = self.server()
        self._server.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self.on_stop()
        self._server.end()
