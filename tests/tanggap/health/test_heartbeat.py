"""The call to the dead man's switch, against a server on loopback."""

import threading

from structlog.testing import capture_logs

from tanggap.health.heartbeat import Heartbeat
from tests.tanggap.health.conftest import Start, Switch


def test_it_calls_at_once_and_again(switch: Switch, stop: threading.Event, start: Start) -> None:
    start(Heartbeat(switch.url, 0.05, lambda: True, stop).run)
    assert [switch.calls.get(timeout=20) for _ in range(3)] == ["/rahasia-token"] * 3


def test_it_keeps_silent_while_something_is_wrong(
    switch: Switch, stop: threading.Event, start: Start
) -> None:
    asked, well = threading.Semaphore(0), threading.Event()

    def healthy() -> bool:
        asked.release()
        return well.is_set()

    start(Heartbeat(switch.url, 0.05, healthy, stop).run)
    for _ in range(4):
        assert asked.acquire(timeout=20)
    assert switch.calls.empty()
    well.set()
    assert switch.calls.get(timeout=20) == "/rahasia-token"


def test_a_refusal_is_repeated_and_the_address_told_to_nobody(
    switch: Switch, stop: threading.Event, start: Start
) -> None:
    elsewhere = {"Location": f"{switch.url}/elsewhere"}
    switch.answers = [(500, {}), (404, {}), (302, elsewhere)]
    with capture_logs() as logs:
        start(Heartbeat(switch.url, 60.0, lambda: True, stop, look=0.05).run)
        assert [switch.calls.get(timeout=20) for _ in range(4)] == ["/rahasia-token"] * 4
    assert [line["status"] for line in logs] == [500, 404, 302]
    assert "rahasia" not in str(logs)


def test_a_service_that_is_down_harms_nobody(stop: threading.Event, start: Start) -> None:
    asked = threading.Semaphore(0)

    def healthy() -> bool:
        asked.release()
        return True

    with capture_logs() as logs:
        start(Heartbeat("http://127.0.0.1:1/rahasia", 60.0, healthy, stop, look=0.05).run)
        for _ in range(3):
            assert asked.acquire(timeout=20)
    assert {line["event"] for line in logs} == {"heartbeat.failed"}
    assert "rahasia" not in str(logs)
