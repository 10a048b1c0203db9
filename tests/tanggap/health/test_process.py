"""`tanggap run` as a watcher sees it: scraped, broken, hung, and fed while it is alive."""

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from channels.base import Batch
from channels.message import Delivery
from store import deliveries
from store.states import Disposition
from store.tables import Contact, Message
from store.tables import Delivery as DeliveryRow
from tanggap.settings import load
from tanggap.wiring import open_everything
from tests.tanggap.conftest import Run
from tests.tanggap.health.conftest import Switch
from tests.tanggap.health.test_systemd import Ear, fed

CONFIG = """
[[email]]
name = "kotak"
host = "127.0.0.1"
port = 1
tls = "none"
user = "loket"
password = "rahasia-sekali"
[health]
listen = "127.0.0.1:0"
"""


class Process:
    """A running `tanggap`."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen
        assert popen.stdout is not None
        self.ready = popen.stdout.readline()
        found = re.search(r"kesehatan di (http://127\.0\.0\.1:\d+)/health", self.ready)
        self.url = found.group(1) if found else ""

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def figures(self) -> dict[tuple[str, ...], float]:
        """(name, label values in the order of their names) → value."""
        status, body = self.get("/metrics")
        assert status == 200
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(body)
            for sample in family.samples
        }

    def reasons(self) -> list[str]:
        status, body = self.get("/health")
        said = json.loads(body)
        assert (status == 200) == (said["status"] == "ok") == (said["reasons"] == [])
        return [f"{one['reason']} {one['what']}".strip() for one in said["reasons"]]


@contextmanager
def process(*args: str, **environment: str) -> Iterator[Process]:
    """Ended by its id whatever happens; its exit status is 0 when it still ran."""
    popen = subprocess.Popen(
        [sys.executable, "-m", "tanggap", *args],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Process(popen)
        popen.terminate()
        assert popen.wait(20) == 0
    finally:
        if popen.poll() is None:
            popen.kill()
        popen.communicate()


def until(right: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not right():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "desk.toml"
    file.write_text(CONFIG)
    file.chmod(0o600)
    monkeypatch.setenv("TANGGAP_CONFIG", str(file))
    return file


def test_a_real_process_is_scraped(configured: Path) -> None:
    with process("run") as one:
        assert one.reasons() == []
        until(lambda: ("tanggap_stage_duration_seconds_count", "reply") in one.figures())
        until(
            lambda: (
                one.figures()[
                    "tanggap_account_failing_since_timestamp_seconds",
                    "kotak",
                    "email",
                    "puskesmas",
                ]
                > 0
            )
        )
        seen = one.figures()
        assert seen["tanggap_database_up",] == 1
        assert seen["tanggap_deliveries_pending", "puskesmas"] == 0
        assert seen["tanggap_alerts_oldest_age_seconds", "puskesmas"] == 0
        assert seen["tanggap_replies", "puskesmas", "unknown"] == 0
        assert seen["tanggap_stage_failures_total", "record"] == 0
        assert seen["tanggap_queue_wake_failures_total",] == 0
        assert seen["tanggap_unhealthy", "stage-stuck"] == 0
        assert (
            seen["tanggap_account_last_success_timestamp_seconds", "kotak", "email", "puskesmas"]
            == 0
        )
        assert seen["tanggap_leases", "true", "poll"] == 1
        assert any(key[0] == "tanggap_build_info" for key in seen)
        if sys.platform == "linux":
            assert seen["process_resident_memory_bytes",] > 1_000_000
        # Manual and imported accounts are nobody's to poll.
        accounts = {key for key in seen if key[0].startswith("tanggap_account_last")}
        assert len(accounts) == 1
        assert "rahasia" not in one.get("/metrics")[1]


def test_what_the_page_lists_is_what_there_is(configured: Path) -> None:
    """docs/operations.md names every figure, and none that is not there."""
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(tanggap_[a-z_]+)", page, re.M))
    # Needs a chat, or a number that was given.
    rare = {name for name in named if name.startswith("tanggap_chat_")}
    rare.add("tanggap_complaints_recorded")
    with process("run") as one:
        until(lambda: ("tanggap_stage_duration_seconds_count", "reply") in one.figures())
        families = list(text_string_to_metric_families(one.get("/metrics")[1]))
    kinds = {"counter": "_total", "info": "_info"}
    real = {
        family.name if family.name.endswith(ending) else family.name + ending
        for family in families
        if family.name.startswith("tanggap_")
        for ending in [kinds.get(family.type, "")]
    }
    assert named - rare == real - rare


def test_a_row_that_waits_is_counted(configured: Path) -> None:
    now = datetime.now(UTC)
    wired = open_everything(load())
    [office] = wired.ctx.offices.values()
    mail = Delivery(
        account="import", stream="files", transport_id="a", received_at=now, raw=b"x", size=1
    )
    with wired.ctx.store.write("test", facility=office.id) as db:
        batch = Batch(stream="files", deliveries=[mail], cursor=None)
        deliveries.keep(db, office.id, office.accounts["import"], batch, now - timedelta(hours=1))
    # A process that only polls records nothing.
    with process("poll") as one:
        seen = one.figures()
        assert seen["tanggap_deliveries_pending", "puskesmas"] == 1
        age = seen["tanggap_deliveries_oldest_pending_age_seconds", "puskesmas"]
        assert 3600 <= age < 3700
        with wired.ctx.store.write("test", facility=office.id) as db:
            deliveries.settle(db, [(1, Disposition.QUARANTINED, "attempts")])
        seen = one.figures()
        assert seen["tanggap_deliveries_pending", "puskesmas"] == 0
        assert seen["tanggap_deliveries_quarantined", "puskesmas"] == 1
    with wired.ctx.store.read() as db:
        assert db.get_one(DeliveryRow, 1).disposition is Disposition.QUARANTINED
    wired.close()


def test_a_clock_in_the_past_makes_it_unwell(configured: Path) -> None:
    with process("run") as one:
        assert one.reasons() == []
        keep_a_message_of_tomorrow()
        until(lambda: one.reasons() == ["clock-behind"])
        assert one.figures()["tanggap_unhealthy", "clock-behind"] == 1


def keep_a_message_of_tomorrow() -> None:
    wired = open_everything(load())
    [office] = wired.ctx.offices.values()
    now = datetime.now(UTC)
    later = now + timedelta(days=1)
    mail = Delivery(
        account="import", stream="files", transport_id="b", received_at=now, raw=b"x", size=1
    )
    with wired.ctx.store.write("test", facility=office.id) as db:
        batch = Batch(stream="files", deliveries=[mail], cursor=None)
        deliveries.keep(db, office.id, office.accounts["import"], batch, now)
        deliveries.settle(db, [(1, Disposition.SET_ASIDE, "list")])
        contact = Contact(facility_id=office.id, channel="email", address="a@b", created_at=now)
        db.add(contact)
        db.flush()
        db.add(
            Message(
                facility_id=office.id,
                channel="email",
                identity="b",
                external_id="b",
                delivery_id=1,
                contact_id=contact.id or 0,
                conversation="b",
                received_at=now,
                recorded_at=later,
            )
        )
    wired.close()


def test_the_watchdog_is_fed_until_the_process_hangs(tmp_path: Path) -> None:
    ear = Ear(tmp_path / "n")
    told = {"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": "1000000"}
    with closing(ear.socket), process("run", **told) as one:
        assert ear.hear() == "READY=1"
        for _ in range(3):
            assert ear.hear_until(fed) == "WATCHDOG=1\nSTATUS=ok"
        one.popen.send_signal(signal.SIGSTOP)
        until(lambda: state(one.popen.pid) == "T")
        drain(ear)
        ear.socket.settimeout(2)
        with pytest.raises(TimeoutError):
            ear.hear()
        one.popen.send_signal(signal.SIGCONT)
        ear.socket.settimeout(20)
        ear.hear_until(fed)
        one.popen.terminate()
        assert ear.hear_until(lambda said: not fed(said)) == "STOPPING=1"


@pytest.mark.sqlite
def test_it_is_not_fed_while_the_database_is_locked_away(tmp_path: Path) -> None:
    ear = Ear(tmp_path / "n")
    told = {"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": "1000000"}
    with closing(ear.socket), process("run", **told):
        ear.hear_until(fed)
        file = Path(os.environ["TANGGAP_DATA"]) / "tanggap.db"
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            drain(ear)
            ear.socket.settimeout(4)
            # What was on its way when the lock was taken may still come.
            assert [fed(said) for said in rest(ear)].count(True) <= 1
            other.execute("ROLLBACK")
        ear.socket.settimeout(30)
        ear.hear_until(fed)


def test_a_port_in_use_ends_the_start_with_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("TANGGAP_HEALTH__LISTEN", f"127.0.0.1:{port}")
        done = run("run")
    assert done.status == 1
    assert f"[health] listen: 127.0.0.1 port {port} tidak dapat dipakai" in done.err
    assert "Traceback" not in done.err


def test_the_heartbeat_of_a_real_process(switch: Switch) -> None:
    with process("work", TANGGAP_HEALTH__HEARTBEAT_URL=switch.url) as one:
        assert switch.calls.get(timeout=20) == "/rahasia-token"
        assert one.url == ""
        one.popen.terminate()
        assert one.popen.wait(20) == 0
        assert one.popen.stderr is not None
        assert "rahasia" not in one.popen.stderr.read()


def test_nothing_of_it_runs_unless_it_is_asked_for(tmp_path: Path) -> None:
    with process("run") as one:
        assert one.url == ""
        assert one.ready.startswith("Tanggap siap: 0 akun diperiksa")


def state(pid: int) -> str:
    said = subprocess.run(
        ["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=True
    )
    return said.stdout.strip()[:1]


def rest(ear: Ear) -> Iterator[str]:
    """What is heard until silence."""
    with contextlib.suppress(TimeoutError):
        while True:
            yield ear.hear()


def drain(ear: Ear) -> None:
    ear.socket.setblocking(False)
    try:
        while True:
            ear.hear()
    except BlockingIOError:
        ear.socket.setblocking(True)
