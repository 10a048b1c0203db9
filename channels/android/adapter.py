"""SMS through an Android phone: the app SMS Gateway answers on its own HTTP server."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from channels import sms
from channels.android import events
from channels.android.check import check
from channels.android.client import AndroidClient, RequestLog
from channels.android.config import AndroidConfig
from channels.android.inbox import Inbox
from channels.android.sending import Sender
from channels.base import AfterCrash, Batch, ChannelState, Finding
from channels.message import Delivery, Event, OutboundReply, Receipt, Route, RouteKind, StatusUpdate
from channels.phone import e164, outgoing_id


class AndroidChannel:
    """One phone. `poll` belongs to one thread; everything else may be called by any."""

    channel: ClassVar[str] = "android"
    after_crash: ClassVar[AfterCrash] = AfterCrash.IDEMPOTENT

    def __init__(
        self,
        config: AndroidConfig,
        *,
        key: bytes,
        clock: Callable[[], datetime],
        request_log: RequestLog | None = None,
    ) -> None:
        """`key` makes the ids that we choose ours: the same for ever."""
        self.account = config.name
        self.config = config
        self._key = key
        self._clock = clock
        self._client = AndroidClient(config, request_log)
        self._inbox = Inbox(self._client, config.name)
        self._sender = Sender(self._client)

    def poll(self, state: ChannelState) -> Iterator[Batch]:
        """See `Inbox.poll`."""
        return self._inbox.poll(state)

    def parse(self, delivery: Delivery) -> Sequence[Event]:
        """See `channels.android.events`."""
        return events.events(delivery, self.config.number)

    def routes(
        self, conversation: str, now: datetime, heard_at: datetime | None = None
    ) -> Sequence[Route]:
        """Back to the sender, at any time; by hand where that is no telephone number."""
        kind = RouteKind.PRIVATE if e164(conversation) else RouteKind.MANUAL
        return (Route(kind=kind, recipient=conversation),)

    def external_id(self, part: int, *, automatic: bool = False) -> str:
        """The id that the phone will know it by; see `outgoing_id`."""
        return outgoing_id(self._key, self.account, part, automatic=automatic)

    def send(self, part: OutboundReply) -> Receipt:
        """See `Sender.send`."""
        return self._sender.send(part, self._clock())

    def split(self, text: str, reference: str) -> Sequence[str]:
        """See `channels.sms.split`."""
        return sms.split(text, reference)

    def segments(self, text: str) -> int:
        """See `channels.sms.segments`."""
        return sms.segments(text)

    def poll_status(self, external_ids: Sequence[str]) -> Iterator[StatusUpdate]:
        """See `Sender.status`."""
        return self._sender.status(external_ids)

    def check(self) -> Sequence[Finding]:
        """Ask the phone."""
        return tuple(check(self.config, self._client))
