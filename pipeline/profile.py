"""Profiles: what one procedure promises, as data. Where procedures disagree there is no `if`.

One file a procedure in `profiles/`, each value beside the clause it rests on.
"""

import tomllib
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from pipeline.calendar import Calendar, Mode, find_zone, week
from pipeline.errors import UserError
from pipeline.overrides import load_overrides

CLOCKS = ("alert", "first-response", "feedback", "escalation", "box")
"""The clocks every profile answers for, if only with "this procedure sets none"."""
Unit = Literal["hours", "days", "months"]
Approval = Literal["coordinator", "coordinator+head"]

_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How long something may take. A day is 24 hours; a month is the same day a month on."""

    amount: int
    unit: Unit
    mode: Mode

    def __post_init__(self) -> None:
        if self.amount < 1 or self.unit not in get_args(Unit) or self.mode not in get_args(Mode):
            raise ValueError(f"not a clock: {self.amount} {self.unit} {self.mode}")
        if self.unit == "months" and self.mode != "calendar":
            raise ValueError("months count on the calendar only")

    def due(self, start: datetime, calendar: Calendar) -> datetime:
        """When a clock that starts at `start` (aware) runs out, in the calendar's zone."""
        if self.unit == "months":
            return _months_on(start.astimezone(calendar.zone), self.amount)
        elapsed = timedelta(**{self.unit: self.amount})
        return calendar.add(start, elapsed, self.mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one written procedure says about time, approval and money."""

    slug: str
    title: str
    document: str | None
    """The procedure's number, None where the page bears none."""
    document_title: str
    approval: Approval
    """Whose taps an answer needs before it leaves."""
    zone: str
    workdays: str
    """`mon-fri` or `mon-sat`."""
    free_of_charge: bool
    """Whether the procedure itself says that complaining costs nothing."""
    clocks: Mapping[str, Clock | None]
    """Every name of CLOCKS, None where the procedure sets none, then the procedure's own ones:
    `feedback-alt` is the other reading of an unclear text."""

    def calendar(
        self, *, zone: str | None = None, workdays: str | None = None, overrides: Path | None = None
    ) -> Calendar:
        """The working-day calendar; the facility's settings win over the profile.

        Raises UserError for an unknown zone or week and for a broken override file.
        """
        return Calendar(
            zone=find_zone(zone or self.zone),
            workdays=week(workdays or self.workdays),
            overrides=load_overrides(overrides) if overrides else {},
        )

    def clock(self, name: str) -> Clock:
        """The clock called `name`. Raises UserError if it is unknown or the profile sets none."""
        if name not in self.clocks:
            known = ", ".join(self.clocks)
            raise UserError(f"Tenggat “{name}” tidak dikenal; yang ada di {self.slug}: {known}.")
        if clock := self.clocks[name]:
            return clock
        known = ", ".join(key for key, value in self.clocks.items() if value) or "tidak ada"
        raise UserError(
            f"Profil “{self.slug}” ({self.title}) tidak menetapkan tenggat “{name}”. "
            f"Tenggat yang ditetapkan: {known}."
        )


def names() -> tuple[str, ...]:
    """The slugs of the profiles there are, in alphabetical order."""
    return tuple(sorted(_files()))


@cache
def load(slug: str) -> Profile:
    """The profile called `slug`. Raises UserError, listing the valid ones, for any other name."""
    try:
        file = _files()[slug]
    except KeyError:
        known = ", ".join(names())
        raise UserError(f"Profil “{slug}” tidak dikenal; pilih salah satu: {known}.") from None
    document: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    written = {name: Clock(**clock) for name, clock in document.pop("clocks").items()}
    clocks = dict.fromkeys(CLOCKS) | written
    document.setdefault("document", None)
    return Profile(slug=slug, clocks=MappingProxyType(clocks), **document)


def deadline(
    start: str,
    clock: str,
    profile: str,
    *,
    workdays: str | None = None,
    overrides: Path | None = None,
    zone: str | None = None,
) -> datetime:
    """When `clock` of `profile`, started at `start`, runs out: aware, cut to the minute.

    `start` is ISO; a naive one is in `zone`, by default the profile's. Print the result with
    `isoformat(timespec="minutes")`. Raises UserError for whatever cannot be understood.
    """
    rules = load(profile)
    running = rules.clock(clock)
    calendar = rules.calendar(zone=zone, workdays=workdays, overrides=overrides)
    due = running.due(_moment(start, calendar), calendar)
    return due.replace(second=0, microsecond=0)  # down: never promise later than is true


def _moment(text: str, calendar: Calendar) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UserError(
            f"Waktu mulai “{text}” tidak dapat dibaca; tulis seperti 2026-11-20T15:00 "
            "atau 2026-11-20T15:00+07:00."
        ) from None
    if moment.year not in _YEARS:
        raise UserError(f"Waktu mulai “{text}”: tahun harus antara {_YEARS[0]} dan {_YEARS[-1]}.")
    return moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)


def _months_on(start: datetime, months: int) -> datetime:
    """The same day and hour `months` later, or the month's last day where it is shorter."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def _files() -> Mapping[str, Traversable]:
    files = resources.files("pipeline").joinpath("profiles").iterdir()
    return {file.name[:-5]: file for file in files if file.name.endswith(".toml")}
