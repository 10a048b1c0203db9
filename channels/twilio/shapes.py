"""A message as Twilio describes it, in either of its two shapes: the REST resource and the form
that it posts to a webhook.

https://www.twilio.com/docs/messaging/api/message-resource#message-properties
https://www.twilio.com/docs/messaging/guides/webhook-request
https://www.twilio.com/docs/whatsapp/api#whatsapp-specific-parameters
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from channels.text import clean, key, one_line
from channels.twilio.config import WHATSAPP
from channels.twilio.states import OUTGOING

MEDIA_MOST = 10
"""Media of one message: Twilio takes no more."""
_NUMBER = re.compile(r"\+?([0-9]{7,15})\Z")
_JUNK = re.compile(r"[\s()-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What both shapes have, in plain words."""

    sid: str
    sender: str
    to: str
    body: str
    status: str
    inbound: bool
    media: tuple[str, ...]
    """One content type a file; "" where it is not known."""
    error: str
    at: datetime | None
    more: Mapping[str, str] = field(default_factory=dict)
    """The webhook's other fields, by Twilio's names."""
    rest: bool
    """It is the REST resource, which keeps silent about places and buttons."""


def read(raw: bytes) -> Said:
    """A payload of either shape. Raises ValueError for anything else."""
    try:
        found = json.loads(raw)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("no object")  # one error for all that is no payload
    if "MessageSid" in found or "SmsSid" in found:
        return _form(found)
    return _resource(found)


def taken_at(record: Mapping[str, Any]) -> datetime | None:
    """When Twilio took or sent a message resource; UTC."""
    for name in ("date_sent", "date_created"):
        try:
            at = parsedate_to_datetime(str(record.get(name) or ""))
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def address(value: str) -> str:
    """An address in Twilio's words with its number as E.164; what is no number stays as it is."""
    text = one_line(value, 200)
    prefix = WHATSAPP if text.lower().startswith(WHATSAPP) else ""
    rest = text[len(prefix) :].strip()
    number = _NUMBER.match(_JUNK.sub("", rest))
    return key(prefix + ("+" + number[1] if number else rest)) if rest else ""


def answerable(value: str) -> bool:
    """Whether an address is a telephone number that can be written to."""
    return _NUMBER.match(value.removeprefix(WHATSAPP)) is not None and "+" in value


def _resource(found: Mapping[str, Any]) -> Said:
    said = {name: _text(found.get(name)) for name in ("sid", "from", "to", "body", "status")}
    return Said(
        sid=key(said["sid"]),
        sender=address(said["from"]),
        to=address(said["to"]),
        body=clean(said["body"]),
        status=said["status"],
        inbound=not _text(found.get("direction")).startswith("outbound"),
        media=("",) * _count(found.get("num_media")),
        error=_error(found.get("error_code")),
        at=taken_at(found),
        rest=True,
    )


def _form(found: Mapping[str, Any]) -> Said:
    fields = {str(name): _text(value) for name, value in found.items()}
    status = fields.get("MessageStatus") or fields.get("SmsStatus", "")
    count = _count(fields.get("NumMedia"))
    return Said(
        sid=key(fields.get("MessageSid") or fields.get("SmsSid", "")),
        sender=address(fields.get("From", "")),
        to=address(fields.get("To", "")),
        body=clean(fields.get("Body", "")),
        status=status,
        inbound=status not in OUTGOING,
        media=tuple(kind(fields.get(f"MediaContentType{n}", "")) for n in range(count)),
        error=_error(fields.get("ErrorCode")),
        at=None,
        more=fields,
        rest=False,
    )


def kind(content_type: str) -> str:
    """A media type in lower case without parameters."""
    return one_line(content_type.partition(";")[0], 100).lower()


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def _count(value: object) -> int:
    text = _text(value)
    return min(int(text), MEDIA_MOST) if text.isdecimal() and len(text) < 6 else 0


def _error(value: object) -> str:
    text = _text(value)
    return text if text.isdecimal() and 0 < len(text) < 9 and text != "0" else ""
