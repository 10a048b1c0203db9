"""What lies in the inbox folder is handed over once, and goes only after its commit."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from channels.errors import Transient
from channels.gammu import inbox
from channels.gammu.adapter import GammuChannel
from channels.message import Delivery, Message
from tests.channels.contract import Committed
from tests.channels.gammu import files
from tests.channels.world import NOW

FIRST, SECOND, THIRD = "050003A40301", "050003A40302", "050003A40303"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return files.spool(tmp_path / "gammu")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def names(spool: Path) -> list[str]:
    return sorted(path.name for path in (spool / "inbox").iterdir())


def polled(channel: GammuChannel, desk: Committed) -> list[Delivery]:
    found: list[Delivery] = []
    for batch in channel.poll(desk.state()):
        desk.commit(batch)
        found += batch.deliveries
    return found


def texts(channel: GammuChannel, deliveries: list[Delivery]) -> list[str]:
    events = [event for each in deliveries for event in channel.parse(each)]
    return [event.text for event in events if isinstance(event, Message)]


def test_a_file_goes_at_the_poll_after_its_commit(spool: Path, tmp_path: Path) -> None:
    channel, desk = files.channel(spool), Committed(tmp_path)
    files.sms(spool, 1)

    [taken] = polled(channel, desk)
    assert len(names(spool)) == 1
    assert taken.transport_id.startswith("IN20261102_030001_00_+6281200000001_00.txt:")

    assert polled(channel, desk) == []
    assert names(spool) == []
    assert desk.cursors == {"inbox": "{}"}


def test_what_was_not_committed_stays(spool: Path, tmp_path: Path) -> None:
    channel, desk = files.channel(spool), Committed(tmp_path)
    files.sms(spool, 1)

    assert len([batch for batch in channel.poll(desk.state()) if batch.deliveries]) == 1
    assert len(polled(files.channel(spool), desk)) == 1


def test_a_name_used_again_is_another_message(spool: Path, tmp_path: Path) -> None:
    channel, desk = files.channel(spool), Committed(tmp_path)
    files.sms(spool, 1, "Pertama")
    [first] = polled(channel, desk)
    # Killed after the file was deleted and before the cursor was kept: smsd takes the name again.
    (spool / "inbox" / names(spool)[0]).unlink()
    files.sms(spool, 1, "Kedua")

    [second] = polled(channel, desk)
    assert texts(channel, [first, second]) == ["Pertama", "Kedua"]
    assert first.transport_id != second.transport_id


def test_the_time_is_that_of_the_file(spool: Path, tmp_path: Path) -> None:
    path = files.sms(spool, 1)
    taken = NOW - timedelta(hours=2)
    os.utime(path, (taken.timestamp(), taken.timestamp()))

    [delivery] = polled(files.channel(spool), Committed(tmp_path))
    assert delivery.received_at == taken


def test_what_cannot_be_deleted_is_not_taken_again(
    spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError

    channel, desk = files.channel(spool), Committed(tmp_path)
    files.sms(spool, 1)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert len(polled(channel, desk)) == 1
        assert polled(channel, desk) == []
        patch.setattr(inbox, "_MOST_KEPT", 0)
        with pytest.raises(Transient, match="hak tulis"):
            polled(channel, desk)
    assert polled(channel, desk) == []
    assert names(spool) == []


def test_a_file_that_is_still_written_waits(spool: Path, tmp_path: Path, clock: Clock) -> None:
    channel, desk = files.channel(spool, clock=clock), Committed(tmp_path)
    path = files.sms(spool, 1, "Obat habis")
    whole = path.read_text()
    path.write_text(whole[:-30])
    assert polled(channel, desk) == []

    path.write_text(whole)
    assert texts(channel, polled(channel, desk)) == ["Obat habis"]


def test_a_file_that_nobody_finishes_comes_as_it_is(
    spool: Path, tmp_path: Path, clock: Clock
) -> None:
    channel, desk = files.channel(spool, clock=clock), Committed(tmp_path)
    (spool / "inbox" / "IN20261102_030001_00_081200000001_00.txt").write_text("Tanpa format")
    assert polled(channel, desk) == []

    clock.now += inbox.WRITE_WAIT
    [delivery] = polled(channel, desk)
    [message] = channel.parse(delivery)
    assert isinstance(message, Message)
    assert (message.text, message.conversation) == ("Tanpa format", files.CITIZEN)
    assert "inboxformat" in message.unreadable


def test_segments_in_several_files_are_one_message(spool: Path, tmp_path: Path) -> None:
    channel, desk = files.channel(spool), Committed(tmp_path)
    files.put(spool, "IN20261102_030001_00_x_00.txt", files.section("satu, ", udh=FIRST))
    files.put(spool, "IN20261102_030005_00_x_00.txt", files.section("tiga.", udh=THIRD))
    files.sms(spool, 3, "Lain")
    files.put(spool, "IN20261102_030009_00_x_00.txt", files.section("dua, ", udh=SECOND))

    taken = polled(channel, desk)
    assert texts(channel, taken) == ["satu, dua, tiga.", "Lain"]
    polled(channel, desk)
    assert names(spool) == []


def test_a_missing_segment_is_waited_for_and_no_longer(
    spool: Path, tmp_path: Path, clock: Clock
) -> None:
    channel, desk = files.channel(spool, clock=clock), Committed(tmp_path)
    files.put(spool, "IN20261102_030001_00_x_00.txt", files.section("satu, ", udh=FIRST))
    files.put(spool, "IN20261102_030005_00_x_00.txt", files.section("tiga.", udh=THIRD))
    assert polled(channel, desk) == []

    clock.now += inbox.PART_WAIT - timedelta(seconds=1)
    assert polled(channel, desk) == []
    clock.now += timedelta(seconds=1)
    [cut] = polled(channel, desk)
    [message] = channel.parse(cut)
    assert isinstance(message, Message)
    assert (message.text, message.truncated) == ("satu, [...]tiga.", True)

    files.put(spool, "IN20261102_031505_00_x_00.txt", files.section("dua, ", udh=SECOND))
    assert polled(channel, desk) == []
    clock.now += inbox.PART_WAIT
    assert texts(channel, polled(channel, desk)) == ["[...]dua, [...]"]
    assert len(desk.keys) == len(set(desk.keys)) == 2


def test_a_clock_set_back_does_not_hold_it_for_ever(
    spool: Path, tmp_path: Path, clock: Clock
) -> None:
    channel, desk = files.channel(spool, clock=clock), Committed(tmp_path)
    files.put(spool, "IN20261102_030001_00_x_00.txt", files.section("satu, ", udh=FIRST))
    assert polled(channel, desk) == []
    clock.now -= timedelta(days=2)
    assert len(polled(channel, desk)) == 1


def test_other_files_are_left_alone(spool: Path, tmp_path: Path) -> None:
    (spool / "inbox" / "catatan.txt").write_text("bukan SMS")
    (spool / "inbox" / "INFO").mkdir()
    assert polled(files.channel(spool), Committed(tmp_path)) == []


@pytest.mark.parametrize("cursor", ['{"../rahasia":"x"}', '{"/etc/passwd":"x"}', '{"..":"x"}'])
def test_a_cursor_reaches_no_other_folder(spool: Path, tmp_path: Path, cursor: str) -> None:
    (spool / "rahasia").write_text("tetap")
    desk = Committed(tmp_path)
    desk.cursors["inbox"] = cursor
    assert polled(files.channel(spool), desk) == []
    assert (spool / "rahasia").read_text() == "tetap"
