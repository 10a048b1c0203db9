from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.reports import TestReport
from _pytest.terminal import TerminalReporter

from simulator import dovecot as real
from simulator.dovecot import DovecotServer
from tests.channels import matrix
from tests.channels.world import Desk, Mailbox


@pytest.fixture(scope="session")
def dovecot() -> Iterator[DovecotServer]:
    if not real.available():
        pytest.skip("Dovecot is not installed")
    with DovecotServer() as server:
        yield server


@pytest.fixture
def mailbox(dovecot: DovecotServer) -> Iterator[Mailbox]:
    box = Mailbox(dovecot)
    yield box
    box.program.logout()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """The matrix of the contract, channel by test."""
    reports = [
        report
        for outcome in ("passed", "failed", "skipped", "error")
        for report in terminalreporter.stats.get(outcome, ())
        if isinstance(report, TestReport)
    ]
    if table := matrix.lines(reports):
        terminalreporter.write_sep("-", "the contract, channel by channel")
        for line in table:
            terminalreporter.write_line(line)
