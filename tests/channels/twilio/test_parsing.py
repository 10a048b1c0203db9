"""Both shapes in which Twilio tells of a message, payload by payload."""

import json
from typing import Any

import pytest

from channels.message import DeliveryState, Event, Ignored, Message, StatusUpdate
from channels.twilio import parsing
from channels.twilio.shapes import address
from tests.channels.contract import TESTS
from tests.channels.twilio.world import delivery
from tests.channels.world import NOW

FOLDER = TESTS / "twilio" / "corpus"


def parsed(name: str, **meta: str) -> Event:
    (event,) = parsing.events(delivery((FOLDER / f"{name}.json").read_bytes(), **meta))
    return event


def message(name: str, **meta: str) -> Message:
    event = parsed(name, **meta)
    assert isinstance(event, Message)
    return event


def test_a_text_from_the_list() -> None:
    found = message("rest-text")

    assert found.identity == found.external_id == f"SM{1:032x}"
    assert found.conversation == found.sender.address == "whatsapp:+6281234500001"
    assert found.text == found.full_text == "Selamat pagi, loket obat tutup jam berapa nggih?"
    assert (found.medium, found.form, found.vouched) == ("whatsapp", "", True)
    assert found.sent_at is not None
    assert found.unreadable == found.automated == ""


def test_the_same_message_by_webhook_is_the_same_message() -> None:
    raw = json.loads((FOLDER / "rest-text.json").read_bytes())
    form = {"MessageSid": raw["sid"], "From": raw["from"], "To": raw["to"], "Body": raw["body"]}
    (event,) = parsing.events(delivery(json.dumps(form | {"SmsStatus": "received"}).encode()))

    assert isinstance(event, Message)
    listed = message("rest-text")
    assert (event.identity, event.conversation) == (listed.identity, listed.conversation)
    assert event.text == listed.text


@pytest.mark.parametrize(
    ("name", "form", "medium"),
    [
        ("rest-sms", "", "sms"),
        ("rest-blank", "unsupported", "whatsapp"),
        ("form-text", "", "whatsapp"),
        ("form-voice", "voice", "whatsapp"),
        ("form-sticker", "sticker", "whatsapp"),
        ("form-photo", "photo", "whatsapp"),
        ("form-video", "video", "whatsapp"),
        ("form-document", "document", "whatsapp"),
        ("form-contact", "contact", "whatsapp"),
        ("form-location", "location", "whatsapp"),
        ("form-forward", "forward", "whatsapp"),
        ("form-forward-many", "forward", "whatsapp"),
        ("form-button", "", "whatsapp"),
        ("form-reaction", "reaction", "whatsapp"),
        ("form-unsupported", "unsupported", "whatsapp"),
        ("form-sms", "", "sms"),
    ],
)
def test_what_it_is(name: str, form: str, medium: str) -> None:
    found = message(name)

    assert (found.form, found.medium, found.unreadable) == (form, medium, "")


def test_files_are_still_at_the_gateway() -> None:
    (file,) = message("form-photo").attachments

    assert (file.name, file.content_type) == ("foto-1.jpg", "image/jpeg")
    assert (file.part, file.remote, file.size) == ("0", True, 0)


def test_of_a_listed_file_only_the_number_is_known_unless_the_poller_asked() -> None:
    assert message("rest-media").form == ""
    assert message("rest-media").attachments[0].remote

    assert message("rest-media", media="audio/ogg").form == "voice"
    assert message("rest-photo-caption", media="image/jpeg").form == "photo"
    assert message("rest-media", media="a/b,c/d").form == ""  # another number: not about this


def test_a_place_stands_in_the_text() -> None:
    assert message("form-location").text == (
        "Lokasi: -7.7325, 109.0101\nPuskesmas Contoh\nJl. Contoh 1"
    )


def test_a_name_and_what_is_answered_are_known_by_webhook() -> None:
    assert message("form-text").sender.name == "Bu Warsih"
    assert message("form-reply").in_reply_to == f"SM{98:032x}"
    assert message("form-button").text == "LIHAT"


def test_what_twilio_cut_is_marked() -> None:
    assert message("rest-cut").truncated


def test_nobody_to_answer_is_put_before_a_person() -> None:
    nobody = message("form-no-sender")

    assert nobody.unreadable
    assert not nobody.vouched
    assert nobody.text == "Siapa ini"
    assert nobody.conversation != message("rest-null-fields").conversation


@pytest.mark.parametrize("raw", [b"", b"null", b"[1]", b'"x"', b"{}", b"[" * 100_000])
def test_what_is_no_message_is_put_before_a_person(raw: bytes) -> None:
    (event,) = parsing.events(delivery(raw))

    assert isinstance(event, Message)
    assert event.unreadable
    assert event.medium == "whatsapp"


def test_a_direction_that_is_not_understood_loses_no_complaint() -> None:
    raw = json.loads((FOLDER / "rest-text.json").read_bytes()) | {"direction": "in?"}

    (event,) = parsing.events(delivery(json.dumps(raw).encode()))

    assert isinstance(event, Message)


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("form-delivered", {"state": DeliveryState.DELIVERED}),
        ("form-read", {"state": DeliveryState.READ}),
        (
            "form-failed-window",
            {"state": DeliveryState.FAILED, "reason": "63016", "window_closed": True},
        ),
        (
            "form-failed-stop",
            {"state": DeliveryState.FAILED, "reason": "21610", "opted_out": True},
        ),
        ("rest-outbound", {"state": DeliveryState.DELIVERED}),
    ],
)
def test_what_became_of_our_own(name: str, about: dict[str, Any]) -> None:
    event = parsed(name)

    assert isinstance(event, StatusUpdate)
    assert event == StatusUpdate(external_id=event.external_id, **about)


def test_an_outgoing_message_of_no_known_status_is_nothing_for_the_desk() -> None:
    raw = json.loads((FOLDER / "rest-outbound.json").read_bytes()) | {"status": "teleported"}

    assert isinstance(parsing.events(delivery(json.dumps(raw).encode()))[0], Ignored)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("whatsapp:+6281234500001", "whatsapp:+6281234500001"),
        ("WhatsApp: 6281234500001", "whatsapp:+6281234500001"),  # a plus lost as a blank
        ("+62 812-3450-0001", "+6281234500001"),
        ("INFOPROMO", "INFOPROMO"),
        ("8999", "8999"),
        ("whatsapp:", ""),
        ("", ""),
    ],
)
def test_numbers_are_written_one_way(written: str, meant: str) -> None:
    assert address(written) == meant


def test_when_a_message_was_taken_is_in_utc() -> None:
    sent_at = message("rest-null-date").sent_at

    assert sent_at is not None
    assert abs((sent_at - NOW).total_seconds()) < 3
