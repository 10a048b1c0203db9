"""What is sent is sent once, whatever happens between."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from channels.errors import Permanent, Transient
from channels.gammu.outbox import KEEP
from channels.message import DeliveryState
from tests.channels.contract import Committed
from tests.channels.gammu import files
from tests.channels.world import NOW


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return files.spool(tmp_path / "gammu")


def lying(spool: Path, folder: str = "outbox") -> list[str]:
    return sorted(path.name for path in (spool / folder).iterdir())


def move(spool: Path, to: str) -> None:
    for path in (spool / "outbox").iterdir():
        path.rename(spool / to / path.name)


def test_a_part_is_a_file_of_its_own_name(spool: Path) -> None:
    channel = files.channel(spool)
    part = files.reply(channel, text="Maturnuwun – ꦲ 😀")
    receipt = channel.send(part)

    [name] = lying(spool)
    assert name == f"OUTC_+6281200000001_{receipt.external_id}.txt"
    raw = (spool / "outbox" / name).read_bytes()
    assert raw[:2] == b"\xff\xfe"
    assert raw.decode("utf-16") == part.text
    assert receipt.state is DeliveryState.ACCEPTED


@pytest.mark.parametrize("folder", ["outbox", "sent"])
def test_sent_again_under_its_name_it_is_there_once(spool: Path, folder: str) -> None:
    channel = files.channel(spool)
    first = channel.send(files.reply(channel))
    move(spool, folder)

    assert channel.send(files.reply(channel)) == first
    assert len(lying(spool, "outbox") + lying(spool, "sent")) == 1


def test_what_failed_is_sent_anew_when_somebody_asks(spool: Path) -> None:
    channel = files.channel(spool)
    first = channel.send(files.reply(channel))
    move(spool, "error")
    [failed] = channel.poll_status([first.external_id])
    assert failed.state is DeliveryState.FAILED

    again = channel.send(files.reply(channel))
    assert again.external_id == f"{first.external_id}-2"
    assert channel.send(files.reply(channel, external_id=again.external_id)) == again
    assert len(lying(spool)) == 1
    move(spool, "sent")
    [sent] = channel.poll_status([again.external_id])
    assert sent.state is DeliveryState.ACCEPTED


def test_nine_failures_are_enough(spool: Path) -> None:
    channel = files.channel(spool)
    for _ in range(9):
        channel.send(files.reply(channel))
        move(spool, "error")
    with pytest.raises(Permanent):
        channel.send(files.reply(channel))


def test_what_waits_has_no_news(spool: Path) -> None:
    channel = files.channel(spool)
    receipt = channel.send(files.reply(channel))
    assert list(channel.poll_status([receipt.external_id, "tanggap-0-r1"])) == []


def test_two_desks_on_one_modem_do_not_mistake_each_other(spool: Path) -> None:
    ours, theirs = files.channel(spool), files.channel(spool, key=b"kunci-lain")
    beside = files.channel(spool, name="modem-dua")
    for channel in (ours, theirs, beside):
        channel.send(files.reply(channel))
    assert len(lying(spool)) == 3
    assert ours.external_id(7) != ours.external_id(7, automatic=True)
    assert len(ours.external_id(10**10 - 1)) <= 36


def test_parts_go_in_their_order(spool: Path) -> None:
    channel = files.channel(spool)
    for number in (9, 10, 11, 100):
        channel.send(files.reply(channel, number, text=str(number)))
    texts = [(spool / "outbox" / name).read_text("utf-16") for name in lying(spool)]
    assert texts == ["9", "10", "11", "100"]


@pytest.mark.parametrize("recipient", ["", "TELKOMSEL", "../../x", "+62812/3", "+62 812 3456"])
def test_only_a_number_gets_into_a_name(spool: Path, recipient: str) -> None:
    channel = files.channel(spool)
    with pytest.raises(Permanent) as caught:
        channel.send(files.reply(channel, recipient=recipient))
    assert not recipient or recipient not in str(caught.value)
    assert lying(spool) == []


def test_without_a_folder_it_was_not_sent(spool: Path) -> None:
    channel = files.channel(spool)
    (spool / "sent").rmdir()
    with pytest.raises(Transient):
        channel.send(files.reply(channel))
    with pytest.raises(Transient):
        list(channel.poll_status([channel.external_id(7)]))
    assert lying(spool) == []


def test_our_own_old_files_are_cleared_away(spool: Path, tmp_path: Path) -> None:
    channel = files.channel(spool)
    for number in (1, 2):
        channel.send(files.reply(channel, number))
    move(spool, "sent")
    old = (NOW - KEEP - timedelta(seconds=1)).timestamp()
    fresh = (NOW - KEEP + timedelta(seconds=1)).timestamp()
    foreign = spool / "sent" / "OUTC20200101_000000_00_+6281200000009_sms0.smsbackup"
    foreign.write_text("bukan milik kita")
    for name, moment in zip(lying(spool, "sent"), (old, old, fresh), strict=True):
        os.utime(spool / "sent" / name, (moment, moment))
    gone = lying(spool, "sent")[1]

    Committed(tmp_path).poll(channel)
    assert gone not in lying(spool, "sent")
    assert foreign.name in lying(spool, "sent")
    assert len(lying(spool, "sent")) == 2
