"""The real daemon starts, is ended by its process id, and leaves nothing behind."""

import os

import pytest

from simulator.gammu import GammuModem

pytestmark = pytest.mark.gammu


def test_a_message_arrives_and_nothing_is_left_of_it() -> None:
    with GammuModem() as modem:
        modem.deliver("+6281200000001", "Halo")
        modem.arrived(1)
        pid, folder = modem.pid, modem.folder
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not folder.exists()


def test_a_daemon_that_cannot_begin_says_why() -> None:
    modem = GammuModem()
    with modem:
        pass
    with pytest.raises(RuntimeError, match="gammu-smsd ended"):
        modem.start()
