"""Which folders of a mailbox are read, and what they mean to the desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from imapclient import IMAPClient

from channels.email.config import EmailConfig

# RFC 6154, and the names servers without it use, in English and Indonesian.
# https://www.rfc-editor.org/rfc/rfc6154
_SPECIAL = {"junk": "\\junk", "sent": "\\sent"}
_NAMES = {
    "junk": ("junk", "spam", "junk e-mail", "junk email", "bulk mail", "bulk"),
    "sent": ("sent", "sent items", "sent mail", "sent messages", "terkirim", "item terkirim"),
}


class Role(StrEnum):
    """What lies in a folder."""

    INBOX = "inbox"
    JUNK = "junk"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder that is read."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """What a mailbox has, as far as it concerns us."""

    read: tuple[Folder, ...]
    """In the order they are read: a complaint is known before the answer to it in Sent."""
    sent: str | None
    missing: tuple[str, ...]
    """Configured, but not there."""
    names: tuple[str, ...]
    """All that can be opened."""


_Listed = tuple[frozenset[str], str, str]
"""Flags in lower case, delimiter, name."""


def discover(client: IMAPClient, config: EmailConfig) -> Folders:
    """Look the folders up, in one round trip. Raises what IMAPClient raises."""
    listed = [
        (frozenset(_text(flag).lower() for flag in flags), _text(delimiter), str(name))
        for flags, delimiter, name in client.list_folders()
    ]
    return choose([f for f in listed if not f[0] & {"\\noselect", "\\nonexistent"}], config)


def choose(listed: Iterable[_Listed], config: EmailConfig) -> Folders:
    """The folders to read out of those listed. Pure."""
    listed = tuple(listed)
    names = tuple(name for _, _, name in listed)
    junk, sent = _find(listed, "junk"), config.sent_folder or _find(listed, "sent")
    wanted = config.folders or (("INBOX", junk) if junk else ("INBOX",))
    wanted = tuple("INBOX" if name.upper() == "INBOX" else name for name in wanted)
    read = [
        Folder(name=name, role=Role.JUNK if name == junk else Role.INBOX)
        for name in dict.fromkeys(wanted)
        if name != sent
    ]
    if sent:
        read.append(Folder(name=sent, role=Role.SENT))
    there = {*names, "INBOX"}  # the one folder that every mailbox has, listed or not
    return Folders(
        read=tuple(folder for folder in read if folder.name in there),
        sent=sent if sent in there else None,
        missing=tuple(folder.name for folder in read if folder.name not in there),
        names=names,
    )


def _find(listed: Iterable[_Listed], role: str) -> str | None:
    """By the server's own mark, else by a well-known name in the personal namespace."""
    by_name: dict[str, str] = {}
    for flags, delimiter, name in listed:
        if _SPECIAL[role] in flags:
            return name
        parent, _, leaf = name.rpartition(delimiter) if delimiter else ("", "", name)
        if parent.upper() in ("", "INBOX", "[GMAIL]", "[GOOGLE MAIL]"):
            by_name.setdefault(leaf.lower(), name)
    return next((by_name[name] for name in _NAMES[role] if name in by_name), None)


def _text(value: object) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
