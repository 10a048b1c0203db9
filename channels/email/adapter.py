"""The email channel: IMAP in, SMTP out, and the Sent folder as the witness in between."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, ClassVar

from channels.base import AfterCrash, Batch, ChannelState, Finding
from channels.email import ids, sorting
from channels.email.check import check
from channels.email.compose import valid_address
from channels.email.config import EmailConfig
from channels.email.imap import ImapPoller
from channels.email.marks import unanswerable
from channels.email.sent import SentFolder
from channels.email.smtp import SmtpSender
from channels.message import (
    Attachment,
    Delivery,
    Event,
    OutboundReply,
    Receipt,
    Route,
    RouteKind,
)

RequestLog = Callable[[str, str, str, Mapping[str, Any]], object]
"""Told of every mail before it leaves: gateway, method, url, parameters."""


class EmailChannel:
    """One mail account. `poll` belongs to one thread; everything else may be called by any."""

    channel: ClassVar[str] = "email"
    after_crash: ClassVar[AfterCrash] = AfterCrash.RECONCILABLE

    def __init__(
        self,
        config: EmailConfig,
        *,
        key: bytes,
        clock: Callable[[], datetime],
        request_log: RequestLog | None = None,
    ) -> None:
        """`key` signs our Message-IDs: the same for ever, or answers to us lose their proof."""
        self.account = config.name
        self.config = config
        self._key = key
        self._clock = clock
        self._request_log = request_log
        self._poller = ImapPoller(config)
        self._sender = SmtpSender(config, clock=clock)
        self._sent = SentFolder(config)

    def poll(self, state: ChannelState) -> Iterator[Batch]:
        """See `ImapPoller.poll`."""
        return self._poller.poll(state)

    def close(self) -> None:
        """End the poller's connection. For the thread that polls."""
        self._poller.close()

    def parse(self, delivery: Delivery) -> Sequence[Event]:
        """See `channels.email.events`."""
        return sorting.events(
            delivery,
            own_addresses=(self.config.mailbox,),
            key=self._key,
            authserv_ids=self.config.trusted_authserv_ids,
        )

    def fetch(self, delivery: Delivery, attachment: Attachment, into: BinaryIO) -> None:
        """See `channels.email.sorting.fetch`."""
        sorting.fetch(delivery, attachment, into)

    def routes(
        self, conversation: str, now: datetime, heard_at: datetime | None = None
    ) -> Sequence[Route]:
        """Back to the sender; by hand where no mail can reach what stood in From, or where only
        a machine would read it, ourselves included.
        """
        us = conversation.lower() == self.config.mailbox.lower()
        back = valid_address(conversation) and not unanswerable(conversation) and not us
        kind = RouteKind.PRIVATE if back else RouteKind.MANUAL
        return (Route(kind=kind, recipient=conversation),)

    def external_id(self, part: int, *, automatic: bool = False) -> str:
        """The signed Message-ID, in angle brackets."""
        about = ids.About.AUTO if automatic else ids.About.REPLY
        return ids.make(part, self._key, self.config.mailbox.rpartition("@")[2], about)

    def send(self, part: OutboundReply) -> Receipt:
        """See `SmtpSender.send`."""
        self._log_request(part.recipient, part.external_id)
        return self._sender.send(part)

    def notice_id(self, number: int) -> str:
        """The signed Message-ID of a notice, in angle brackets; told apart from a reply's."""
        domain = self.config.mailbox.rpartition("@")[2]
        return ids.make(number, self._key, domain, ids.About.ALERT)

    def notify(self, recipient: str, *, subject: str, text: str, external_id: str) -> Receipt:
        """See `SmtpSender.notify`."""
        self._log_request(recipient, external_id)
        return self._sender.notify(recipient, subject=subject, text=text, message_id=external_id)

    def find_sent(self, part: OutboundReply) -> Receipt | None:
        """Look the Message-ID up in Sent. Raises Transient or AuthFailed."""
        at = self._sent.find(part.external_id)
        return None if at is None else Receipt(external_id=part.external_id, at=at)

    def file_sent(self, part: OutboundReply) -> bool:
        """Put a copy into Sent, once, where the provider does not; True when it is there.

        A courtesy to colleagues, for after the receipt is stored. Raises ChannelError.
        """
        if not self.config.files_sent:
            return False
        return self._sent.file(self._sender.compose(part), part.external_id, self._clock())

    def _log_request(self, recipient: str, external_id: str) -> None:
        if self._request_log is not None:
            smtp = self.config.smtp
            params = {"to": recipient, "message_id": external_id.strip("<>")}
            self._request_log("smtp", "DATA", f"smtp://{smtp.host}:{smtp.port}", params)

    def check(self) -> Sequence[Finding]:
        """Log in to both servers and look at the folders."""
        return tuple(check(self.config, self._sender))
