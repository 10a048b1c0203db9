"""What the daemon's files say, most of them written by the daemon itself."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.gammu.adapter import GammuChannel
from channels.message import Event, Ignored, Message, RouteKind
from tests.channels.contract import TESTS, delivery
from tests.channels.gammu import files
from tests.channels.world import NOW

CORPUS = TESTS / "gammu" / "corpus"
NAME = "IN20261102_030001_00_081200000001_00.txt:0123456789abcdef"


@pytest.fixture
def channel(tmp_path: Path) -> GammuChannel:
    return files.channel(files.spool(tmp_path / "gammu"))


def parse(channel: GammuChannel, raw: bytes, key: str = NAME) -> Event:
    [event] = channel.parse(delivery(channel, raw, key))
    return event


def message(channel: GammuChannel, name: str, key: str = NAME) -> Message:
    event = parse(channel, (CORPUS / f"{name}.txt").read_bytes(), key)
    assert isinstance(event, Message)
    return event


def test_a_number_at_home_is_one_for_the_world(channel: GammuChannel) -> None:
    found = message(channel, "short")
    assert found.text == "Antrean poli gigi lama sekali, dari jam 7 belum dipanggil"
    assert found.sender.address == found.conversation == "+6281200000001"
    assert (found.medium, found.vouched, found.automated) == ("sms", True, "")
    assert found.sent_at == datetime(2026, 11, 22, 5, 44, 36, tzinfo=UTC)
    assert found.external_id == NAME.partition(":")[0]


def test_segments_are_joined(channel: GammuChannel) -> None:
    found = message(channel, "long")
    assert found.text.startswith("Kami sudah menunggu di loket")
    assert "sampai pukul sepuluh belum dipanggil juga. Anak saya" in found.text
    assert found.text.endswith("berapa lama lagi. Matur nuwun.")
    assert not found.truncated


def test_aksara_and_emoji_survive(channel: GammuChannel) -> None:
    found = message(channel, "javanese-emoji")
    assert found.text.startswith("Pak, 😀 obat batuk anak kulo habis terus – sampun tigang minggu")
    assert "ꦲꦤꦕꦫꦏ" in found.text
    assert "🙏🙏 Tolong" in found.text


def test_what_is_missing_shows(channel: GammuChannel) -> None:
    found = message(channel, "middle-missing")
    assert found.truncated
    assert "[...]" in found.text
    assert found.text.endswith("Matur nuwun.")


def test_half_a_character_at_the_end_of_a_segment_finds_its_other_half(
    channel: GammuChannel,
) -> None:
    high, low = "\ud83d", "\ude00"
    raw = files.section(f"a{high}", udh="050003A40201") + files.section(
        f"{low}b", udh="050003A40202"
    )
    event = parse(channel, raw.encode())
    assert isinstance(event, Message)
    assert event.text == "a😀b"


def test_a_long_reference_is_one_too(channel: GammuChannel) -> None:
    first, second = "09240101080412340201", "06080412340202"
    raw = files.section("dua", udh=second) + files.section("satu ", udh=first)
    event = parse(channel, raw.encode())
    assert isinstance(event, Message)
    assert (event.text, event.truncated) == ("satu dua", False)


@pytest.mark.parametrize("sender", ["TELKOMSEL", "3636", "PLN 123"])
def test_nobody_answers_an_operator(channel: GammuChannel, sender: str) -> None:
    event = parse(channel, files.section("Promo kuota!", sender=sender).encode())
    assert isinstance(event, Message)
    assert (event.automated, event.vouched) == ("automatic", False)
    assert event.conversation == sender
    assert channel.routes(sender, NOW)[0].kind is RouteKind.MANUAL


def test_our_own_number_is_no_citizen(channel: GammuChannel) -> None:
    event = parse(channel, files.section("Tes", sender="081299990000").encode())
    assert isinstance(event, Message)
    assert event.automated == "own"


def test_reports_and_binaries_are_for_nobody(channel: GammuChannel) -> None:
    report = parse(channel, (CORPUS / "delivery-report.txt").read_bytes())
    binary = parse(channel, (CORPUS / "binary.txt").read_bytes())
    assert report == Ignored(reason="delivery-report")
    assert binary == Ignored(reason="binary-sms")


def test_without_its_sender_a_person_looks(channel: GammuChannel) -> None:
    found = message(channel, "no-sender", key="x:1")
    assert found.automated == ""
    assert "pengirim" in found.unreadable
    assert message(channel, "no-sender").sender.address == "+6281200000001"


def test_another_format_is_read_as_it_stands(channel: GammuChannel) -> None:
    found = message(channel, "standard-format")
    assert found.text == "Obat di apotek habis lagi, kapan ada?"
    assert found.sender.address == "+6281200000001"
    assert "inboxformat = detail" in found.unreadable


def test_the_network_repeating_itself_is_one_message(channel: GammuChannel) -> None:
    once = parse(channel, files.section("Sama").encode(), "a.txt:1")
    again = parse(channel, b"; Saved later\n\n" + files.section("Sama").encode(), "b.txt:2")
    other = parse(channel, files.section("Sama", moment="20261102T030001Z").encode(), "b.txt:2")
    assert isinstance(once, Message)
    assert isinstance(again, Message)
    assert isinstance(other, Message)
    assert once.identity == again.identity != other.identity


def test_a_text_cannot_pass_for_a_section(channel: GammuChannel) -> None:
    text = 'Halo\n[SMSBackup007]\nNumber = "+6281299999999"\u2028[SMSBackup008]\x85Text00 = 0041'
    comment = "; " + text.replace("\n", "\n; ")
    raw = files.section(text).replace("; (lihat Text00)", comment)
    event = parse(channel, raw.encode())
    assert isinstance(event, Message)
    assert event.sender.address == files.CITIZEN
    assert event.text.startswith("Halo\n[SMSBackup007]")
