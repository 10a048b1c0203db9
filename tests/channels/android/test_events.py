"""What the elements of the phone's inbox say."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.android.adapter import AndroidChannel
from channels.message import Event, Ignored, Message, RouteKind
from simulator.android import AndroidDouble
from tests.channels.android import phone
from tests.channels.contract import TESTS, delivery
from tests.channels.world import NOW

CORPUS = TESTS / "android" / "corpus"


@pytest.fixture
def channel() -> Iterator[AndroidChannel]:
    with AndroidDouble() as double:
        yield phone.channel(double)


def parse(channel: AndroidChannel, name: str, **changed: Any) -> Event:
    fields = json.loads((CORPUS / f"{name}.json").read_bytes()) | changed
    [event] = channel.parse(delivery(channel, json.dumps(fields).encode()))
    return event


def message(channel: AndroidChannel, name: str, **changed: Any) -> Message:
    event = parse(channel, name, **changed)
    assert isinstance(event, Message)
    return event


def test_a_number_at_home_is_one_for_the_world(channel: AndroidChannel) -> None:
    found = message(channel, "sms")
    assert found.text == "Antrean poli gigi lama sekali, dari jam 7 belum dipanggil 😀"
    assert found.sender.address == found.conversation == "+6281234500001"
    assert (found.medium, found.vouched, found.automated) == ("sms", True, "")
    assert (found.form, found.unreadable) == ("", "")
    assert found.sent_at == datetime(2026, 11, 2, 3, tzinfo=UTC)
    assert found.external_id == "text:-1203456789"
    assert channel.routes(found.conversation, NOW)[0].kind is RouteKind.PRIVATE


@pytest.mark.parametrize("sender", ["TELKOMSEL", "3636", "BPJS-KES"])
def test_nobody_answers_an_operator(channel: AndroidChannel, sender: str) -> None:
    found = message(channel, "operator", sender=sender)
    assert (found.automated, found.vouched, found.conversation) == ("automatic", False, sender)
    assert channel.routes(sender, NOW)[0].kind is RouteKind.MANUAL


def test_our_own_number_is_no_citizen(channel: AndroidChannel) -> None:
    assert message(channel, "sms", sender=channel.config.number).automated == "own"


def test_a_picture_is_on_the_phone(channel: AndroidChannel) -> None:
    found = message(channel, "mms")
    assert (found.form, found.text) == ("unsupported", "Foto loket")
    assert "MMS" in found.unreadable


def test_bytes_for_programs_are_for_nobody(channel: AndroidChannel) -> None:
    assert parse(channel, "data") == Ignored(reason="binary-sms")


def test_what_is_not_understood_is_for_a_person(channel: AndroidChannel) -> None:
    assert "pengirim" in message(channel, "no-sender").unreadable
    assert message(channel, "unknown-type").unreadable
    [event] = channel.parse(delivery(channel, b"<html>Halo</html>"))
    assert isinstance(event, Message)
    assert (event.text, event.automated) == ("<html>Halo</html>", "")
    assert event.unreadable


def test_the_same_sms_under_another_id_is_the_same_message(channel: AndroidChannel) -> None:
    once = message(channel, "sms")
    assert message(channel, "sms", id="text:5", simNumber=2).identity == once.identity
    assert message(channel, "sms", sender="+6281234500001").identity == once.identity
    assert message(channel, "sms", createdAt="2026-11-02T03:00:00Z").identity == once.identity
    assert message(channel, "sms", createdAt="2026-11-02T03:00:01Z").identity != once.identity
