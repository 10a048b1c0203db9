"""Each look goes a day back: right by day and by second, and for what shows up late."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from channels.base import ChannelState
from channels.twilio import polling
from channels.twilio.adapter import TwilioChannel
from simulator.twilio import TwilioDouble
from tests.channels.twilio.desk import Desk
from tests.channels.twilio.world import CITIZEN
from tests.channels.world import NOW
from tests.doubles import ManualClock

HOUR = timedelta(hours=1)


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


def test_between_whole_looks_a_glance_at_the_newest_does(
    twilio: TwilioDouble, living: TwilioChannel, desk: Desk, clock: ManualClock
) -> None:
    citizen = twilio.citizen(CITIZEN)
    for n in range(100):
        citizen.says(f"lama {n}", at=NOW - timedelta(minutes=100 - n))
    late = citizen.says("tersangkut", at=NOW - HOUR, listed=False)
    assert len(desk.news(living)) == 100
    clock.forward(60)
    for n in range(30):
        citizen.says(f"baru {n}")
    before = len(twilio.journal.entries(method="messages.list"))

    assert desk.news(living) == [f"baru {n}" for n in range(30)]
    asked = twilio.journal.entries(method="messages.list")[before:]
    assert {it.params["PageSize"] for it in asked} == {"20"}
    assert sum(len(it.result) for it in asked) == 60  # three pages of 130 messages

    twilio.show(late)
    assert desk.news(living) == []
    clock.forward(polling.WHOLE.total_seconds())
    assert desk.news(living) == ["tersangkut"]
    assert desk.news(living) == []


def test_a_glance_that_broke_off_loses_nothing(
    twilio: TwilioDouble,
    living: TwilioChannel,
    desk: Desk,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk.news(living)
    clock.forward(60)
    monkeypatch.setattr(polling, "BATCH", 10)
    for n in range(45):
        twilio.citizen(CITIZEN).says(f"pesan {n}")
    first = next(iter(living.poll(desk.state())))
    desk.commit(first)

    assert len(first.deliveries) == 10
    assert desk.news(living) == [f"pesan {n}" for n in range(10, 45)]
    assert desk.news(living) == []
