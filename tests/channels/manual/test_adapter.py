import json

from channels.base import Polls, Sends
from channels.manual import ManualChannel
from channels.message import Delivery, Message
from tests.channels.contract import assert_storable
from tests.channels.world import NOW


def parsed(raw: bytes, key: str = "1:2") -> Message:
    delivery = Delivery(
        account="manual", stream="desk", transport_id=key, received_at=NOW, raw=raw, size=len(raw)
    )
    (event,) = ManualChannel().parse(delivery)
    assert isinstance(event, Message)
    return event


def test_what_a_clerk_typed_is_a_message() -> None:
    message = parsed(
        b'{"text": " Antre lama ", "medium": "phone", "contact": "0811", "name": "Ibu Contoh"}'
    )

    assert (message.text, message.full_text) == ("Antre lama", "Antre lama")
    assert (message.sender.address, message.sender.name) == ("0811", "Ibu Contoh")
    assert (message.medium, message.subject) == ("phone", "")
    assert message.conversation == "0811"
    assert message.unreadable == ""


def test_the_same_words_typed_twice_are_two_messages() -> None:
    raw = b'{"text": "Antre lama", "medium": "box"}'

    assert parsed(raw, "1:2").identity != parsed(raw, "1:3").identity
    assert parsed(raw, "1:2") == parsed(raw, "1:2")
    assert parsed(raw, "1:2").conversation != parsed(raw, "1:3").conversation
    assert parsed(raw, "1:2").sender != parsed(raw, "1:3").sender


def test_what_cannot_be_read_is_read_by_a_person() -> None:
    for raw in (b"\xff", b"[1]\0", b'"a"', b"[" * 100_000):
        message = parsed(raw)
        assert message.unreadable
        assert message.text
        assert_storable(message)


def test_what_no_database_takes_is_left_out() -> None:
    raw = json.dumps({"text": "Antre\0 lama\ud800", "contact": "08\0" + "1" * 5_000, "name": "\0"})

    message = parsed(raw.encode())

    assert_storable(message)
    assert (message.text, message.sender.name, message.unreadable) == ("Antre lama", "", "")
    assert message.conversation == "08" + "1" * 198


def test_nothing_is_polled_and_nothing_is_sent() -> None:
    assert not isinstance(ManualChannel(), Polls | Sends)
