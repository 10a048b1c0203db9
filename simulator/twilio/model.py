"""What Twilio keeps: messages, their media, templates; and the shapes it shows them in."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Literal

VERSION = "2010-04-01"
FINAL = ("delivered", "read", "undelivered", "failed", "canceled", "received")
"""States that nothing changes any more, `read` after `delivered` excepted."""


@dataclass(slots=True)
class Manner:
    """How this Twilio behaves where the real one was seen to behave in more than one way."""

    dates: Literal["second", "day"] = "second"
    """Whether DateSent filters heed the time or only the day (UTC)."""
    refuses_at_once: bool = False
    """What WhatsApp objects to (63xxx) refuses the request; otherwise it is accepted and the
    message is `failed` by the next look."""
    progresses: bool = False
    """Every look at a message moves it one step: queued, sent, delivered, read."""
    media_elsewhere: bool = False
    """Media answers with a redirect (307) to another server, as to the real one's CDN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """A file of a message."""

    sid: str
    content_type: str
    data: bytes
    created: datetime


@dataclass(slots=True, kw_only=True)
class Message:
    """One message in either direction. `sender` and `to` are addresses, `whatsapp:+62…` or plain.

    https://www.twilio.com/docs/messaging/api/message-resource#message-properties
    """

    sid: str
    seq: int
    """Tells apart what was made in the same second."""
    sender: str | None
    to: str
    body: str
    direction: Literal["inbound", "outbound-api", "outbound-reply"]
    status: str
    created: datetime
    sent: datetime | None
    updated: datetime
    media: list[Medium] = field(default_factory=list)
    media_urls: tuple[str, ...] = ()
    content_sid: str = ""
    service_sid: str | None = None
    error_code: int | None = None
    doom: int | None = None
    """The error that it will end in, known to nobody who asks before."""
    listed: bool = True
    """False while it is still on its way into the list."""
    about: Mapping[str, str] = field(default_factory=dict)
    """What only a webhook tells: Latitude, Longitude, Forwarded, ButtonText, ..."""

    @property
    def date(self) -> datetime:
        """What lists are ordered and filtered by."""
        return self.sent or self.created

    @property
    def medium(self) -> str:
        """whatsapp or sms."""
        return "whatsapp" if self.to.startswith("whatsapp:") else "sms"


@dataclass(slots=True, kw_only=True)
class Content:
    """A message template and what WhatsApp's reviewers said of it.

    https://www.twilio.com/docs/content/content-api-resources
    """

    sid: str
    name: str
    body: str
    """With blanks: `Aduan {{1}} …`."""
    language: str = "id"
    status: str = "approved"
    """unsubmitted, received, pending, approved, rejected, paused, disabled."""
    rejection_reason: str = ""
    category: str = "UTILITY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What arrived on a citizen's phone."""

    sid: str
    sender: str
    text: str
    at: datetime
    content_sid: str = ""
    media_urls: tuple[str, ...] = ()


def make_sid(prefix: str, number: int) -> str:
    """Two letters and 32 hexadecimal digits in no order, the same for the same number."""
    return prefix + hashlib.sha256(f"{prefix}{number}".encode()).hexdigest()[:32]


def rfc2822(at: datetime | None) -> str | None:
    """As every date of this API is written: `Mon, 02 Nov 2026 03:00:00 +0000`."""
    return format_datetime(at) if at is not None else None


def segments(text: str) -> int:
    """Roughly what a network counts: 160/153 characters of ASCII, 70/67 of anything else."""
    single, part = (160, 153) if text.isascii() else (70, 67)
    return 1 if len(text) <= single else -(-len(text) // part)


def message_json(account: str, message: Message) -> dict[str, Any]:
    """https://www.twilio.com/docs/messaging/api/message-resource#message-properties"""
    uri = f"/{VERSION}/Accounts/{account}/Messages/{message.sid}"
    return {
        "account_sid": account,
        "api_version": VERSION,
        "body": message.body,
        "date_created": rfc2822(message.created),
        "date_sent": rfc2822(message.sent),
        "date_updated": rfc2822(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None,
        "from": message.sender,
        "messaging_service_sid": message.service_sid,
        "num_media": str(len(message.media) + len(message.media_urls)),
        "num_segments": "1" if message.medium == "whatsapp" else str(segments(message.body)),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def media_json(account: str, message: Message, medium: Medium) -> dict[str, Any]:
    """https://www.twilio.com/docs/messaging/api/media-resource#media-properties"""
    return {
        "account_sid": account,
        "content_type": medium.content_type,
        "date_created": rfc2822(medium.created),
        "date_updated": rfc2822(medium.created),
        "parent_sid": message.sid,
        "sid": medium.sid,
        "uri": f"/{VERSION}/Accounts/{account}/Messages/{message.sid}/Media/{medium.sid}.json",
    }
