"""What the people who run it decide: one TOML file, and the environment over it.

An empty configuration is valid. Whatever is wrong is said with key, file and fix, in Indonesian
(`UserError`), and no value is ever repeated, since it may be a secret.
"""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, PrivateAttr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from pipeline.errors import UserError
from tanggap import configfile
from tanggap.accounts import Account, Android, Email, Gammu, Twilio
from tanggap.explain import explain
from tanggap.health.section import Health
from tanggap.section import host_of, is_loopback
from tanggap.sections import Database, Desk, Facility, Fallback, Queue, Telegram, Webhook

__all__ = [
    "Account",
    "Android",
    "Database",
    "Desk",
    "Email",
    "Facility",
    "Fallback",
    "Gammu",
    "Health",
    "Queue",
    "Settings",
    "Telegram",
    "Twilio",
    "Webhook",
    "load",
]

RESERVED_ACCOUNTS = ("import", "manual")
"""Accounts the desk itself keeps."""


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Settings(BaseSettings):
    """Everything. Make it with `load`."""

    model_config = SettingsConfigDict(
        env_prefix="TANGGAP_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    facility: Annotated[tuple[Facility, ...], BeforeValidator(_as_list)] = (Facility(),)
    email: Annotated[tuple[Email, ...], BeforeValidator(_as_list)] = ()
    twilio: Annotated[tuple[Twilio, ...], BeforeValidator(_as_list)] = ()
    android: Annotated[tuple[Android, ...], BeforeValidator(_as_list)] = ()
    gammu: Annotated[tuple[Gammu, ...], BeforeValidator(_as_list)] = ()
    telegram: Telegram = Telegram()
    fallback: Annotated[tuple[Fallback, ...], BeforeValidator(_as_list)] = ()
    queue: Queue = Queue()
    database: Database = Database()
    desk: Desk = Desk()
    health: Health = Health()
    webhook: Webhook = Webhook()
    _data: Path = PrivateAttr(default_factory=configfile.data_folder)
    _file: Path | None = PrivateAttr(default=None)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self._data

    @property
    def file(self) -> Path | None:
        """The configuration file that was read, if any."""
        return self._file

    @property
    def accounts(self) -> Sequence[Account]:
        """Every account, whatever its channel."""
        return (*self.email, *self.twilio, *self.android, *self.gammu)

    @property
    def loopback(self) -> bool:
        """Whether every configured gateway is on this machine's loopback."""
        hosts = [host for account in self.accounts for host in account.hosts]
        if self.telegram.token.get_secret_value():
            hosts.append(host_of(self.telegram.base_url))
        if heartbeat := self.health.heartbeat_url.get_secret_value():
            hosts.append(host_of(heartbeat))
        return all(map(is_loopback, hosts))

    def home(self, section: Account | Fallback) -> Facility:
        """The facility an account, or a fallback, belongs to."""
        for facility in self.facility:
            if section.facility in (facility.key, facility.name):
                return facility
        return self.facility[0]

    def fallback_of(self, facility: Facility) -> tuple[Fallback, Email] | None:
        """How a facility's alerts go by mail, and the account that sends; None: they do not."""
        plan = next((it for it in self.fallback if self.home(it) is facility), None)
        mails = [mail for mail in self.email if self.home(mail) is facility]
        if plan is None or not plan.email:
            return None
        if plan.account:
            mails = [mail for mail in mails if mail.name == plan.account]
        return plan, next((mail for mail in mails if mail.smtp_host), mails[0])

    def group_of(self, facility: Facility) -> int | None:
        """The chat id of a facility's team group, None while nobody has written it down."""
        return self.telegram.group if facility.group is None else facility.group

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment over the file, nothing else."""
        return env_settings, init_settings


def load(config: Path | None = None) -> Settings:
    """Read the configuration. Raises UserError."""
    file = configfile.find(config)
    document = configfile.read(file) if file else {}
    configfile.refuse_unknown_variables(Settings.model_fields)
    try:
        settings = Settings(**document)
    except ValidationError as error:
        raise UserError(explain(error, Settings, file, document)) from None
    except SettingsError:
        raise UserError(
            "Variabel lingkungan TANGGAP_… tidak dapat dibaca: bagian yang berupa daftar ditulis "
            "sebagai JSON, atau lebih mudah di berkas tanggap.toml."
        ) from None
    settings._file = file
    _agree(settings, file)
    if file and os.name == "posix":
        configfile.tighten(file)
    return settings


def _agree(settings: Settings, file: Path | None) -> None:
    """What only the whole can tell: names that are used twice or belong to nobody."""
    where = f"di {file}" if file else "di variabel lingkungan"
    if not settings.facility:
        raise UserError(f"Setelan [[facility]] {where} kosong; tulis satu, atau hapus barisnya.")
    slugs = [facility.key for facility in settings.facility]
    names = slugs + [facility.name for facility in settings.facility]
    if len(set(slugs)) < len(slugs):
        raise UserError(f"Dua [[facility]] {where} bernama sama; beri masing-masing slug sendiri.")
    _agree_groups(settings, where)
    taken = Counter((settings.home(one).key, one.name) for one in settings.accounts)
    for account in settings.accounts:
        label = f"Setelan [[{account.kind}]] “{account.name}” {where}"
        if len(slugs) > 1 and account.facility not in names:
            raise UserError(f"{label}: facility harus salah satu dari {', '.join(slugs)}.")
        if account.facility and account.facility not in names:
            raise UserError(f"{label}: facility tidak dikenal; yang ada: {', '.join(slugs)}.")
        if account.name in RESERVED_ACCOUNTS or taken[settings.home(account).key, account.name] > 1:
            raise UserError(f"{label}: name sudah dipakai; pilih name lain.")
    _agree_fallback(settings, where)


def _agree_groups(settings: Settings, where: str) -> None:
    """Each facility's cards have one place, and nobody else's stand there."""
    several = len(settings.facility) > 1
    if settings.telegram.group is not None and several:
        raise UserError(
            f"Setelan [telegram] group {where} hanya untuk satu fasilitas; dengan beberapa, tulis "
            "group = -100… di tiap [[facility]]."
        )
    if settings.telegram.group is not None and settings.facility[0].group is not None:
        raise UserError(f"Grup tim {where} tertulis dua kali: hapus group di bagian [telegram].")
    seen: dict[int, str] = {}
    for facility in settings.facility:
        if facility.group is not None and facility.group in seen:
            raise UserError(
                f"Setelan [[facility]] {where}: group {facility.key} sama dengan group "
                f"{seen[facility.group]}; tiap fasilitas perlu grup sendiri."
            )
        if facility.group is not None:
            seen[facility.group] = facility.key


def _agree_fallback(settings: Settings, where: str) -> None:
    slugs = [facility.key for facility in settings.facility]
    names = slugs + [facility.name for facility in settings.facility]
    seen = set()
    for plan in settings.fallback:
        label = f"Setelan [fallback] {where}"
        if plan.facility not in names and (plan.facility or len(slugs) > 1):
            raise UserError(f"{label}: facility harus salah satu dari {', '.join(slugs)}.")
        home = settings.home(plan)
        if home.key in seen:
            raise UserError(f"{label}: dua untuk {home.key}; tulis semua alamat dalam satu email.")
        seen.add(home.key)
        accounts = [mail.name for mail in settings.email if settings.home(mail) is home]
        if plan.email and not accounts:
            raise UserError(f"{label}: perlu satu [[email]] milik {home.key} untuk mengirim.")
        if plan.account and plan.account not in accounts:
            raise UserError(f"{label}: account harus salah satu dari {', '.join(accounts)}.")
