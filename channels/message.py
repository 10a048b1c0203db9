"""What crosses the border between a gateway and the desk, in both directions.

Every type here is frozen, slotted and keyword-only: an adapter makes it, nobody changes it.
Datetimes are aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing exactly as a gateway handed it over, before anything parsed it.

    `(account, transport_id, revision)` is its key and is known without parsing. `raw` is the
    bytes themselves or, above the inline limit, a file on the local disk that holds them.
    """

    account: str
    """Name of the account in the configuration, unique within the facility."""
    stream: str
    """The stream it came from (a mail folder, an inbox); cursors are kept per stream."""
    transport_id: str
    revision: str = "0"
    received_at: datetime
    """When the gateway took it (for mail INTERNALDATE, never the Date header)."""
    raw: bytes | Path
    size: int
    """Bytes at the gateway; larger than `raw` when it was truncated at the hard cap."""
    meta: Mapping[str, str] = field(default_factory=dict)
    """What the transport knew besides the bytes (folder role, flags). Small, plain strings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody at the other end: an address the channel can answer to, and a name if known."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a message. `part` finds its bytes in the raw delivery, or, where it is
    `remote`, at the gateway.
    """

    name: str
    content_type: str
    size: int
    part: str = ""
    remote: bool = False
    """The bytes are still at the gateway and have to be fetched: `Fetches.fetch` gets them; name,
    type and size are not known before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something a citizen wrote.

    `identity` is the message's key over every way in: the same mail by IMAP and by import has
    one identity. `external_id` is what the provider calls it, for people to look it up.
    """

    identity: str
    external_id: str
    conversation: str
    """Messages of one conversation are recorded in the order of their receipt."""
    sender: Party
    subject: str = ""
    text: str
    """What is new in it: quoted earlier messages and signatures removed."""
    full_text: str
    """All of it, never discarded."""
    sent_at: datetime | None = None
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    automated: str = ""
    """Why it is no person's message: automatic, bounce, list, junk, own; empty for a person's."""
    answers_part: int | None = None
    """Id of our reply part that it answers, proved by our own signature in its references."""
    vouched: bool = False
    """The receiving server vouches for the sender's address."""
    unreadable: str = ""
    """Why a person must read the raw: what could not be parsed. Empty when all was understood."""
    truncated: bool = False
    medium: str = ""
    """How it really came: whatsapp, sms; or, where a person typed it in, phone, counter, letter,
    box. Empty where the channel's name says it."""
    form: str = ""
    """What it is where it is no plain text: voice, sticker, photo, video, document, location,
    contact, reaction, forward, unsupported."""

    @property
    def message_id(self) -> str:
        """The Message-ID of mail, without angle brackets."""
        return self.external_id


class DeliveryState(StrEnum):
    """How far a reply has got at the gateway, as far as the gateway says."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdate:
    """The gateway's later word on something we sent (a bounce, a delivery receipt)."""

    external_id: str
    """The id the gateway gave, or our own Message-ID."""
    part: int | None = None
    """Our reply part, when our signature proves it."""
    alert: int | None = None
    """Our copy of an alert to the desk's own people, when our signature proves it."""
    auto: int | None = None
    """Our automatic message, when our signature proves it."""
    state: DeliveryState
    reason: str = ""
    """Provider's code or status (such as 5.1.1), no citizen's address."""
    temporary: bool = False
    window_closed: bool = False
    """It failed because the time to answer was over: another route is needed."""
    opted_out: bool = False
    """It failed because the citizen wants no messages."""
    report: str = field(default="", compare=False)
    """Identity of the report that says so, where one can come twice: it counts once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEcho:
    """Something sent from our own account: our reply as the gateway files it, or an answer
    that a colleague typed in the provider's own program.
    """

    external_id: str
    part: int | None = None
    """Our reply part, proved by signature; None for an answer typed elsewhere."""
    recipients: tuple[str, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A citizen changed an earlier message."""

    external_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A citizen took an earlier message back."""

    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Nothing for the desk, and why. Still counted."""

    reason: str


Event = Message | StatusUpdate | OwnEcho | Edit | Withdrawal | Ignored


class RouteKind(StrEnum):
    """Where an answer would appear."""

    PRIVATE = "private"
    PUBLIC = "public"
    TEMPLATE = "template"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way back to the citizen, and until when it stands open (None: always)."""

    kind: RouteKind
    recipient: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundReply:
    """One part of an approved reply, ready for the gateway."""

    part: int
    """Id of the reply part, or of the automatic message, which are numbered apart: together
    with `automatic` the idempotency key."""
    route: RouteKind
    recipient: str
    recipient_name: str = ""
    subject: str = ""
    text: str
    external_id: str = ""
    """The stable id we chose before sending, where the channel lets us choose one."""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    """What a template's blanks are filled with, by the template's own names ("1": number)."""
    automatic: bool = False
    """A machine wrote it: a receipt, a fixed text. Marked so where the channel can."""
    since: datetime | None = None
    """When its attempt began: what is looked for later is no older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The gateway took it."""

    external_id: str
    state: DeliveryState = DeliveryState.ACCEPTED
    at: datetime
