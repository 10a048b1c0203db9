"""What one look at the database finds, on a desk whose time is moved by hand."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from channels.base import Batch, ChannelState
from pipeline import inbound
from store.tables import Account
from tanggap.health.monitor import Monitor, Outlook, Signs
from tanggap.health.systemd import Manager
from tests.doubles import LetterChannel
from tests.pipeline.conftest import Desk, make_desk


class PolledLetters(LetterChannel):
    def poll(self, _state: ChannelState) -> Iterator[Batch]:
        yield from ()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path)
    channels = {**made.office.channels, "hotline": PolledLetters()}
    made.office = replace(made.office, channels=channels)
    made.ctx = replace(made.ctx, offices={made.office.id: made.office})
    yield made
    made.store.close()


def words(desk: Desk, outlook: Outlook, signs: Signs) -> list[str]:
    monitor = Monitor(outlook, signs, Manager({}), threading.Event())
    assert monitor.look()
    return [f"{one.reason} {one.what}".strip() for one in monitor.reasons()]


def test_an_account_is_silent_after_half_an_hour(desk: Desk, signs: Signs, tmp_path: Path) -> None:
    outlook = Outlook(desk.ctx, ("poll",), tmp_path)
    desk.clock.forward(1790)
    assert words(desk, outlook, signs) == []
    desk.clock.forward(20)
    assert words(desk, outlook, signs) == ["account-silent uji/hotline"]
    # Who does not poll leaves that to those who do.
    assert words(desk, Outlook(desk.ctx, ("work", "bot"), tmp_path), signs) == []
    with desk.store.write("test", facility=desk.office.id) as db:
        account = db.get_one(Account, desk.office.accounts["hotline"])
        account.polled_at = desk.clock.now
    assert words(desk, outlook, signs) == []


def test_a_night_switched_off_is_no_silence(desk: Desk, signs: Signs, tmp_path: Path) -> None:
    with desk.store.write("test", facility=desk.office.id) as db:
        account = db.get_one(Account, desk.office.accounts["hotline"])
        account.polled_at = desk.clock.now - timedelta(hours=12)
    assert words(desk, Outlook(desk.ctx, ("poll",), tmp_path), signs) == []


def test_an_alert_past_its_deadline(desk: Desk, signs: Signs, tmp_path: Path) -> None:
    outlook = Outlook(desk.ctx, ("work",), tmp_path)
    desk.arrive("antre lama")
    inbound.record_due(desk.ctx)
    assert words(desk, outlook, signs) == []
    due = desk.complaint().alert_due_at
    assert due is not None
    desk.clock.now = due + timedelta(seconds=1)
    assert words(desk, outlook, signs) == ["alert-late uji"]
    assert words(desk, Outlook(desk.ctx, ("poll", "bot"), tmp_path), signs) == []
    desk.settle()
    assert words(desk, outlook, signs) == []


def test_a_clock_that_went_back(desk: Desk, signs: Signs, tmp_path: Path) -> None:
    outlook = Outlook(desk.ctx, ("work",), tmp_path)
    desk.arrive("antre lama")
    desk.settle()
    desk.clock.forward(-3600)
    assert words(desk, outlook, signs) == ["clock-behind"]


def test_a_folder_that_is_gone_is_not_taken_for_a_full_disk(
    desk: Desk, signs: Signs, tmp_path: Path
) -> None:
    assert words(desk, Outlook(desk.ctx, (), tmp_path / "gone"), signs) == []


@pytest.mark.sqlite
def test_a_look_leaves_nothing_behind(desk: Desk, tmp_path: Path) -> None:
    """On SQLite its transaction writes no page: an SD card would feel every one."""
    wal = Path(f"{desk.store.url.database}-wal")
    before = wal.stat().st_size if wal.exists() else 0
    Outlook(desk.ctx, ("poll", "work"), tmp_path)()
    assert (wal.stat().st_size if wal.exists() else 0) == before
