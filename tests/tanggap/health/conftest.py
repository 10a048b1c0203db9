import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import pytest

from pipeline.meter import StageMeter
from tanggap.health.monitor import Signs


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """Set at the end at the latest."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def signs() -> Signs:
    """A process whose sweeper turned a moment ago, always."""
    return Signs(meter=StageMeter(), sweeper_turned=time.monotonic)


Start = Callable[[Callable[[], None]], threading.Thread]


@pytest.fixture
def start(stop: threading.Event) -> Iterator[Start]:
    """Runs something in a thread that is ended with the test."""
    threads: list[threading.Thread] = []

    def begin(work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, daemon=True)
        threads.append(thread)
        thread.start()
        return thread

    yield begin
    stop.set()
    for thread in threads:
        thread.join(15)
        assert not thread.is_alive()


class Switch:
    """A service that is called, and what it answers next."""

    def __init__(self) -> None:
        self.calls: Queue[str] = Queue()
        self.answers: list[tuple[int, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers = outer.answers.pop(0) if outer.answers else (200, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"OK")
                outer.calls.put(self.path)

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/rahasia-token"


@pytest.fixture
def switch() -> Iterator[Switch]:
    one = Switch()
    thread = threading.Thread(target=one.server.serve_forever, daemon=True)
    thread.start()
    yield one
    one.server.shutdown()
    one.server.server_close()
    thread.join(10)
