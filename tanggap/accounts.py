"""The accounts at the gateways, `[[email]]` and its neighbours: what all have, and their keys."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, SecretStr, field_validator, model_validator

from tanggap.section import HttpUrl, Section, host_of

TlsMode = Literal["implicit", "starttls", "none"]
_HTTP = re.compile(r"https?://")


def _phone(value: str) -> str:
    """Spaces and dashes are how people write a number down."""
    bare = re.sub(r"[\s-]", "", value)
    if value and not re.fullmatch(r"\+[1-9]\d{6,14}", bare):
        raise ValueError(
            'harus nomor internasional, misalnya "+6281200001111" (+62 mengganti angka 0 di depan)'
        )
    return bare


Phone = Annotated[str, AfterValidator(_phone)]
"""E.164, such as +6281200001111; empty: none."""


class Account(Section):
    """One account; its section's name is the channel's in `channels.registry`."""

    kind: ClassVar[str]
    """The section's name."""
    name: str
    facility: str = ""
    """Slug or name; needed only when there are several."""
    since: datetime | date | None = None
    """What arrived before is recorded and not alerted. None: the first start."""

    def since_utc(self, zone: ZoneInfo) -> datetime | None:
        """The border between history and news; a day begins at its midnight in `zone`."""
        moment = self.since
        if moment is None:
            return None
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(0), zone)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)

    @property
    @abstractmethod
    def own_address(self) -> str:
        """Where citizens write to."""

    @property
    def hosts(self) -> Sequence[str]:
        """The machines that it talks to."""
        return ()

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """What may stand in no log."""
        return ()


class Email(Account):
    """One `[[email]]`: the field names are those of `channels.email.config.EmailConfig`."""

    kind = "email"
    name: str = "email"
    address: str = ""
    host: str
    port: int = 993
    tls: TlsMode = "implicit"
    user: str
    password: SecretStr
    folders: tuple[str, ...] = ()
    sent_folder: str = ""
    smtp_host: str = ""
    smtp_port: int = 465
    smtp_tls: TlsMode = "implicit"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    authserv_ids: tuple[str, ...] = ()
    file_sent: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _usual_ports(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        usual = {
            "port": {"starttls": 143, "none": 143}.get(values.get("tls", ""), 993),
            "smtp_port": {"starttls": 587, "none": 25}.get(values.get("smtp_tls", ""), 465),
        }
        return usual | values

    @property
    def own_address(self) -> str:
        """The mailbox's address."""
        return self.address or self.user

    @property
    def hosts(self) -> Sequence[str]:
        """IMAP and SMTP."""
        return (self.host, self.smtp_host or self.host)

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """Both passwords."""
        return (self.password, self.smtp_password)


class Twilio(Account):
    """One `[[twilio]]`: the field names are those of `channels.twilio.config.TwilioConfig`."""

    kind = "twilio"
    name: str = "twilio"
    account_sid: str
    auth_token: SecretStr
    whatsapp: Phone = ""
    """Our number on WhatsApp."""
    sms: Phone = ""
    """Our number for SMS."""
    base_url: HttpUrl = "https://api.twilio.com"
    content_url: str = ""
    """Where templates are asked about; empty: as `base_url` says."""
    template: str = ""
    """Content sid of the template that tells a citizen that an answer waits."""
    webhook_url: str = ""
    """The public address that Twilio calls, exactly as it stands in its console."""

    @field_validator("account_sid", "template")
    @classmethod
    def _sid(cls, value: str, info: Any) -> str:
        begin = "AC" if info.field_name == "account_sid" else "HX"
        if value and not re.fullmatch(f"{begin}[0-9A-Za-z]+", value):
            raise ValueError(f"harus kode yang diawali {begin}, disalin dari konsol Twilio")
        return value

    @field_validator("content_url", "webhook_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not (_HTTP.match(value) and host_of(value)):
            raise ValueError("harus alamat http:// atau https://")
        return value

    @model_validator(mode="after")
    def _some_number(self) -> Self:
        if not (self.whatsapp or self.sms):
            raise ValueError('belum ada nomor; tambahkan whatsapp = "+62…" atau sms = "+…"')
        return self

    @property
    def own_address(self) -> str:
        """WhatsApp's number before the other."""
        return self.whatsapp or self.sms

    @property
    def hosts(self) -> Sequence[str]:
        """The API, and where templates are asked about."""
        return (host_of(self.base_url), host_of(self.content_url or self.base_url))

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """The token."""
        return (self.auth_token,)


class Android(Account):
    """One `[[android]]`: the field names are those of `channels.android.config.AndroidConfig`."""

    kind = "android"
    name: str = "android"
    base_url: HttpUrl
    """The phone's address in the local network, as its app shows it."""
    user: str
    password: SecretStr
    number: Phone = ""
    """The SIM's number."""

    @property
    def own_address(self) -> str:
        """The SIM's number."""
        return self.number

    @property
    def hosts(self) -> Sequence[str]:
        """The phone."""
        return (host_of(self.base_url),)

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """The app's password."""
        return (self.password,)


class Gammu(Account):
    """One `[[gammu]]`: the field names are those of `channels.gammu.config.GammuConfig`."""

    kind = "gammu"
    name: str = "gammu"
    spool: Path
    """The folder that holds gammu-smsd's inbox, outbox, sent and error."""
    number: Phone = ""
    """The SIM's number."""

    @property
    def own_address(self) -> str:
        """The SIM's number."""
        return self.number
