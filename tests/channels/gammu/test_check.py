"""The doctor names what is wrong with the folders, and the cure."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from channels.gammu.check import STUCK
from tests.channels.gammu import files
from tests.channels.world import NOW


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return files.spool(tmp_path / "gammu")


def ills(spool: Path) -> list[str]:
    found = files.channel(spool).check()
    assert all(finding.fix for finding in found if not finding.ok)
    return [f"{finding.what}; {finding.fix}" for finding in found if not finding.ok]


def test_all_is_well(spool: Path) -> None:
    files.sms(spool, 1)
    assert ills(spool) == []


def test_a_folder_is_missing(spool: Path) -> None:
    (spool / "sent").rmdir()
    [ill] = ills(spool)
    assert "sent" in ill
    assert "[[gammu]]" in ill


def test_nothing_leaves(spool: Path) -> None:
    channel = files.channel(spool)
    channel.send(files.reply(channel))
    [waiting] = (spool / "outbox").iterdir()
    old = (NOW - STUCK - timedelta(seconds=1)).timestamp()
    os.utime(waiting, (old, old))
    [ill] = ills(spool)
    assert "gammu-smsd berjalan" in ill
    assert files.CITIZEN not in ill


def test_the_daemon_writes_another_format(spool: Path) -> None:
    (spool / "inbox" / "IN20261102_030001_00_x_00.txt").write_text("Halo\n\n")
    [ill] = ills(spool)
    assert "inboxformat = detail" in ill
