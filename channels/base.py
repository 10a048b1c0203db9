"""The protocols an adapter may implement: several small ones, and it implements what its
gateway can.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, ClassVar, Protocol, runtime_checkable

from channels.message import (
    Attachment,
    Delivery,
    Event,
    OutboundReply,
    Receipt,
    Route,
    StatusUpdate,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a poll hands over at once: committed together with its cursor."""

    stream: str
    deliveries: Sequence[Delivery]
    cursor: str | None
    """The stream's next position, or None where nothing moved. Skips nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """What the desk remembers for an adapter between two polls."""

    cursors: Mapping[str, str] = field(default_factory=dict)
    """Stream → the cursor that was committed with its last batch; opaque to the desk."""
    spool: Path
    """A folder for large items on the disk of the store: same file system, so rename works."""
    now: datetime


class AfterCrash(StrEnum):
    """What is to be done about a send whose end nobody saw."""

    IDEMPOTENT = "idempotent"
    """Send again under the same key: the gateway does it once."""
    RECONCILABLE = "reconcilable"
    """Look it up; found is proof, not found proves nothing: then a person decides."""
    ASK = "ask"
    """Only a person can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `tanggap doctor`: what was looked at, whether it is well, and the cure."""

    ok: bool
    what: str
    fix: str = ""


class Channel(Protocol):
    """One configured account of a gateway."""

    channel: ClassVar[str]
    """Registry name: email, manual, ..."""
    account: str
    """The account's name in the configuration."""


@runtime_checkable
class Polls(Protocol):
    """Can be asked what came in."""

    def poll(self, state: ChannelState) -> Iterator[Batch]:
        """Yield what is new since the cursors, oldest first, in bounded batches.

        The caller commits each batch before asking for the next. Raises ChannelError.
        """
        ...


@runtime_checkable
class Parses(Protocol):
    """Understands its own deliveries."""

    def parse(self, delivery: Delivery) -> Sequence[Event]:
        """At least one event. Pure: no network, no clock. Never raises for what it was fed."""
        ...


@runtime_checkable
class Sends(Protocol):
    """Can carry an answer back."""

    after_crash: ClassVar[AfterCrash]

    def routes(
        self, conversation: str, now: datetime, heard_at: datetime | None = None
    ) -> Sequence[Route]:
        """The ways back to this conversation, the safest first; never empty.

        `heard_at`: when the citizen last wrote, where the gateway's window depends on it.
        """
        ...

    def external_id(self, part: int, *, automatic: bool = False) -> str:
        """The stable id the part will carry, or "" where the gateway chooses it.

        Automatic messages are numbered apart: the same number is another message there.
        """
        ...

    def send(self, part: OutboundReply) -> Receipt:
        """Hand one part to the gateway, once. Raises ChannelError, sorted by what it means."""
        ...


@runtime_checkable
class Splits(Protocol):
    """Takes a long answer in several parts, and needs a mark in each to find it again."""

    def split(self, text: str, reference: str) -> Sequence[str]:
        """The parts in their order, each within the gateway's limit and with `reference` in it.
        Pure: the same for the same text, for ever.
        """
        ...

    def segments(self, text: str) -> int:
        """What the network counts (and charges) for this part where it goes by SMS."""
        ...


@runtime_checkable
class Notifies(Protocol):
    """Can write to the desk's own people, apart from every conversation with a citizen."""

    def notice_id(self, number: int) -> str:
        """The stable id that notice `number` will carry; what comes back about it names it."""
        ...

    def notify(self, recipient: str, *, subject: str, text: str, external_id: str) -> Receipt:
        """Hand one notice to the gateway, marked as automatic. Raises ChannelError, sorted by
        what it means; after an Ambiguous the same may be sent again under the same id.
        """
        ...


@runtime_checkable
class Reconciles(Protocol):
    """Can look up whether something was sent."""

    def find_sent(self, part: OutboundReply) -> Receipt | None:
        """The receipt if it is there; None proves nothing. Raises ChannelError."""
        ...


@runtime_checkable
class FilesSent(Protocol):
    """Can put a copy of what was sent where colleagues look for it."""

    def file_sent(self, part: OutboundReply) -> bool:
        """File it, once; False where none is wanted. A courtesy, for after the receipt is kept:
        nothing depends on it. Raises ChannelError.
        """
        ...


@runtime_checkable
class ReportsStatus(Protocol):
    """Tells later how far a reply got."""

    def poll_status(self, external_ids: Sequence[str]) -> Iterator[StatusUpdate]:
        """Newer words on what was sent."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What only the gateway knew about a remote attachment."""

    name: str
    content_type: str
    size: int


@runtime_checkable
class Fetches(Protocol):
    """Gets the bytes of an attachment."""

    def fetch(self, delivery: Delivery, attachment: Attachment, into: BinaryIO) -> Fetched | None:
        """Write the decoded bytes; `into` refuses beyond its cap. For a remote attachment: what
        is known of it now. Raises LookupError where it is not there, and, for a remote one,
        ChannelError.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A request that a provider made to our public address."""

    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    form: Sequence[tuple[str, str]]
    """The fields of its form, in their order."""
    now: datetime


@runtime_checkable
class Receives(Protocol):
    """Lets the provider call instead of being asked."""

    def receive(self, hook: Hook) -> Sequence[Delivery]:
        """The deliveries in it, the same (account, transport id, revision) as polling gives them.
        Raises AuthFailed where the signature is not the provider's.
        """
        ...


@runtime_checkable
class Checks(Protocol):
    """Knows what is wrong with itself."""

    def check(self) -> Sequence[Finding]:
        """What `doctor` prints, in Indonesian."""
        ...
