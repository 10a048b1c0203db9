"""SMS through a GSM modem at this machine: gammu-smsd writes and reads files, and so do we."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from channels import sms
from channels.base import AfterCrash, Batch, ChannelState, Finding
from channels.gammu import events
from channels.gammu.check import check
from channels.gammu.config import GammuConfig
from channels.gammu.inbox import Inbox
from channels.gammu.outbox import Outbox
from channels.message import Delivery, Event, OutboundReply, Receipt, Route, RouteKind, StatusUpdate
from channels.phone import e164, outgoing_id


class GammuChannel:
    """One modem. `poll` belongs to one thread; everything else may be called by any."""

    channel: ClassVar[str] = "gammu"
    after_crash: ClassVar[AfterCrash] = AfterCrash.IDEMPOTENT

    def __init__(self, config: GammuConfig, *, key: bytes, clock: Callable[[], datetime]) -> None:
        """`key` makes the names of our files ours: the same for ever."""
        self.account = config.name
        self.config = config
        self._key = key
        self._clock = clock
        self._inbox = Inbox(config, clock)
        self._outbox = Outbox(config)

    def poll(self, state: ChannelState) -> Iterator[Batch]:
        """See `Inbox.poll`."""
        yield from self._inbox.poll(state)
        self._outbox.clear(self._clock())

    def parse(self, delivery: Delivery) -> Sequence[Event]:
        """See `channels.gammu.events`."""
        return events.events(delivery, self.config.number)

    def routes(
        self, conversation: str, now: datetime, heard_at: datetime | None = None
    ) -> Sequence[Route]:
        """Back to the sender, at any time; by hand where that is no telephone number."""
        kind = RouteKind.PRIVATE if e164(conversation) else RouteKind.MANUAL
        return (Route(kind=kind, recipient=conversation),)

    def external_id(self, part: int, *, automatic: bool = False) -> str:
        """What stands in its file's name; see `outgoing_id`."""
        return outgoing_id(self._key, self.account, part, automatic=automatic)

    def send(self, part: OutboundReply) -> Receipt:
        """See `Outbox.send`."""
        return self._outbox.send(part, self._clock())

    def split(self, text: str, reference: str) -> Sequence[str]:
        """See `channels.sms.split`."""
        return sms.split(text, reference)

    def segments(self, text: str) -> int:
        """See `channels.sms.segments`."""
        return sms.segments(text)

    def poll_status(self, external_ids: Sequence[str]) -> Iterator[StatusUpdate]:
        """See `Outbox.status`."""
        return self._outbox.status(external_ids)

    def check(self) -> Sequence[Finding]:
        """Look at the four folders."""
        return tuple(check(self.config, self._outbox, self._clock()))
