"""A gateway in memory that speaks the Polls protocol, and a desk to poll it for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from channels.base import Batch, Channel, ChannelState
from channels.message import Delivery
from pipeline.calendar import Calendar
from pipeline.ports import Context, DeskSettings, Office
from pipeline.profile import load
from store import facilities
from store.engine import Store

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **kwargs: float) -> None:
        self.now += timedelta(**kwargs)


@dataclass
class Gateway:
    """Holds numbered items in two streams; a cursor is the number of the last one handed over."""

    channel: ClassVar[str] = "memory"
    account: str = "kotak"
    streams: dict[str, int] = field(default_factory=lambda: {"inbox": 5, "junk": 3})
    size: int = 2
    failure: Exception | None = None
    on_batch: Callable[[int], None] = lambda _number: None
    """Called with its number when the caller has dealt with a batch."""
    polls: int = 0
    closed: int = 0
    hung_up: bool = False

    def poll(self, state: ChannelState) -> Iterator[Batch]:
        self.polls += 1
        number = 0
        try:
            if self.failure is not None:
                raise self.failure
            for stream, newest in self.streams.items():
                for first in range(int(state.cursors.get(stream, "0")), newest, self.size):
                    yield self._batch(stream, first, min(first + self.size, newest))
                    number += 1
                    self.on_batch(number)
                yield Batch(stream=stream, deliveries=[], cursor=str(newest))
        finally:
            self.closed += 1

    def close(self) -> None:
        self.hung_up = True

    def _batch(self, stream: str, first: int, last: int) -> Batch:
        items = [
            Delivery(
                account=self.account,
                stream=stream,
                transport_id=f"{stream}:{number}",
                received_at=START,
                raw=f"{stream} {number}".encode(),
                size=9,
            )
            for number in range(first + 1, last + 1)
        ]
        return Batch(stream=stream, deliveries=items, cursor=str(last))


@dataclass
class Desk:
    """A context with one office, and what was woken in it."""

    ctx: Context
    office: Office
    clock: Clock
    woken: list[str]


def desk(store: Store, *channels: Channel, settings: DeskSettings | None = None) -> Desk:
    """An office with these channels. A second call is a second process at the same desk."""
    settings = settings or DeskSettings(receipts=False)
    clock, woken = Clock(), list[str]()
    with store.write("test") as db:
        facility = facilities.ensure_facility(
            db, slug="melati", name="Melati", zone="Asia/Jakarta", profile="ayah", now=START
        )
        accounts = {
            channel.account: facilities.ensure_account(
                db, facility, channel=channel.channel, name=channel.account, now=START
            )
            for channel in channels
        }
    office = Office(
        id=facility,
        slug="melati",
        name="Melati",
        zone="Asia/Jakarta",
        profile=load("ayah"),
        approval=("coordinator",),
        calendar=Calendar(zone=ZoneInfo("Asia/Jakarta")),
        settings=settings,
        channels={channel.account: channel for channel in channels},
        accounts=accounts,
    )
    ctx = Context(
        store=store,
        clock=clock,
        wake=woken.append,
        settings=settings,
        offices={facility: office},
        chat=None,
        holder="test",
    )
    return Desk(ctx=ctx, office=office, clock=clock, woken=woken)
