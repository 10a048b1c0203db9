"""The endpoint's borders: who is answered, and what a stranger at the door cannot do."""

import json
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse

import pytest

from pipeline.errors import UserError
from tanggap.bounded import Limits
from tanggap.health.endpoint import Endpoint
from tanggap.health.verdict import Reason
from tests.tanggap.health.conftest import Start


class Door:
    """An endpoint that serves."""

    def __init__(self, stop: threading.Event, seconds: float = 5.0) -> None:
        self.reasons: list[Reason] = []
        self.hold = threading.Event()
        self.hold.set()
        self.endpoint = Endpoint(
            ("127.0.0.1", 0), lambda: self.reasons, self._metrics, stop, Limits(seconds=seconds)
        )
        self.port = int(self.endpoint.url.rpartition(":")[2])

    def _metrics(self) -> bytes:
        assert self.hold.wait(30)
        return b"figure 1\n"

    def ask(self, path: str, method: str = "GET", host: str = "") -> tuple[HTTPResponse, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body

    def say(self, raw: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(raw)
            answer = b""
            while more := connection.recv(4096):
                answer += more
        return answer


@pytest.fixture
def door(stop: threading.Event, start: Start) -> Iterator[Door]:
    one = Door(stop)
    start(one.endpoint.run)
    yield one
    one.hold.set()


def test_a_process_that_is_well(door: Door) -> None:
    answer, body = door.ask("/health")
    assert (answer.status, answer.getheader("Content-Type")) == (200, "application/json")
    assert json.loads(body) == {"status": "ok", "reasons": []}
    assert answer.getheader("Cache-Control") == "no-store"


def test_a_process_that_is_not(door: Door) -> None:
    door.reasons = [Reason("stage-stuck", "reply", 901)]
    answer, body = door.ask("/health?verbose=1")
    assert answer.status == 503
    assert json.loads(body) == {
        "status": "failing",
        "reasons": [{"reason": "stage-stuck", "what": "reply", "seconds": 901}],
    }


def test_head_has_no_body(door: Door) -> None:
    answer, body = door.ask("/metrics", "HEAD")
    assert (answer.status, body) == (200, "")
    assert answer.getheader("Content-Length") == "9"


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST:80", "localhost", "[::1]:9187"])
def test_the_names_of_loopback_are_answered(door: Door, host: str) -> None:
    assert door.ask("/metrics", host=host)[0].status == 200


@pytest.mark.parametrize("host", ["desa.example", "localhost.desa.example:80", "10.0.0.1", ":80"])
def test_another_name_is_not(door: Door, host: str) -> None:
    answer, body = door.ask("/metrics", host=host)
    assert answer.status == 403
    assert "figure" not in body


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /health HTTP/1.0\r\n\r\n", b"403"),
        (b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n", b"405"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
        (b"GET /../health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
        (b"\x16\x03\x01\xff\xfe\r\n\r\n", b"400"),
        (b"GET /health\r\n\r\n", b"400"),
        (b"GET /health HTTP/1.1\r\nX: " + b"a" * 20_000, b"431"),
    ],
)
def test_what_is_no_proper_question(door: Door, raw: bytes, status: bytes) -> None:
    assert door.say(raw).split(b" ")[1] == status
    assert door.ask("/health")[0].status == 200


def test_who_is_slow_is_sent_away(stop: threading.Event, start: Start) -> None:
    door = Door(stop, seconds=0.3)
    start(door.endpoint.run)
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\n")
        assert connection.recv(100) == b""


def test_too_many_at_once_are_sent_away(door: Door) -> None:
    open_ones = [
        socket.create_connection(("127.0.0.1", door.port), timeout=20)
        for _ in range(Limits().connections)
    ]
    assert b" 503 " in door.say(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for connection in open_ones:
        connection.close()
    while door.ask("/health")[0].status != 200:
        pass


def test_health_answers_while_a_scrape_hangs(door: Door) -> None:
    door.hold.clear()
    scrape = threading.Thread(target=door.ask, args=("/metrics",))
    scrape.start()
    assert door.ask("/health")[0].status == 200
    door.hold.set()
    scrape.join(20)
    assert not scrape.is_alive()


def test_a_bug_in_the_figures_costs_one_answer(stop: threading.Event, start: Start) -> None:
    def broken() -> bytes:
        raise RuntimeError("no figures")

    one = Door(stop)
    one.endpoint._metrics = broken
    start(one.endpoint.run)
    assert one.say(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n") == b""
    assert one.ask("/health")[0].status == 200


def test_a_port_in_use_is_said_in_words(door: Door) -> None:
    with pytest.raises(UserError, match=rf"port {door.port} tidak dapat dipakai"):
        Endpoint(("127.0.0.1", door.port), list, bytes, threading.Event())
