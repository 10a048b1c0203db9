"""The service manager's protocol, spoken to a real datagram socket."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tanggap.health.monitor import Monitor, Seen, Signs
from tanggap.health.systemd import Manager
from tanggap.health.verdict import Limits
from tests.tanggap.health.conftest import Start


class Ear:
    """What a service manager hears."""

    def __init__(self, file: Path) -> None:
        self.address = str(file)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.socket.settimeout(20)

    def hear(self) -> str:
        return self.socket.recv(4096).decode()

    def hear_until(self, right: Callable[[str], bool]) -> str:
        while not right(said := self.hear()):
            pass
        return said


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    heard = Ear(tmp_path / "n")
    yield heard
    heard.socket.close()


def fed(said: str) -> bool:
    return "WATCHDOG=1" in said.split("\n")


def manager(ear: Ear, seconds: float = 0.1) -> Manager:
    microseconds = str(int(seconds * 1_000_000))
    return Manager({"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": microseconds})


def test_the_words_are_systemds(ear: Ear) -> None:
    one = manager(ear, 60)
    assert one.listens
    assert one.watchdog == 60.0
    one.ready()
    one.alive("ok")
    one.status("stage-stuck reply")
    one.stopping()
    said = [ear.hear() for _ in range(4)]
    assert said == ["READY=1", "WATCHDOG=1\nSTATUS=ok", "STATUS=stage-stuck reply", "STOPPING=1"]


def test_an_abstract_name_is_understood() -> None:
    name = f"tanggap-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{name}")
        heard.settimeout(10)
        Manager({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert heard.recv(64) == b"READY=1"


@pytest.mark.parametrize(
    "environment",
    [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}, {"WATCHDOG_USEC": "1000000"}],
)
def test_without_a_manager_nothing_is_said(environment: dict[str, str]) -> None:
    one = Manager(environment)
    assert not one.listens
    assert one.watchdog is None
    one.ready()
    one.alive("ok")


@pytest.mark.parametrize("wanted", [{"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "often"}, {}])
def test_without_a_wish_there_is_no_watchdog(ear: Ear, wanted: dict[str, str]) -> None:
    assert Manager({"NOTIFY_SOCKET": ear.address, **wanted}).watchdog is None


def test_a_watchdog_for_another_process_is_not_ours(ear: Ear) -> None:
    wish = {"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": "1000000"}
    assert Manager(wish | {"WATCHDOG_PID": "1"}).watchdog is None
    assert Manager(wish | {"WATCHDOG_PID": str(os.getpid())}).watchdog == 1.0


def test_a_manager_that_went_away_harms_nobody(ear: Ear) -> None:
    one = manager(ear)
    ear.socket.close()
    Path(ear.address).unlink()
    with capture_logs() as logs:
        one.alive("ok")
    assert [line["event"] for line in logs] == ["systemd.deaf"]


def test_the_watchdog_is_fed_while_all_is_well(
    ear: Ear, signs: Signs, stop: threading.Event, start: Start
) -> None:
    monitor = Monitor(Seen, signs, manager(ear), stop)
    start(monitor.run)
    assert [ear.hear() for _ in range(3)] == ["WATCHDOG=1\nSTATUS=ok"] * 3


def test_it_is_not_fed_while_the_database_is_away(
    ear: Ear, signs: Signs, stop: threading.Event, start: Start
) -> None:
    away = threading.Event()

    def look() -> Seen:
        if away.is_set():
            raise OSError("the server is gone")
        return Seen()

    monitor = Monitor(look, signs, manager(ear), stop, Limits(database=0.3))
    start(monitor.run)
    assert fed(ear.hear())
    away.set()
    ear.hear_until(lambda said: said == "STATUS=database-unreachable")
    assert [fed(ear.hear()) for _ in range(3)] == [False] * 3
    away.clear()
    assert ear.hear_until(fed) == "WATCHDOG=1\nSTATUS=ok"


def test_it_is_not_fed_while_the_database_hangs(
    ear: Ear, signs: Signs, stop: threading.Event, start: Start
) -> None:
    hang, looks = threading.Event(), threading.Semaphore(2)

    def look() -> Seen:
        if not looks.acquire(blocking=False):
            hang.wait(30)
        return Seen()

    monitor = Monitor(look, signs, manager(ear), stop, Limits(database=0.3))
    start(monitor.run)
    assert [fed(ear.hear()) for _ in range(2)] == [True, True]
    ear.socket.settimeout(1.0)
    with pytest.raises(TimeoutError):
        ear.hear()
    assert [one.reason for one in monitor.reasons()] == ["database-unreachable"]
    hang.set()
    looks.release(100)
    ear.socket.settimeout(20)
    assert fed(ear.hear())


def test_it_is_not_fed_while_a_stage_hangs(
    ear: Ear, signs: Signs, stop: threading.Event, start: Start
) -> None:
    monitor = Monitor(Seen, signs, manager(ear), stop, Limits(stage=0.3))
    start(monitor.run)
    signs.meter.began("reply")
    ear.hear_until(lambda said: said == "STATUS=stage-stuck reply")
    signs.meter.ended("reply", failed=False)
    assert ear.hear_until(fed) == "WATCHDOG=1\nSTATUS=ok"


def test_a_main_loop_that_stands_still_is_not_fed(
    ear: Ear, signs: Signs, stop: threading.Event, start: Start
) -> None:
    monitor = Monitor(Seen, signs, manager(ear), stop, Limits(main=0.3))
    start(monitor.run)
    ear.hear_until(lambda said: said == "STATUS=main-loop-stuck")


def test_a_mail_server_that_is_away_is_no_reason_to_start_anew(
    ear: Ear, signs: Signs, stop: threading.Event, start: Start
) -> None:
    seen = Seen(silent={"puring/kotak": 9000.0})
    monitor = Monitor(lambda: seen, signs, manager(ear), stop)
    start(monitor.run)
    assert ear.hear() == "WATCHDOG=1\nSTATUS=account-silent puring/kotak"
    assert not monitor.well()
