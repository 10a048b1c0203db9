"""For the whole suite: where CI says so, a test that could not run is a failure."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from simulator import dovecot, gammu, postgres, redis
from tests.engines import engines

_SERVERS = {
    "dovecot": (dovecot, "Dovecot", "dovecot-imapd"),
    "postgresql": (postgres, "PostgreSQL", "postgresql"),
    "redis": (redis, "Redis", "redis-server"),
    "gammu": (gammu, "gammu-smsd", "gammu gammu-smsd"),
}
"""By marker: who knows whether it is there, its name, the package that brings it."""

# How long an example takes says how busy the machine is; what is slow is measured in benchmarks.
settings.register_profile("tanggap", settings(), deadline=None)
settings.load_profile("tanggap")

_skipped: list[str] = []
_passed: list[str] = []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture starts a server that is not there."""
    for marker, (server, name, _) in _SERVERS.items():
        if item.get_closest_marker(marker) and not server.available():
            pytest.skip(f"{name} is not installed")


@pytest.fixture(autouse=True)
def _database(request: pytest.FixtureRequest) -> Iterator[None]:
    """The engine of this test; its databases go with it."""
    engines.begin({marker.name for marker in request.node.iter_markers()})
    yield
    engines.end()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped; an expected failure counts as such too."""
    if report.skipped:
        _skipped.append(report.nodeid)
    elif report.passed and report.when == "call":
        _passed.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI=true nothing may be left out. What passed is told to `tests.both`."""
    engines.close()
    if file := os.environ.get("TANGGAP_TEST_PASSED"):
        Path(file).write_text(json.dumps(_passed))
    if _skipped and os.environ.get("CI") == "true" and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly on what the suite ran, what could not run, and what would make it run."""
    terminalreporter.write_line(f"database: {engines.wanted}")
    if not _skipped:
        return
    terminalreporter.section("could not run")
    for node in _skipped:
        terminalreporter.write_line(node)
    missing = [package for server, _, package in _SERVERS.values() if not server.available()]
    if missing:
        terminalreporter.write_line(f"To run them too:    sudo apt-get install {' '.join(missing)}")
    if os.environ.get("CI") == "true":
        terminalreporter.write_line("CI=true: a skipped test fails the suite.", red=True)
