"""Every SMS once, late ones and colliding ones too, whatever the clocks say."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.android import inbox
from channels.android.adapter import AndroidChannel
from channels.base import Batch, ChannelState
from channels.errors import ChannelError, Permanent, Transient
from channels.message import Message
from simulator.android import AndroidDouble
from simulator.faults import DROP_BEFORE_COMMIT, Refuse
from tests.channels.android import phone
from tests.channels.world import NOW


class Desk:
    """Commits what it polls, at a time of its own."""

    def __init__(self, spool: Path, now: datetime = NOW) -> None:
        self.spool, self.now = spool, now
        self.cursors: dict[str, str] = {}
        self.texts: list[str] = []
        self.keys: set[str] = set()

    def poll(self, channel: AndroidChannel) -> list[Batch]:
        state = ChannelState(cursors=dict(self.cursors), spool=self.spool, now=self.now)
        batches = []
        for batch in channel.poll(state):
            batches.append(batch)
            for delivery in batch.deliveries:
                assert delivery.transport_id not in self.keys
                self.keys.add(delivery.transport_id)
                [event] = channel.parse(delivery)
                assert isinstance(event, Message)
                self.texts.append(event.text)
            assert batch.cursor is not None
            self.cursors[batch.stream] = batch.cursor
        return batches

    @property
    def seen(self) -> int:
        return len(json.loads(self.cursors["inbox"])["seen"])

    @property
    def looked(self) -> datetime | None:
        looked = json.loads(self.cursors["inbox"])["looked"]
        return datetime.fromisoformat(looked) if looked else None


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def double(clock: Clock) -> Iterator[AndroidDouble]:
    with AndroidDouble(clock=clock) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_oldest_first_over_pages_and_batches(
    double: AndroidDouble, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "PAGE", 3)
    monkeypatch.setattr(inbox, "BATCH", 4)
    citizen = double.citizen(phone.CITIZEN)
    for minute in range(10):
        citizen.says(f"Keluhan {minute}", NOW - timedelta(minutes=60 - minute))

    batches = desk.poll(phone.channel(double))

    assert desk.texts == [f"Keluhan {n}" for n in range(10)]
    assert [len(batch.deliveries) for batch in batches] == [4, 4, 2]
    assert desk.looked == NOW


def test_raw_is_the_phone_s_own_words_at_the_network_s_time(
    double: AndroidDouble, tmp_path: Path
) -> None:
    at = NOW - timedelta(hours=1)
    double.citizen(phone.CITIZEN).says("Antrean lama 😀", at)
    channel = phone.channel(double)
    [batch] = channel.poll(ChannelState(spool=tmp_path, now=NOW))
    [delivery] = batch.deliveries

    assert isinstance(delivery.raw, bytes)
    assert json.loads(delivery.raw)["contentPreview"] == "Antrean lama 😀"
    assert delivery.raw.startswith(b"{")
    assert delivery.raw.endswith(b"}")
    assert delivery.received_at == at
    assert delivery.size == len(delivery.raw)


def test_one_that_was_late_is_found_among_older_ones(
    double: AndroidDouble, desk: Desk, clock: Clock
) -> None:
    channel = phone.channel(double)
    citizen = double.citizen(phone.CITIZEN)
    citizen.says("Tepat waktu")
    late = citizen.says("Terlambat", NOW - timedelta(hours=1), listed=False)
    desk.poll(channel)
    clock.now = desk.now = NOW + timedelta(days=2)
    desk.poll(channel)
    double.show(late)

    desk.poll(channel)
    assert desk.texts == ["Tepat waktu", "Terlambat"]


def test_two_messages_under_one_id_are_both_taken(double: AndroidDouble, desk: Desk) -> None:
    channel = phone.channel(double)
    double.citizen(phone.CITIZEN).says("Satu", message_id="text:1")
    desk.poll(channel)
    double.citizen("+6281234500002").says("Dua", message_id="text:1")
    desk.poll(channel)
    assert desk.texts == ["Satu", "Dua"]


def test_a_page_that_fails_moves_nothing(
    double: AndroidDouble, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "PAGE", 2)
    channel = phone.channel(double)
    for number in range(5):
        double.citizen(phone.CITIZEN).says(f"Keluhan {number}")
    double.faults.add(DROP_BEFORE_COMMIT, method="inbox.list", nth=2)

    with pytest.raises(Transient):
        desk.poll(channel)
    assert desk.cursors == {}
    desk.poll(channel)
    assert sorted(desk.texts) == [f"Keluhan {number}" for number in range(5)]


def test_messages_that_come_between_two_pages_hide_none(
    double: AndroidDouble, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "PAGE", 2)
    citizen = double.citizen(phone.CITIZEN)
    for number in range(5):
        citizen.says(f"Keluhan {number}", NOW - timedelta(minutes=5 - number))
    channel = phone.channel(
        double, request_log=lambda *request: citizen.says(f"Baru {request[3]['offset']}")
    )
    desk.poll(channel)
    desk.poll(phone.channel(double))
    assert {f"Keluhan {number}" for number in range(5)} <= set(desk.texts)
    assert {"Baru 0", "Baru 2", "Baru 4"} <= set(desk.texts)
    assert len(desk.texts) == len(set(desk.texts)) == len(double.phone.inbox)


def test_a_look_that_missed_some_does_not_count(
    double: AndroidDouble, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app deletes old messages while it is read: the pages shift the other way."""
    monkeypatch.setattr(inbox, "PAGE", 2)
    citizen = double.citizen(phone.CITIZEN)
    made = [citizen.says(f"Keluhan {n}", NOW - timedelta(minutes=9 - n)) for n in range(5)]

    def hide_the_newest(*request: object) -> None:
        if request[3] == {"limit": 2, "offset": 2}:
            made[4].listed = False

    desk.poll(phone.channel(double, request_log=hide_the_newest))
    assert desk.texts == ["Keluhan 0", "Keluhan 1", "Keluhan 3", "Keluhan 4"]
    made[4].listed = True
    desk.poll(phone.channel(double))
    assert desk.texts[4:] == ["Keluhan 2"]


