"""What every channel must keep to, and what its test folder brings along for that.

`tests/channels/NAME/world.py` offers `open_world(spool, request)`: a context manager that yields
a World. The promises stand in test_contract.py; a channel keeps those of the protocols that it
implements.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from channels.base import Batch, Channel, ChannelState, Polls
from channels.message import Delivery, OutboundReply
from tests.channels.world import NOW

KEYS = ("identity", "external_id", "conversation", "address", "in_reply_to", "references")
"""Fields of events that rows are found by."""
TESTS = Path(__file__).parent
ROOT = TESTS.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A channel before a living gateway, and the same channel before a dead one."""

    channel: Channel
    unplugged: Channel
    """Its gateway cannot be reached."""
    locked_out: Channel | None = None
    """Its credentials are refused; None where there are none."""
    secrets: tuple[str, ...] = ()
    """What no error may tell."""
    arrive: Callable[[int], object] | None = None
    """Let so many messages come in at the gateway."""
    reply: OutboundReply | None = None
    """A part that the gateway takes."""
    taken: Callable[[], int] | None = None
    """How many messages citizens have got by now."""
    drop: Callable[[], object] | None = None
    """The gateway takes the next message, and the connection ends before it says so."""
    throttle_poll: Callable[[], object] | None = None
    """From now on the gateway says to whoever asks what is new that it is too much."""
    throttle_send: Callable[[], object] | None = None
    """From now on it says so to whoever sends."""
    withdraw: Callable[[], object] | None = None
    """The citizen takes back a message that has come in already."""
    lacks: Mapping[str, str] = field(default_factory=dict)
    """What there is not at this gateway, and why: `credentials`, `throttle_poll`,
    `throttle_send`, `withdraw`, `finds`, `drop`. Printed in the matrix instead of a pass."""

    def need(self, what: str, request: pytest.FixtureRequest) -> bool:
        """Whether the gateway has it; where not, the matrix says so."""
        if what in self.lacks:
            request.node.user_properties.append(("lacks", self.lacks[what]))
            return False
        return True


def open_world(name: str, request: pytest.FixtureRequest) -> AbstractContextManager[World]:
    """The world that the channel's test folder brings along."""
    module = importlib.import_module(f"tests.channels.{name}.world")
    return cast(AbstractContextManager[World], module.open_world(request))


def corpus(name: str) -> list[Path]:
    """The payloads of a channel; what stands beside them as expectation is none."""
    files = sorted((TESTS / name / "corpus").iterdir())
    mails = {path.with_suffix("") for path in files if path.suffix != ".json"}
    return [path for path in files if path.suffix != ".json" or path.with_suffix("") not in mails]


def delivery(channel: Channel, raw: bytes, key: str = "INBOX:1:1") -> Delivery:
    """A payload as the desk would hand it to `parse`."""
    return Delivery(
        account=channel.account,
        stream="INBOX",
        transport_id=key,
        received_at=NOW,
        raw=raw,
        size=len(raw),
        meta={"role": "inbox"},
    )


def assert_storable(event: object) -> None:
    """Every engine takes it: text without NUL and halves of characters, keys that fit an index,
    sizes and times in range.
    """
    assert is_dataclass(event)
    for slot in fields(event):
        value = getattr(event, slot.name)
        for one in value if isinstance(value, tuple) else (value,):
            if is_dataclass(one):
                assert_storable(one)
            elif isinstance(one, str):
                assert "\0" not in one
                size = len(one.encode())
                assert slot.name not in KEYS or size <= 1_300, slot.name
            elif isinstance(one, int):
                assert slot.name in ("answers_part", "part", "alert") or one < 2**31
            elif isinstance(one, datetime):
                assert one.utcoffset() == timedelta()


class Committed:
    """What a desk would have after its transactions."""

    def __init__(self, spool: Path) -> None:
        self.spool = spool
        self.cursors: dict[str, str] = {}
        self.keys: list[tuple[str, str, str]] = []

    def state(self) -> ChannelState:
        return ChannelState(cursors=dict(self.cursors), spool=self.spool, now=NOW)

    def commit(self, batch: Batch) -> None:
        self.keys += [(d.account, d.transport_id, d.revision) for d in batch.deliveries]
        if batch.cursor is not None:
            self.cursors[batch.stream] = batch.cursor

    def poll(self, channel: Polls) -> None:
        for batch in channel.poll(self.state()):
            self.commit(batch)


def killed_after_each_batch(channel: Polls, committed: Committed) -> Iterator[Batch]:
    """Poll, die with a batch in hand, poll again: the first batch of each life."""
    while (batch := next(iter(channel.poll(committed.state())), None)) is not None:
        yield batch
