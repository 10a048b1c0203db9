"""What comes in is found once, whatever Twilio's date filter heeds and however late it shows up."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from channels.base import Batch, ChannelState
from channels.errors import Transient
from channels.message import Message
from channels.twilio import client, polling
from channels.twilio.adapter import TwilioChannel
from simulator.faults import DROP_BEFORE_COMMIT, Refuse, TooMany
from simulator.twilio import Medium, TwilioDouble
from tests.channels.contract import Committed, killed_after_each_batch
from tests.channels.twilio.world import CITIZEN, channel
from tests.channels.world import NOW
from tests.doubles import ManualClock

HOUR = timedelta(hours=1)


class Desk(Committed):
    """Commits as ingest does, at the clock's time."""

    def __init__(self, spool: Path, clock: ManualClock) -> None:
        super().__init__(spool)
        self.clock = clock

    def state(self) -> ChannelState:
        return ChannelState(cursors=dict(self.cursors), spool=self.spool, now=self.clock())

    def news(self, channel: TwilioChannel) -> list[str]:
        """The texts that one more look brings, in order."""
        texts = []
        for batch in channel.poll(self.state()):
            self.commit(batch)
            texts += [_text(channel, batch, n) for n in range(len(batch.deliveries))]
        return texts


def _text(channel: TwilioChannel, batch: Batch, n: int) -> str:
    (event,) = channel.parse(batch.deliveries[n])
    assert isinstance(event, Message)
    return event.text


@pytest.fixture
def desk(tmp_path: Path, clock: ManualClock) -> Desk:
    return Desk(tmp_path, clock)


@pytest.mark.parametrize("dates", ["second", "day"])
@pytest.mark.parametrize("hour", [0, 6, 23])
def test_every_message_is_found_once_over_days_of_looking(
    twilio: TwilioDouble,
    living: TwilioChannel,
    desk: Desk,
    clock: ManualClock,
    dates: Literal["second", "day"],
    hour: int,
) -> None:
    twilio.manner.dates = dates
    clock.now = NOW.replace(hour=hour, minute=59)
    citizen = twilio.citizen(CITIZEN)
    found = []
    for look in range(30):
        citizen.says(f"pesan {look}")
        found += desk.news(living)
        clock.now += timedelta(hours=1, minutes=47)

    assert found == [f"pesan {look}" for look in range(30)]


@pytest.mark.parametrize("dates", ["second", "day"])
def test_what_shows_up_a_day_late_is_found(
    twilio: TwilioDouble,
    living: TwilioChannel,
    desk: Desk,
    clock: ManualClock,
    dates: Literal["second", "day"],
) -> None:
    twilio.manner.dates = dates
    citizen = twilio.citizen(CITIZEN)
    late = citizen.says("tersangkut", listed=False)
    for _ in range(23):
        citizen.says("tepat waktu")
        assert desk.news(living) == ["tepat waktu"]
        clock.now += HOUR
    twilio.show(late)

    assert desk.news(living) == ["tersangkut"]
    assert desk.news(living) == []


def test_the_filter_is_in_utc_whatever_zone_now_is_told_in(
    twilio: TwilioDouble, living: TwilioChannel, tmp_path: Path
) -> None:
    jayapura = datetime.fromisoformat("2026-11-02T05:00:00+09:00")  # 1 November in UTC
    cursor = {"whatsapp": json.dumps({"at": jayapura.isoformat(), "known": []})}

    list(living.poll(ChannelState(cursors=cursor, spool=tmp_path, now=jayapura)))

    asked = twilio.journal.entries(method="messages.list")[0].params
    assert asked["DateSent>"] == "2026-10-31T00:00:00Z"
    assert asked["To"] == "whatsapp:+62811000110"


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
    monkeypatch.setattr(client, "PAGE_SIZE", 7)
    monkeypatch.setattr(polling, "BATCH", 10)
    citizen = twilio.citizen(CITIZEN)
    for n in range(45):
        citizen.says(f"pesan {n}", at=NOW - timedelta(minutes=45 - n))

    batches = list(living.poll(desk.state()))
    for batch in batches:
        desk.commit(batch)

    sizes = [len(batch.deliveries) for batch in batches if batch.stream == "whatsapp"]
    texts = [_text(living, batch, n) for batch in batches for n in range(len(batch.deliveries))]
    assert sizes == [10, 10, 10, 10, 5]
    assert texts == [f"pesan {n}" for n in range(45)]
    assert desk.news(living) == []


def test_what_comes_in_while_the_pages_are_turned_is_found_next_time(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", 2)
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
    monkeypatch.setattr(client, "PAGE_SIZE", 2)
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


def test_an_idle_account_writes_no_cursor_for_an_hour(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk, clock: ManualClock
) -> None:
    twilio.citizen(CITIZEN).says("Halo")
    assert desk.news(living) == ["Halo"]
    for _ in range(50):
        clock.forward(60)
        assert list(living.poll(desk.state())) == []
    clock.forward(3600)

    rested = list(living.poll(desk.state()))

    assert [batch.deliveries for batch in rested] == [(), ()]


def test_a_clock_that_was_a_month_ahead_hides_nothing(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk, clock: ManualClock
) -> None:
    clock.now = NOW + timedelta(days=30)
    desk.news(living)
    clock.now = NOW
    twilio.citizen(CITIZEN).says("Halo")

    assert desk.news(living) == ["Halo"]
    assert desk.news(living) == []


def test_the_cursor_stays_small(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "_KNOWN_MOST", 5)
    for n in range(8):
        twilio.citizen(CITIZEN).says(f"pesan {n}", at=NOW - timedelta(minutes=8 - n))
    desk.news(living)

    assert len(desk.cursors["whatsapp"]) < 200
    assert desk.news(living) == ["pesan 0", "pesan 1", "pesan 2"]  # again: their keys are known


def test_a_broken_cursor_is_none(twilio: TwilioDouble, living: TwilioChannel, desk: Desk) -> None:
    twilio.citizen(CITIZEN).says("Halo")
    for broken in ("x", "[]", '{"at": 5, "known": 1}', '{"at": "kemarin", "known": []}'):
        desk.cursors = {"whatsapp": broken, "sms": broken}
        assert desk.news(living) == ["Halo"]


def test_after_an_outage_of_weeks_all_of_it_is_found(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk, clock: ManualClock
) -> None:
    desk.news(living)
    for day in range(60):
        twilio.citizen(CITIZEN).says(f"hari {day}", at=NOW + timedelta(days=day))
    clock.now = NOW + timedelta(days=60)

    assert desk.news(living) == [f"hari {day}" for day in range(60)]


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
