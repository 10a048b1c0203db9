"""The working-day clock: examples anyone can check, and properties checked against brute force."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.calendar import (
    WEEKS,
    Calendar,
    Mode,
    Override,
    find_zone,
    format_day,
    format_due,
    national_holidays,
    week,
)
from pipeline.errors import UserError

WIB, WITA, WIT = (ZoneInfo(f"Asia/{city}") for city in ("Jakarta", "Makassar", "Jayapura"))
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MONDAY = date(2026, 11, 23)


def no_holidays(_year: int) -> Mapping[date, str]:
    return {}


def plain(**changes: object) -> Calendar:
    return Calendar(**({"zone": WIB, "holidays": no_holidays} | changes))  # type: ignore[arg-type]


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-23T09:12", 24, "2026-11-24T09:12"),
        ("2026-11-20T15:00", 24, "2026-11-23T15:00"),  # Friday → Monday
        ("2026-11-20T15:00", 72, "2026-11-25T15:00"),
        ("2026-11-21T10:00", 24, "2026-11-24T00:00"),  # Saturday: all of Monday
        ("2026-11-21T00:00", 24, "2026-11-24T00:00"),  # Friday's 24:00 is no working time
        ("2026-11-22T23:59", 1, "2026-11-23T01:00"),
        ("2026-11-20T00:00", 24, "2026-11-21T00:00"),  # Friday 24:00, not Monday
        ("2026-11-20T00:01", 24, "2026-11-23T00:01"),
        ("2026-12-23T12:00", 24, "2026-12-28T12:00"),  # 24 cuti bersama, 25 Christmas, weekend
        ("2026-03-17T12:00", 24, "2026-03-25T12:00"),  # Nyepi and Idul Fitri, 18 to 24 March
    ],
)
def test_working_hours_skip_days_off(start: str, hours: int, due: str) -> None:
    calendar = Calendar(zone=WIB)
    assert calendar.add(wib(start), hours * HOUR, "working") == wib(due)


def test_calendar_hours_skip_nothing() -> None:
    due = Calendar(zone=WIB).add(wib("2026-12-24T15:00"), 24 * HOUR, "calendar")
    assert due == wib("2026-12-25T15:00")


def test_a_six_day_week_counts_saturday() -> None:
    six = plain(workdays=WEEKS["mon-sat"])
    assert six.add(wib("2026-11-20T15:00"), DAY, "working") == wib("2026-11-21T15:00")
    assert six.add(wib("2026-11-21T15:00"), DAY, "working") == wib("2026-11-23T15:00")


@pytest.mark.parametrize(("zone", "hour"), [(WIB, 15), (WITA, 16), (WIT, 17)])
def test_the_facility_s_zone_decides_which_day_it_is(zone: ZoneInfo, hour: int) -> None:
    friday = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    due = plain(zone=zone).add(friday, DAY, "working")
    assert due.isoformat() == datetime(2026, 11, 23, hour, tzinfo=zone).isoformat()


def test_one_instant_is_friday_in_the_west_and_saturday_in_the_east() -> None:
    instant = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # 23.30 WIB, 01.30 WIT
    assert plain().add(instant, HOUR, "working") == wib("2026-11-23T00:30")
    east = plain(zone=WIT).add(instant, HOUR, "working")
    assert east == datetime(2026, 11, 23, 1, 0, tzinfo=WIT)


def test_a_day_is_as_long_as_its_zone_makes_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    every_day = plain(zone=berlin, workdays=frozenset(range(7)))
    start = datetime(2026, 10, 24, 12, 0, tzinfo=berlin)
    assert every_day.add(start, DAY, "working") == start.astimezone(UTC) + DAY


def test_overrides_beat_the_list_and_the_weekend() -> None:
    calendar = Calendar(
        zone=WIB,
        overrides={
            date(2026, 12, 24): Override(off=False, name="Masuk"),
            date(2026, 11, 28): Override(off=False, name="Pengganti"),
            date(2026, 11, 24): Override(off=True, name="Pilkada"),
        },
    )
    assert calendar.day_off(date(2026, 12, 24)) is None
    assert calendar.day_off(date(2026, 11, 28)) is None
    assert calendar.day_off(date(2026, 11, 24)) == "Pilkada"
    assert calendar.day_off(date(2026, 11, 29)) == "Minggu"
    assert calendar.day_off(date(2026, 12, 25)) == "Hari Raya Natal"
    assert calendar.add(wib("2026-12-23T12:00"), DAY, "working") == wib("2026-12-24T12:00")


def test_cuti_bersama_is_a_day_off() -> None:
    assert date(2026, 3, 20) in national_holidays(2026)
    assert date(2026, 3, 20) not in national_holidays(2025)


def test_many_threads_see_the_whole_year() -> None:
    national_holidays.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        sizes = set(pool.map(lambda _: len(national_holidays(2027)), range(64)))
    assert len(sizes) == 1
    assert sizes.pop() > 15


def test_what_a_caller_must_not_do() -> None:
    with pytest.raises(ValueError, match="aware"):
        plain().add(datetime(2026, 11, 20), DAY, "working")  # noqa: DTZ001
    with pytest.raises(ValueError, match="positive"):
        plain().add(wib("2026-11-20"), timedelta(0), "calendar")
    with pytest.raises(ValueError, match="working day"):
        plain(workdays=frozenset())
    with pytest.raises(ValueError, match="aware"):
        format_due(datetime(2026, 11, 20), WIB)  # noqa: DTZ001


zones = st.sampled_from([WIB, WITA, WIT])
weeks = st.sampled_from(list(WEEKS.values()))
modes: st.SearchStrategy[Mode] = st.sampled_from(["working", "calendar"])
days = st.dates(MONDAY - 3 * DAY, MONDAY + 25 * DAY)
instants = st.datetimes(
    datetime(2026, 11, 20),  # noqa: DTZ001
    datetime(2026, 12, 10),  # noqa: DTZ001
    timezones=st.just(UTC),
)
spans = st.timedeltas(MINUTE, timedelta(days=6))
changes = st.dictionaries(days, st.builds(Override, off=st.booleans(), name=st.just("Uji")))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    return plain(zone=draw(zones), workdays=draw(weeks), overrides=draw(changes))


@given(calendars(), instants, spans, modes, days)
def test_another_holiday_never_makes_a_deadline_earlier(
    calendar: Calendar, start: datetime, span: timedelta, mode: Mode, day: date
) -> None:
    more = plain(
        zone=calendar.zone,
        workdays=calendar.workdays,
        overrides={**calendar.overrides, day: Override(off=True, name="Libur")},
    )
    assert more.add(start, span, mode) >= calendar.add(start, span, mode)


@given(calendars(), instants, instants, spans, modes)
def test_a_later_start_never_gives_an_earlier_deadline(
    calendar: Calendar, one: datetime, other: datetime, span: timedelta, mode: Mode
) -> None:
    first, second = sorted([one, other])
    assert calendar.add(first, span, mode) <= calendar.add(second, span, mode)


@given(calendars(), instants, spans, spans)
def test_spans_add_up(
    calendar: Calendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    halfway = calendar.add(start, one, "working")
    assert calendar.add(halfway, other, "working") == calendar.add(start, one + other, "working")


@given(calendars(), instants, spans)
def test_a_deadline_lies_in_working_time_and_in_the_facility_s_zone(
    calendar: Calendar, start: datetime, span: timedelta
) -> None:
    due = calendar.add(start, span, "working")
    assert due.tzinfo is calendar.zone
    assert due >= start + span
    day = due.date() - DAY if due.time() == time(0) else due.date()
    assert calendar.day_off(day) is None


@settings(max_examples=40, deadline=None)
@given(calendars(), instants, st.integers(1, 4 * 24 * 60))
def test_it_agrees_with_counting_minute_by_minute(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    start = start.replace(second=0, microsecond=0)
    now, left = start, minutes
    off: dict[date, bool] = {}
    while left:
        day = now.astimezone(calendar.zone).date()
        if day not in off:
            off[day] = calendar.day_off(day) is not None
        left -= not off[day]
        now += MINUTE
    assert calendar.add(start, minutes * MINUTE, "working") == now


@pytest.mark.parametrize(
    ("due", "indonesian", "english", "day"),
    [
        ("2026-11-25T09:12", "Rab 25/11 09.12", "Wed 25/11 09:12", "Rabu, 25 November 2026"),
        ("2026-11-24T00:00", "Sen 23/11 24.00", "Mon 23/11 24:00", "Senin, 23 November 2026"),
        ("2026-11-24T00:00:59", "Sen 23/11 24.00", "Mon 23/11 24:00", "Senin, 23 November 2026"),
        ("2026-11-24T00:01", "Sel 24/11 00.01", "Tue 24/11 00:01", "Selasa, 24 November 2026"),
        ("2027-01-01T00:00", "Kam 31/12 24.00", "Thu 31/12 24:00", "Kamis, 31 Desember 2026"),
        ("2026-11-27T23:59:59", "Jum 27/11 23.59", "Fri 27/11 23:59", "Jumat, 27 November 2026"),
    ],
)
def test_how_a_deadline_is_written(due: str, indonesian: str, english: str, day: str) -> None:
    assert format_due(wib(due), WIB) == indonesian
    assert format_due(wib(due).astimezone(UTC), WIB, "en") == english
    assert format_day(wib(due), WIB) == day


def test_the_written_day_in_english() -> None:
    assert format_day(wib("2026-11-27T15:00"), WIB, "en") == "Friday, 27 November 2026"


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=zones))  # noqa: DTZ001
def test_the_written_day_is_the_one_in_which_the_last_minute_lies(due: datetime) -> None:
    zone = due.tzinfo
    assert isinstance(zone, ZoneInfo)
    last = due.replace(second=0, microsecond=0) - MINUTE
    assert f" {last.day} " in format_day(due, zone)
    assert f" {last:%d/%m} " in format_due(due, zone)


def test_a_wrong_week_or_zone_says_what_is_right() -> None:
    assert week("mon-sat") == frozenset(range(6))
    with pytest.raises(UserError, match="mon-fri atau mon-sat"):
        week("senin-jumat")
    assert find_zone("Asia/Jayapura") == WIT
    for wrong in ("WIB", "Asia", "../Asia/Jakarta", "Asia/Jakarta\0", ""):
        with pytest.raises(UserError, match="Asia/Jakarta"):
            find_zone(wrong)
