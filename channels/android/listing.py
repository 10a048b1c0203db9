"""The pages that the phone answers with, cut into their messages byte for byte.

https://docs.sms-gate.app/features/reading-messages/#get-inbox
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from channels.text import one_line


@dataclass(frozen=True, slots=True)
class Item:
    """One message of the list."""

    key: str
    """Hash of what it says."""
    name: str
    """What the app calls it."""
    at: datetime
    raw: bytes


def items(text: str, now: datetime) -> list[Item]:
    """The elements of a JSON list, each byte for byte. Raises ValueError, RecursionError."""
    decoder = json.JSONDecoder()
    at = _blank(text, 0)
    if text[at : at + 1] != "[":
        raise ValueError("no list")
    at, found = _blank(text, at + 1), []
    while text[at : at + 1] != "]":
        value, end = decoder.raw_decode(text, at)
        found.append(_item(value, text[at:end].encode(), now))
        at = _blank(text, end)
        if text[at : at + 1] == ",":
            at = _blank(text, at + 1)
        elif text[at : at + 1] != "]":
            raise ValueError("no end")
    return found


def _blank(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\n", "\r"):
        at += 1
    return at


def _item(value: Any, raw: bytes, now: datetime) -> Item:
    """The app's id is a hash of 32 bits, so that two messages may share one: the content tells
    them apart. What the app may learn later (the SIM, our own number) is no part of it.
    """
    fields = value if isinstance(value, dict) else {}
    name, at = str(fields.get("id", "")), moment(fields.get("createdAt"))
    told = (name, at, fields.get("sender"), fields.get("contentPreview"))
    known = "\n".join(map(str, told)).encode("utf-8", "replace") if fields else raw
    key = hashlib.sha256(known).hexdigest()[:16]
    return Item(key, one_line(name, 100), at or now, raw)


def moment(value: Any) -> datetime | None:
    """An ISO time with its offset, in UTC."""
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def http_date(value: str) -> datetime | None:
    """A Date header, in UTC."""
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None
