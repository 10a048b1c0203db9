from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import dovecot as real
from simulator.dovecot import DovecotServer
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