def test_the_cursor_rests_and_forgets(double: AndroidDouble, desk: Desk, clock: Clock) -> None:
    channel = phone.channel(double)
    double.citizen(phone.CITIZEN).says("Lama", NOW)
    desk.poll(channel)
    assert desk.seen == 1

    clock.now = desk.now = NOW + inbox.REST - timedelta(seconds=1)
    assert desk.poll(channel) == []
    clock.now = desk.now = NOW + inbox.OVERLAP + timedelta(minutes=1)
    [rest] = desk.poll(channel)
    assert rest.deliveries == ()
    assert desk.seen == 0
    assert desk.poll(channel) == []
    assert desk.texts == ["Lama"]


@pytest.mark.parametrize("days", [-2000, 2000])
def test_a_desk_with_a_wrong_clock_misses_nothing(
    double: AndroidDouble, desk: Desk, clock: Clock, days: int
) -> None:
    channel = phone.channel(double)
    citizen = double.citizen(phone.CITIZEN)
    citizen.says("Sebelum")
    desk.poll(channel)
    desk.now = NOW + timedelta(days=days)
    citizen.says("Selama", NOW + timedelta(minutes=1))
    clock.now = NOW + timedelta(minutes=2)
    desk.poll(channel)
    desk.now = NOW + timedelta(minutes=3)
    citizen.says("Sesudah", NOW + timedelta(minutes=2))
    desk.keys.clear()
    desk.poll(channel)
    assert desk.texts[-1] == "Sesudah"
    assert set(desk.texts) == {"Sebelum", "Selama", "Sesudah"}


def test_a_phone_set_back_is_read_from_the_beginning(
    double: AndroidDouble, desk: Desk, clock: Clock
) -> None:
    channel = phone.channel(double)
    clock.now = desk.now = NOW + timedelta(days=30)
    double.citizen(phone.CITIZEN).says("Pertama")
    desk.poll(channel)
    clock.now = NOW
    double.citizen(phone.CITIZEN).says("Kedua")
    desk.poll(channel)
    assert desk.texts == ["Pertama", "Kedua"]


def test_an_old_app_is_named(double: AndroidDouble, desk: Desk) -> None:
    double.old = True
    with pytest.raises(Permanent, match=r"1\.59"):
        desk.poll(phone.channel(double))


def test_a_page_of_something_else_is_no_inbox(double: AndroidDouble, desk: Desk) -> None:
    double.faults.add(Refuse(200, "Login WiFi"), method="inbox.list")
    with pytest.raises(Transient, match="base_url"):
        desk.poll(phone.channel(double))


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_refusals_tell_no_secret(double: AndroidDouble, desk: Desk, status: int) -> None:
    double.faults.add(Refuse(status, phone.CITIZEN), method="inbox.list")
    with pytest.raises(ChannelError) as caught:
        desk.poll(phone.channel(double))
    assert phone.CITIZEN not in f"{caught.value} {caught.value.detail}"
    assert isinstance(caught.value, Transient) == (status >= 500)


def test_requests_are_logged_without_secrets(double: AndroidDouble, desk: Desk) -> None:
    logged: list[tuple[object, ...]] = []
    channel = phone.channel(
        double,
        base_url=double.url.replace("//", "//orang:r4hasia@"),
        request_log=lambda *request: logged.append(request),
    )
    desk.poll(channel)
    assert logged == [("android", "GET", f"{double.url}/inbox", {"limit": 200, "offset": 0})]
    desk.poll(channel)
    since = (NOW - inbox.OVERLAP).astimezone(UTC).isoformat(timespec="milliseconds")
    assert logged[1][3] == {"limit": 200, "offset": 0, "from": since}
