"""Doubles of our own ports: a channel that understands JSON and a chat that remembers.

Gateways have theirs in `simulator`; these are for the rooms in between.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from channels.base import AfterCrash
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
