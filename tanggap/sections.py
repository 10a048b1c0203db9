"""The sections of the configuration, key by key; those of the accounts: `tanggap.accounts`."""

import re
import unicodedata
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import SecretStr, field_validator, model_validator

from channels.email.compose import valid_address
from pipeline.calendar import find_zone, week
from pipeline.errors import UserError
from pipeline.profile import Approval, Profile
from pipeline.profile import load as load_profile
from tanggap.section import HttpUrl, Listen, Section, listen_address


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "puskesmas"


class Facility(Section):
    """`[facility]`, or one of several `[[facility]]`."""

    name: str = "Puskesmas"
    slug: str = ""
    """Stays when the name changes; made from the name when it is not written."""
    profile: str = "permenpanrb-62-2018"
    zone: str = ""
    """Empty: the profile's."""
    workdays: str = ""
    """`mon-fri` or `mon-sat`; empty: the profile's."""
    holidays: Path | None = None
    """The local holiday file."""
    emergency: str = "119"
    """The number that a citizen in danger is told to call; tested by a call."""
    phones: tuple[str, ...] = ()
    """Its own telephone numbers: the ones that may stand in an answer."""
    group: int | None = None
    """Its team's group; with one facility `[telegram] group` says the same."""

    @property
    def key(self) -> str:
        """The slug that is in force."""
        return self.slug or _slug(self.name)

    @property
    def rules(self) -> Profile:
        """The profile's content."""
        return load_profile(self.profile)

    @property
    def time_zone(self) -> ZoneInfo:
        """The zone that is in force."""
        return find_zone(self.zone or self.rules.zone)

    @field_validator("profile", "zone", "workdays")
    @classmethod
    def _known(cls, value: str, info: Any) -> str:
        checks: dict[str, Any] = {"profile": load_profile, "zone": find_zone, "workdays": week}
        if value or info.field_name == "profile":
            try:
                checks[info.field_name](value)
            except UserError as error:
                raise ValueError(str(error)) from None
        return value


class Telegram(Section):
    """`[telegram]`: the team's chat; off while there is no token."""

    base_url: HttpUrl = "https://api.telegram.org"
    token: SecretStr = SecretStr("")
    group: int | None = None

    @property
    def root(self) -> str:
        """The base URL without `/bot` at its end and without a slash."""
        return self.base_url.removesuffix("/bot").rstrip("/")


class Fallback(Section):
    """`[fallback]`, or one of several `[[fallback]]`: alerts by mail while the chat is down."""

    facility: str = ""
    """Slug or name; needed only when there are several."""
    email: tuple[str, ...] = ()
    """Who is written to; nobody: alerts wait for the chat."""
    after_minutes: float = 30.0
    account: str = ""
    """Name of the account that sends; empty: the first that names its smtp_host, or the first."""

    @field_validator("email")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(valid_address, value)):
            raise ValueError('harus daftar alamat email, misalnya ["kepala@puskesmas.example"]')
        return value

    @field_validator("after_minutes")
    @classmethod
    def _later(cls, value: float) -> float:
        if not 0 < value <= _DAY_MINUTES:
            raise ValueError(f"harus lebih dari 0 dan paling banyak {_DAY_MINUTES} menit")
        return value


class Webhook(Section):
    """`[webhook]`: where providers' calls come in, through whatever stands before it; off by
    default.
    """

    listen: Listen = ""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `listen`."""
        return listen_address(self.listen)


class Queue(Section):
    """`[queue]`."""

    redis_url: SecretStr = SecretStr("")


class Database(Section):
    """`[database]`: SQLite in the data folder while there is no URL."""

    url: SecretStr = SecretStr("")


_FEWEST = 10
_DAY_MINUTES = 1440


class Desk(Section):
    """`[desk]`: the fields of `pipeline.ports.DeskSettings`, and who approves."""

    undo_seconds: float = 120.0
    poll_seconds: float = 30.0
    card_seconds: float = 3.0
    group_per_minute: int = 20
    """What the chat's provider takes in one group, redrawn cards included."""
    lease_seconds: float = 30.0
    retry_seconds: float = 60.0
    quiet: str = "20.00-06.00"
    language: Literal["id", "en"] = "id"
    receipts: bool = True
    """Whether a citizen is told the number of the complaint."""
    receipt_seconds: float = 60.0
    hold_seconds: float = 180.0
    burst_seconds: float = 900.0
    approval: Approval | None = None
    """None: the profile's."""

    @field_validator("quiet")
    @classmethod
    def _hours(cls, value: str) -> str:
        hour = r"([01]\d|2[0-3])\.[0-5]\d"
        if value and not re.fullmatch(f"{hour}-{hour}", value):
            raise ValueError('harus seperti "20.00-06.00", atau "" untuk tanpa jam tenang')
        return value

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.group_per_minute < _FEWEST:
            raise ValueError(f"group_per_minute paling sedikit {_FEWEST}")
        if min(self.poll_seconds, self.lease_seconds) <= 0 or self.undo_seconds < 0:
            raise ValueError("poll_seconds dan lease_seconds harus lebih dari 0, undo_seconds ≥ 0")
        return self
