"""Switches for checks work on loopback and nowhere else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import UserError
from store import failpoint
from tanggap import clock
from tanggap.settings import load
from tanggap.switches import apply_switches, request_log
from tests.tanggap.conftest import Run, Write

REAL = '[telegram]\ntoken="1:x"\n'


@pytest.fixture(autouse=True)
def _disarm() -> Iterator[None]:
    yield
    failpoint.arm("")
    clock.set_wrong(None)


@pytest.mark.parametrize(
    "name",
    [
        "TANGGAP_REQUEST_LOG",
        "TANGGAP_FAILPOINT",
        "TANGGAP_FAILPOINT_LOG",
        "TANGGAP_CLOCK_OFFSET_FILE",
    ],
)
def test_refused_where_a_real_gateway_is_configured(
    config: Write, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "x:before:1")
    with pytest.raises(UserError, match=name):
        apply_switches(load(config(REAL)))


def test_points_are_logged_for_a_command(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_FAILPOINT_LOG", str(tmp_path / "points"))
    assert run("init").status == 0
    points = (tmp_path / "points").read_text().split()
    assert points == ["setup.facilities:before", "setup.facilities:after"]


def test_a_wrong_point_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANGGAP_FAILPOINT", "x")
    done = run("init")
    assert done.status == 1
    assert "LABEL:before:1" in done.err


def test_the_request_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert request_log(load()) is None
    monkeypatch.setenv("TANGGAP_REQUEST_LOG", str(tmp_path / "log"))
    assert request_log(load()) == tmp_path / "log"


def test_a_clock_that_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offset = tmp_path / "offset"
    monkeypatch.setenv("TANGGAP_CLOCK_OFFSET_FILE", str(offset))
    apply_switches(load())
    for seconds, text in ((0, None), (86400, "86400"), (-500_000_000, "-5e8")):
        if text is not None:
            offset.write_text(text)
        wrong_by = clock.now() - datetime.now(UTC)
        assert abs(wrong_by - timedelta(seconds=seconds)) < timedelta(minutes=1)
