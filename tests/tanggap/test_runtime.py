"""The process as its users see it: started, asked to stop, killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.base import Batch
from channels.message import Delivery
from store import deliveries
from store.states import Disposition
from tanggap.settings import Settings
from tanggap.wiring import open_everything

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
MAIL = b"From: a@contoh.example\r\nMessage-ID: <a@contoh.example>\r\n\r\nAntre lama.\r\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TANGGAP_DATA", str(tmp_path))
    return Settings()


@contextmanager
def process(data: Path, *args: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`tanggap ...` once it is ready; ended by its id whatever happens."""
    running = subprocess.Popen(
        [sys.executable, "-m", "tanggap", *args],
        env=os.environ | {"TANGGAP_DATA": str(data)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


def ready(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    return running.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_empty_configuration_runs_until_it_is_asked_to_stop(
    tmp_path: Path, number: signal.Signals
) -> None:
    with process(tmp_path, "run") as running:
        assert ready(running).startswith("Tanggap siap: 0 akun diperiksa")
        begun = time.monotonic()
        running.send_signal(number)
        assert running.wait(20) == 0
        assert time.monotonic() - begun < 10
        assert running.stderr is not None
        assert "Traceback" not in running.stderr.read()


def test_gateways_that_are_down_stop_nobody_and_no_stop(tmp_path: Path) -> None:
    closed = "1"  # nobody listens there, and nobody may
    config = tmp_path / "tanggap.toml"
    config.write_text(
        "[[email]]\nname = 'kotak'\nhost = '127.0.0.1'\ntls = 'none'\nuser = 'loket'\n"
        f"password = 'rahasia-sekali'\nport = {closed}\n"
        f"[telegram]\nbase_url = 'http://127.0.0.1:{closed}'\ntoken = '1:rahasia-juga'\n"
    )
    with process(tmp_path, "run") as running:
        assert "1 akun diperiksa" in ready(running)
        assert running.stderr is not None
        line = running.stderr.readline()
        while "poll.refused" not in line:
            assert line, "the process ended"
            line = running.stderr.readline()
        running.terminate()
        assert running.wait(20) == 0
        assert "rahasia" not in line + running.stderr.read()


def test_what_waits_in_the_database_is_recorded_at_the_next_start(
    tmp_path: Path, settings: Settings
) -> None:
    keep(settings)
    log = tmp_path / "points"
    with process(tmp_path, "run", TANGGAP_FAILPOINT_LOG=str(log)) as running:
        ready(running)
        deadline = time.monotonic() + 30
        while unrecorded(settings) and time.monotonic() < deadline:
            time.sleep(0.05)
        running.kill()
    assert unrecorded(settings) == {}
    assert "record.commit:after" in log.read_text().split()


def keep(settings: Settings) -> None:
    """One mail in the raw inbox."""
    wired = open_everything(settings)
    [office] = wired.ctx.offices.values()
    mail = Delivery(
        account="import",
        stream="files",
        transport_id="a",
        received_at=NOW,
        raw=MAIL,
        size=len(MAIL),
        meta={"role": "inbox"},
    )
    with wired.ctx.store.write("test") as db:
        batch = Batch(stream="files", deliveries=[mail], cursor=None)
        deliveries.keep(db, office.id, office.accounts["import"], batch, NOW)
    wired.close()


def unrecorded(settings: Settings) -> dict[int, Disposition]:
    wired = open_everything(settings)
    try:
        with wired.ctx.store.read() as db:
            return deliveries.unrecorded(db, [1])
    finally:
        wired.close()
