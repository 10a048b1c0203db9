"""The Twilio channel: WhatsApp and SMS by its REST API, with or without webhooks."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import BinaryIO, ClassVar

from channels.base import AfterCrash, Batch, ChannelState, Fetched, Finding, Hook
from channels.message import (
    Attachment,
    Delivery,
    Event,
    OutboundReply,
    Receipt,
    Route,
    RouteKind,
    StatusUpdate,
)
from channels.twilio import hook as hooks
from channels.twilio import media, parsing, splitting, states
from channels.twilio.check import check
from channels.twilio.client import RequestLog, TwilioClient
from channels.twilio.config import TwilioConfig, medium
from channels.twilio.polling import TwilioPoller
from channels.twilio.sending import TwilioSender
from channels.twilio.shapes import answerable

WINDOW = timedelta(hours=24)
"""How long after a citizen's last message WhatsApp lets free text through.

https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window
"""


class TwilioChannel:
    """One Twilio account. `poll` belongs to one thread; everything else may be called by any."""

    channel: ClassVar[str] = "twilio"
    after_crash: ClassVar[AfterCrash] = AfterCrash.RECONCILABLE

    def __init__(
        self,
        config: TwilioConfig,
        *,
        clock: Callable[[], datetime],
        request_log: RequestLog | None = None,
    ) -> None:
        self.account = config.name
        self.config = config
        self._client = TwilioClient(config, request_log)
        self._poller = TwilioPoller(self._client)
        self._sender = TwilioSender(self._client, clock)

    def poll(self, state: ChannelState) -> Iterator[Batch]:
        """See `TwilioPoller.poll`."""
        return self._poller.poll(state)

    def close(self) -> None:
        """End the kept connections."""
        self._client.close()

    def receive(self, hook: Hook) -> Sequence[Delivery]:
        """See `channels.twilio.hook.receive`."""
        return hooks.receive(self.config, hook)

    def parse(self, delivery: Delivery) -> Sequence[Event]:
        """See `channels.twilio.parsing.events`."""
        return parsing.events(delivery)

    def fetch(self, delivery: Delivery, attachment: Attachment, into: BinaryIO) -> Fetched:
        """See `channels.twilio.media.fetch`."""
        return media.fetch(self._client, delivery, attachment, into)

    def routes(
        self, conversation: str, now: datetime, heard_at: datetime | None = None
    ) -> Sequence[Route]:
        """Free text while it is let through; then the template, and always by hand as the last."""
        by_hand = Route(kind=RouteKind.MANUAL, recipient=conversation)
        stream = medium(conversation)
        if not answerable(conversation) or stream not in self.config.senders:
            return (by_hand,)
        if stream == "sms":
            return (Route(kind=RouteKind.PRIVATE, recipient=conversation),)
        if heard_at is not None and now < heard_at + WINDOW:
            until = heard_at + WINDOW
            return (Route(kind=RouteKind.PRIVATE, recipient=conversation, until=until),)
        if self.config.template:
            return (Route(kind=RouteKind.TEMPLATE, recipient=conversation), by_hand)
        return (by_hand,)

    def external_id(self, part: int, *, automatic: bool = False) -> str:
        """Empty: Twilio chooses it."""
        return ""

    def split(self, text: str, reference: str) -> Sequence[str]:
        """See `channels.twilio.splitting.split`."""
        return splitting.split(text, reference)

    def segments(self, text: str) -> int:
        """See `channels.sms.segments`; WhatsApp counts no segments."""
        from channels import sms

        return sms.segments(text)

    def send(self, part: OutboundReply) -> Receipt:
        """See `TwilioSender.send`."""
        return self._sender.send(part)

    def find_sent(self, part: OutboundReply) -> Receipt | None:
        """See `TwilioSender.find_sent`."""
        return self._sender.find_sent(part)

    def poll_status(self, external_ids: Sequence[str]) -> Iterator[StatusUpdate]:
        """See `channels.twilio.states.ask`."""
        return states.ask(self._client, external_ids)

    def check(self) -> Sequence[Finding]:
        """See `channels.twilio.check.check`."""
        return tuple(check(self._client, self._sender))
