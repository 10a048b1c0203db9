"""What one mail account needs to be known by: who it is, and where its servers stand."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

_AUTHSERV_IDS = {"gmail.com": ("mx.google.com",), "googlemail.com": ("mx.google.com",)}
"""The name under which well-known providers sign their Authentication-Results."""

_FILE_SENT_THEMSELVES = (
    "gmail.com",
    "google.com",
    "googlemail.com",
    "outlook.com",
    "office365.com",
)
"""Providers whose submission server puts its own copy into Sent."""


class Tls(StrEnum):
    """How a connection is encrypted."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where to connect and as whom. The password never shows in a repr."""

    host: str
    port: int
    tls: Tls
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailConfig:
    """One mail account, as the `[[email]]` table of the settings describes it.

    Optional fields left at their defaults are derived: see the properties below.
    """

    name: str
    """The account's name in the configuration."""
    user: str
    password: str = field(repr=False)
    address: str = ""
    """The address citizens write to; the user name when empty."""
    sender_name: str = ""
    """What stands before the address in From: the facility's name."""
    host: str
    port: int = 993
    tls: Tls = Tls.IMPLICIT
    folders: tuple[str, ...] = ()
    """Folders to read; empty: INBOX and the junk folder."""
    sent_folder: str = ""
    """Empty: the folder that the server marks, or names, as Sent."""
    since: date | None = None
    """Mail that the server took before this day is left alone."""
    smtp_host: str = ""
    """Empty: the IMAP host, with a leading imap turned into smtp."""
    smtp_port: int = 465
    smtp_tls: Tls = Tls.IMPLICIT
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    authserv_ids: tuple[str, ...] = ()
    """Whose Authentication-Results are believed; empty: what is known of the host."""
    file_sent: bool | None = None
    """Put a copy of each answer into Sent. None: unless the provider does so itself."""
    connect_timeout: float = 15.0
    read_timeout: float = 60.0
    """Seconds without a single byte, not for a whole command."""
    max_size: int = 60 * 1024 * 1024
    """Bytes of one mail above which it is truncated."""

    @property
    def mailbox(self) -> str:
        """The address that citizens write to and that answers come from."""
        return self.address or self.user

    @property
    def imap(self) -> Login:
        """The server that mail is read from."""
        return Login(
            host=self.host, port=self.port, tls=self.tls, user=self.user, password=self.password
        )

    @property
    def smtp(self) -> Login:
        """The server that answers are handed to."""
        return Login(
            host=self.smtp_host or _smtp_host(self.host),
            port=self.smtp_port,
            tls=self.smtp_tls,
            user=self.smtp_user or self.user,
            password=self.smtp_password or self.password,
        )

    @property
    def trusted_authserv_ids(self) -> tuple[str, ...]:
        """Configured, or known of the provider; empty means that nobody is vouched for."""
        return self.authserv_ids or _AUTHSERV_IDS.get(_provider(self.host), ())

    @property
    def files_sent(self) -> bool:
        """Whether we put the copy into Sent, because the provider does not."""
        if self.file_sent is not None:
            return self.file_sent
        return _provider(self.host) not in _FILE_SENT_THEMSELVES


def _provider(host: str) -> str:
    """The last two labels of a host name: imap.gmail.com → gmail.com."""
    return ".".join(host.lower().rstrip(".").split(".")[-2:])


def _smtp_host(host: str) -> str:
    return "smtp." + host[5:] if host.lower().startswith("imap.") else host
