"""The working-day clock: which days count, when a deadline falls, how it is written.

A clock that "counts on working days only" lets 24 hours pass on every working day and none on a
day off (docs/adr/0002-working-hours.md). Everything here is pure: no clock is read.
"""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.errors import UserError

Mode = Literal["working", "calendar"]
"""`working`: hours pass on working days only. `calendar`: they always pass."""
Lang = Literal["id", "en"]

WEEKS: Mapping[str, frozenset[int]] = MappingProxyType(
    {"mon-fri": frozenset(range(5)), "mon-sat": frozenset(range(6))}
)
"""The two weeks a Puskesmas keeps, as `date.weekday()` numbers."""

DAYS: Mapping[Lang, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
        "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    }
)
MONTHS: Mapping[Lang, tuple[str, ...]] = MappingProxyType(
    {
        "id": (
            *("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus"),
            *("September", "Oktober", "November", "Desember"),
        ),
        "en": (
            *("January", "February", "March", "April", "May", "June", "July", "August"),
            *("September", "October", "November", "December"),
        ),
    }
)

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What the local file says about one day; it beats the national list and the weekend."""

    off: bool
    name: str


@lru_cache(maxsize=16)
def national_holidays(year: int) -> Mapping[date, str]:
    """Indonesia's public holidays and cuti bersama of one year, with their Indonesian names.

    A fresh object a year: the package's own lazy expansion marks a year as known before it has
    filled it in, and several threads ask here.
    """
    days = _indonesia()(years=year, categories=("public", "government"), language="id")
    return MappingProxyType(dict(days))


def _indonesia() -> Any:
    """The package's class for Indonesia. Imported late, for it costs 0.2 s at start.

    Its front door imports all two hundred and fifty countries, 8 MB on a small machine; where
    the file of ours is not where it was, that is what we take.
    """
    import holidays

    file = Path(holidays.__file__).parent / "countries" / "indonesia.py"
    spec = importlib.util.spec_from_file_location("holidays_of_indonesia", file)
    if spec is None or spec.loader is None or not file.exists():
        return partial(holidays.country_holidays, "ID")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Indonesia


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """One facility's working days, in its own zone."""

    zone: ZoneInfo
    workdays: frozenset[int] = WEEKS["mon-fri"]
    holidays: Callable[[int], Mapping[date, str]] = national_holidays
    """Days off of a year and their names."""
    overrides: Mapping[date, Override] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.workdays:
            raise ValueError("a week without a working day never reaches a deadline")

    def day_off(self, day: date) -> str | None:
        """Why nobody works on `day` (a holiday's or a weekday's Indonesian name), or None."""
        if override := self.overrides.get(day):
            return override.name if override.off else None
        if name := self.holidays(day.year).get(day):
            return name
        return None if day.weekday() in self.workdays else DAYS["id"][day.weekday()]

    def add(self, start: datetime, elapsed: timedelta, mode: Mode) -> datetime:
        """The moment `elapsed` (more than nothing) after `start`, in the facility's zone.

        In mode `working` a start on a day off counts from the next working day's midnight, and
        what ends with a working day ends at its 24:00, which is the next day's 00:00 even where
        that day is off: the earliest moment at which the time has passed.
        """
        if start.tzinfo is None:
            raise ValueError("start must be aware")
        if elapsed <= timedelta(0):
            raise ValueError("elapsed must be positive")
        now = start.astimezone(UTC)
        if mode == "calendar":
            return (now + elapsed).astimezone(self.zone)
        day, left = start.astimezone(self.zone).date(), elapsed
        while True:  # ends: weeks have working days, and holidays and overrides are finite
            midnight = self._midnight(day + _ONE_DAY)
            if self.day_off(day) is None:
                if now + left <= midnight:
                    return (now + left).astimezone(self.zone)
                left -= midnight - now
            now, day = midnight, day + _ONE_DAY

    def _midnight(self, day: date) -> datetime:
        """Local 00:00 of `day` in UTC, so that a day is as long as its zone makes it."""
        return datetime.combine(day, time(0), self.zone).astimezone(UTC)


def week(name: str) -> frozenset[int]:
    """The weekdays of `mon-fri` or `mon-sat`. Raises UserError for anything else."""
    try:
        return WEEKS[name]
    except KeyError:
        known = " atau ".join(WEEKS)
        raise UserError(f"Hari kerja “{name}” tidak dikenal; pakai {known}.") from None


def find_zone(name: str) -> ZoneInfo:
    """The time zone called `name`. Raises UserError for one that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(
            f"Zona waktu “{name}” tidak dikenal; pakai Asia/Jakarta (WIB), Asia/Makassar (WITA) "
            "atau Asia/Jayapura (WIT)."
        ) from None


def format_due(due: datetime, zone: ZoneInfo, lang: Lang = "id") -> str:
    """`Rab 25/11 09.12`, in English `Wed 25/11 09:12`; midnight as `Sen 23/11 24.00`."""
    day, clock = _last_day(due, zone)
    hour = clock if lang == "en" else clock.replace(":", ".")
    return f"{DAYS[lang][day.weekday()][:3]} {day:%d/%m} {hour}"


def format_day(due: datetime, zone: ZoneInfo, lang: Lang = "id") -> str:
    """The day a deadline belongs to: `Jumat, 27 November 2026`; midnight ends the day before."""
    day, _ = _last_day(due, zone)
    return f"{DAYS[lang][day.weekday()]}, {day.day} {MONTHS[lang][day.month - 1]} {day.year}"


def _last_day(due: datetime, zone: ZoneInfo) -> tuple[date, str]:
    """The last day on which `due` has not passed, and its clock, cut to the minute."""
    if due.tzinfo is None:
        raise ValueError("due must be aware")
    local = due.astimezone(zone)
    if (local.hour, local.minute) == (0, 0):
        return local.date() - _ONE_DAY, "24:00"
    return local.date(), f"{local:%H:%M}"
