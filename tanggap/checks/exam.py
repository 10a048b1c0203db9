"""What every check is given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from channels.base import Finding
from pipeline.ports import Context, Office
from store.engine import Store
from tanggap.settings import Settings


@dataclass(frozen=True, slots=True)
class Exam:
    """One run of the doctor."""

    settings: Settings
    ctx: Context
    now: datetime

    @property
    def store(self) -> Store:
        """The database."""
        return self.ctx.store

    @property
    def offices(self) -> list[Office]:
        """Every facility that is configured."""
        return list(self.ctx.offices.values())


Check = Callable[[Exam], Iterator[Finding]]
"""Yields what it found, well or not; a check that raises becomes a finding itself."""


def local(office: Office, moment: datetime) -> str:
    """A moment on the facility's own clock, as `24/11 09.00`."""
    return f"{moment.astimezone(ZoneInfo(office.zone)):%d/%m %H.%M}"
