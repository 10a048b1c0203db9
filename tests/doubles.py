"""Doubles of our own ports: a channel that understands JSON and a chat that remembers.

Gateways have theirs in `simulator`; these are for the rooms in between.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, ClassVar

from channels.base import AfterCrash, Fetched
from channels.message import (
    Attachment,
    Delivery,
    Event,
    Message,
    OutboundReply,
    Party,
    Receipt,
    Route,
    RouteKind,
    StatusUpdate,
)
from pipeline.ports import Placed
from store.tables import Post

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""A Tuesday, 09.00 in Jakarta."""


class ManualClock:
    """Time that moves when it is told to."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class LetterChannel:
    """A gateway whose raw deliveries are JSON objects of Message's fields."""

    channel: ClassVar[str] = "letters"
    after_crash: ClassVar[AfterCrash] = AfterCrash.RECONCILABLE
    account: str = "hotline"
    sent: list[OutboundReply] = field(default_factory=list)
    fault: Callable[[OutboundReply], None] | None = None
    """Called before the letter is posted; raises what the gateway would say."""
    found: bool = True
    """Whether `find_sent` sees what was sent."""
    broken: set[str] = field(default_factory=set)
    """Transport ids whose parsing fails."""

    def parse(self, delivery: Delivery) -> Sequence[Event]:
        if delivery.transport_id in self.broken:
            raise RuntimeError("no letter")
        assert isinstance(delivery.raw, bytes)
        fields = json.loads(delivery.raw)
        files = tuple(Attachment(**item) for item in fields.pop("attachments", ()))
        sender = Party(**fields.pop("sender"))
        fields["references"] = tuple(fields.get("references", ()))
        return [
            Message(
                sender=sender,
                conversation=sender.address,
                full_text=fields["text"],
                attachments=files,
                **fields,
            )
        ]

    def routes(
        self, conversation: str, now: datetime, heard_at: datetime | None = None
    ) -> Sequence[Route]:
        return [Route(kind=RouteKind.PRIVATE, recipient=conversation)]

    def external_id(self, part: int, *, automatic: bool = False) -> str:
        return f"{'auto' if automatic else 'reply'}-{part}"

    def send(self, part: OutboundReply) -> Receipt:
        if self.fault is not None:
            self.fault(part)
        self.sent.append(part)
        return Receipt(external_id=part.external_id, at=START)

    def find_sent(self, part: OutboundReply) -> Receipt | None:
        if self.found and any(other.external_id == part.external_id for other in self.sent):
            return Receipt(external_id=part.external_id, at=START)
        return None


@dataclass
class ChatChannel(LetterChannel):
    """A gateway of short messages: it chooses the ids, tells how far they got, and keeps files."""

    LIMIT: ClassVar[int] = 20
    """Characters of the answer in one message."""

    states: dict[str, StatusUpdate] = field(default_factory=dict)
    """External id → what the gateway says of it when asked."""
    asked: list[list[str]] = field(default_factory=list)
    files: dict[str, bytes | Exception] = field(default_factory=dict)
    """Part of an attachment → its bytes, or what the gateway says instead."""
    ways: Callable[[str, datetime, datetime | None], Sequence[Route]] | None = None

    def routes(
        self, conversation: str, now: datetime, heard_at: datetime | None = None
    ) -> Sequence[Route]:
        ways = self.ways or super().routes
        return ways(conversation, now, heard_at)

    def external_id(self, part: int, *, automatic: bool = False) -> str:
        return ""

    def split(self, text: str, reference: str) -> Sequence[str]:
        pieces = range(0, len(text), self.LIMIT)
        return [f"{text[at : at + self.LIMIT]} [{reference}]" for at in pieces]

    def segments(self, text: str) -> int:
        return 2

    def send(self, part: OutboundReply) -> Receipt:
        super().send(part)
        return Receipt(external_id=f"sid-{len(self.sent)}", at=START)

    def find_sent(self, part: OutboundReply) -> Receipt | None:
        for number, other in enumerate(self.sent, 1):
            if self.found and (other.part, other.automatic) == (part.part, part.automatic):
                return Receipt(external_id=f"sid-{number}", at=START)
        return None

    def poll_status(self, external_ids: Sequence[str]) -> Iterator[StatusUpdate]:
        self.asked.append(list(external_ids))
        for id_ in external_ids:
            if id_ in self.states:
                yield self.states[id_]

    def fetch(self, delivery: Delivery, attachment: Attachment, into: BinaryIO) -> Fetched:
        assert attachment.remote
        data = self.files[attachment.part]
        if isinstance(data, Exception):
            raise data
        for at in range(0, len(data), 1 << 20):
            into.write(data[at : at + (1 << 20)])
        return Fetched(name="foto.jpg", content_type="image/jpeg", size=len(data))


class RememberingChat:
    """A team chat that keeps what it was asked to show."""

    def __init__(self) -> None:
        self.shown: list[Post] = []
        self.edits: list[Post] = []
        self.fault: Callable[[Post], None] | None = None

    def send(self, post: Post) -> Placed:
        if self.fault is not None:
            self.fault(post)
        self.shown.append(post.model_copy())
        return Placed(
            chat_id=-100 if post.staff_id is None else post.staff_id, message_id=len(self.shown)
        )

    def edit(self, post: Post) -> None:
        if self.fault is not None:
            self.fault(post)
        self.edits.append(post.model_copy())

    def views(self, staff_id: int | None = None) -> list[str]:
        return [post.kind for post in self.shown if post.staff_id == staff_id]
