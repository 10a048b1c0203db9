"""Against the real gammu-smsd."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.gammu.adapter import GammuChannel
from channels.message import Message
from channels.sms import segments
from simulator.gammu import GammuModem
from tests.channels.contract import Committed
from tests.channels.gammu import files

pytestmark = pytest.mark.gammu
LONG = "Sampai pukul sepuluh kami belum dipanggil juga di loket pendaftaran. " * 6


@pytest.fixture
def modem() -> Iterator[GammuModem]:
    with GammuModem() as running:
        yield running


def heard(channel: GammuChannel, desk: Committed) -> list[tuple[str, str]]:
    found = []
    for batch in channel.poll(desk.state()):
        desk.commit(batch)
        for delivery in batch.deliveries:
            for event in channel.parse(delivery):
                assert isinstance(event, Message)
                assert not event.truncated
                found.append((event.sender.address, event.text))
    return found


def test_from_the_citizen_and_back(modem: GammuModem, tmp_path: Path) -> None:
    channel, desk = files.channel(modem.spool), Committed(tmp_path)
    modem.deliver("081200000001", "Antrean lama sekali")
    modem.deliver("+6281200000002", LONG.strip())
    modem.deliver("TELKOMSEL", "Promo – kuota 😀")
    modem.arrived(3)

    assert sorted(heard(channel, desk)) == [
        ("+6281200000001", "Antrean lama sekali"),
        ("+6281200000002", LONG.strip()),
        ("TELKOMSEL", "Promo – kuota 😀"),
    ]
    assert heard(channel, desk) == []
    assert list((modem.spool / "inbox").iterdir()) == []

    parts = channel.split(LONG * 3, "ADU-2026-0042")
    assert len(parts) == 2
    assert segments(parts[0]) > 4
    sent = [
        channel.send(files.reply(channel, number, text=text))
        for number, text in enumerate((*parts, "Maturnuwun – ꦲ 😀"), 9)
    ]
    assert modem.sent(3) == [(files.CITIZEN, text) for text in (*parts, "Maturnuwun – ꦲ 😀")]
    assert len(list(channel.poll_status([each.external_id for each in sent]))) == 3

    # Sent again after a crash, under the same names: the daemon has nothing to do.
    for number, text in enumerate(parts, 9):
        channel.send(files.reply(channel, number, text=text))
    assert list((modem.spool / "outbox").iterdir()) == []


def test_the_daemon_is_killed_and_comes_back(modem: GammuModem, tmp_path: Path) -> None:
    channel, desk = files.channel(modem.spool), Committed(tmp_path)
    modem.crash()
    channel.send(files.reply(channel))
    modem.deliver(files.CITIZEN, "Saat modem mati")
    modem.start()
    modem.arrived(1)

    assert heard(channel, desk) == [(files.CITIZEN, "Saat modem mati")]
    assert len(modem.sent(1)) == 1
