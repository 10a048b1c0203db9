"""What comes in is handed over oldest first, in bounded batches, and nothing is lost on the way."""

import json
from contextlib import closing
from datetime import UTC, timedelta

import pytest

from channels.errors import Transient
from channels.message import Message
from channels.twilio import polling
from channels.twilio.adapter import TwilioChannel
from simulator.faults import DROP_BEFORE_COMMIT, Refuse, TooMany
from simulator.twilio import Medium, TwilioDouble
from tests.channels.contract import killed_after_each_batch
from tests.channels.twilio.desk import Desk, text_of
from tests.channels.twilio.world import CITIZEN, channel
from tests.channels.world import NOW

HOUR = timedelta(hours=1)


def test_both_senders_are_asked(twilio: TwilioDouble, living: TwilioChannel, desk: Desk) -> None:
    twilio.citizen(CITIZEN).says("lewat WhatsApp")
    twilio.citizen(CITIZEN, "sms").says("lewat SMS")

    batches = [batch for batch in living.poll(desk.state()) if batch.deliveries]

    assert [batch.stream for batch in batches] == ["whatsapp", "sms"]
    assert [batch.deliveries[0].meta["medium"] for batch in batches] == ["whatsapp", "sms"]


def test_a_null_date_sent_counts_as_the_date_created(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk
) -> None:
    twilio.citizen(CITIZEN).says("tanpa tanggal", dated=False, at=NOW - HOUR)

    (delivery,) = [it for batch in living.poll(desk.state()) for it in batch.deliveries]

    assert delivery.received_at == NOW - HOUR
    assert delivery.received_at.tzinfo is UTC


def test_raw_is_the_resource_and_nothing_but_incoming_is_handed_over(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk
) -> None:
    citizen = twilio.citizen(CITIZEN)
    message = citizen.says("Halo")
    citizen.is_told("balasan otomatis")

    (delivery,) = [it for batch in living.poll(desk.state()) for it in batch.deliveries]

    raw = json.loads(delivery.raw)  # type: ignore[arg-type]
    assert (delivery.transport_id, delivery.revision) == (message.sid, "0")
    assert {"sid", "body", "from", "date_sent", "num_media", "uri"} <= raw.keys()


def test_many_pages_come_oldest_first_in_bounded_batches(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "PAGE_SIZE", 7)
    monkeypatch.setattr(polling, "BATCH", 10)
    citizen = twilio.citizen(CITIZEN)
    for n in range(45):
        citizen.says(f"pesan {n}", at=NOW - timedelta(minutes=45 - n))

    batches = list(living.poll(desk.state()))
    for batch in batches:
        desk.commit(batch)

    sizes = [len(batch.deliveries) for batch in batches if batch.stream == "whatsapp"]
    texts = [text_of(living, batch, n) for batch in batches for n in range(len(batch.deliveries))]
    assert sizes == [10, 10, 10, 10, 5]
    assert texts == [f"pesan {n}" for n in range(45)]
    assert desk.news(living) == []


def test_what_comes_in_while_the_pages_are_turned_is_found_next_time(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "PAGE_SIZE", 2)
    citizen = twilio.citizen(CITIZEN)
    for n in range(5):
        citizen.says(f"lama {n}")
    asked = twilio.faults.add(
        DROP_BEFORE_COMMIT, method="messages.list", where=lambda call: _squeeze(twilio, call.params)
    )

    found = desk.news(living) + desk.news(living)

    assert not asked.fired
    assert sorted(found) == [*(f"lama {n}" for n in range(5)), "menyela"]


def _squeeze(twilio: TwilioDouble, params: object) -> bool:
    """On the way to the second page a message comes in."""
    if "Page" in params and len(twilio.messages("inbound")) == 6:  # type: ignore[operator]
        twilio.citizen(CITIZEN).says("menyela")
    return False


def test_a_page_that_fails_moves_nothing(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "PAGE_SIZE", 2)
    for n in range(5):
        twilio.citizen(CITIZEN).says(f"pesan {n}")
    twilio.faults.add(Refuse(502), method="messages.list", nth=2)

    with pytest.raises(Transient):
        desk.news(living)

    assert desk.cursors == {}
    assert desk.news(living) == [f"pesan {n}" for n in range(5)]


def test_killed_with_every_batch_in_hand_the_backlog_arrives_whole(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "BATCH", 4)
    sent = [twilio.citizen(CITIZEN).says(f"pesan {n}").sid for n in range(30)]

    lives = 0
    for batch in killed_after_each_batch(living, desk):
        desk.commit(batch)
        lives += 1

    assert lives >= 8
    assert [sid for _, sid, _ in desk.keys] == sent


def test_a_voice_note_is_known_as_one_at_once(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk
) -> None:
    twilio.citizen(CITIZEN).says("", [(b"OggS", "audio/ogg; codecs=opus")])

    (delivery,) = [it for batch in living.poll(desk.state()) for it in batch.deliveries]
    (event,) = living.parse(delivery)

    assert isinstance(event, Message)
    assert event.form == "voice"
    assert [it.name for it in event.attachments] == ["suara-1.ogg"]


def test_without_the_list_of_its_files_a_message_is_handed_over_all_the_same(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk
) -> None:
    twilio.citizen(CITIZEN).says("Lihat ini", [(b"jpg", "image/jpeg")])
    twilio.faults.add(TooMany(5), method="media.list")

    (delivery,) = [it for batch in living.poll(desk.state()) for it in batch.deliveries]
    (event,) = living.parse(delivery)

    assert isinstance(event, Message)
    assert (event.text, event.form, len(event.attachments)) == ("Lihat ini", "", 1)


def test_patience_is_asked_for_in_seconds(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk
) -> None:
    twilio.faults.add(TooMany(30), method="messages.list")

    with pytest.raises(Transient) as caught:
        desk.news(living)

    assert caught.value.retry_after == 30
    assert caught.value.detail == "20429"


@pytest.mark.parametrize("page", [b"<html>Silakan masuk</html>", b"{}", b"[]", b'{"messages": 5}'])
def test_a_page_that_is_none_is_asked_for_again(
    twilio: TwilioDouble, desk: Desk, page: bytes
) -> None:
    """A captive portal answers 200 with its own page."""
    twilio.cdn.media["2010-04-01/Accounts/ACx/Messages.json"] = Medium(
        sid="ME1", content_type="text/html", data=page, created=NOW
    )
    with (
        closing(channel(twilio, base_url=twilio.cdn.url, account_sid="ACx")) as lost,
        pytest.raises(Transient),
    ):
        desk.news(lost)


def test_a_next_page_at_another_host_is_not_asked_for(twilio: TwilioDouble, desk: Desk) -> None:
    away = f"{twilio.url}/2010-04-01/Accounts/{twilio.account}/Messages.json"
    page = {"meta": {"key": "messages", "next_page_url": away}, "messages": []}
    twilio.cdn.media["2010-04-01/Accounts/ACx/Messages.json"] = Medium(
        sid="ME1", content_type="application/json", data=json.dumps(page).encode(), created=NOW
    )
    with (
        closing(channel(twilio, base_url=twilio.cdn.url, account_sid="ACx")) as led,
        pytest.raises(Transient),
    ):
        desk.news(led)

    assert twilio.journal.entries("twilio") == ()


def test_every_letter_arrives_as_it_was_written(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk
) -> None:
    words = "Matur nuwun 🙏🏽 obaté wis teka, “pelayanan” é apik ꦲꦤ"
    twilio.citizen(CITIZEN).says(words)

    assert desk.news(living) == [words]
