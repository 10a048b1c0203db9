"""Hands one part of an answer to Twilio, and looks up whether it has one.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message
https://www.twilio.com/docs/content/send-templates-created-with-the-content-template-builder
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice

from channels.errors import Permanent
from channels.message import OutboundReply, Receipt, RouteKind
from channels.twilio.client import Record, TwilioClient
from channels.twilio.config import medium
from channels.twilio.refusals import Gone
from channels.twilio.shapes import taken_at

_SKEW = timedelta(minutes=1)
"""How far Twilio's clock and ours may be apart."""
_LOOKED_AT = 400
"""Messages to one address that are looked through."""
_OURS = re.compile(r"\([^()\n]+\)\Z")
"""How a part of an answer ends; a template's text does not."""
_NUMBERS = re.compile(r"[\w-]*\d[\w-]*")


class TwilioSender:
    """For any thread."""

    def __init__(self, client: TwilioClient, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._config = client.config
        self._clock = clock

    def send(self, part: OutboundReply) -> Receipt:
        """Once, by the part's route. Raises ChannelError, sorted by what it means."""
        sender = self._config.senders.get(medium(part.recipient))
        if sender is None:
            raise Permanent(
                f"Akun {self._config.name} tidak punya nomor pengirim untuk jalur ini; isi whatsapp"
                " atau sms di konfigurasi [[twilio]].",
                detail="sender-missing",
            )
        about = {"to": part.recipient, "from_": sender}
        if self._config.webhook_url:
            about["status_callback"] = self._config.webhook_url
        if part.route is RouteKind.TEMPLATE:
            self.require_approved()
            variables = json.dumps(dict(part.variables), ensure_ascii=False)
            about |= {"content_sid": self._config.template, "content_variables": variables}
        elif part.route is RouteKind.PRIVATE:
            about["body"] = part.text
        else:
            raise Permanent(
                "Jawaban ini tidak dikirim lewat Twilio; sampaikan langsung kepada pengadu.",
                detail=f"route-{part.route}",
            )
        sid = self._client.create(**about)
        return Receipt(external_id=sid, at=self._clock())

    def require_approved(self) -> None:
        """Raises Permanent (`template-missing`, `template-pending`, ...) unless WhatsApp lets the
        template through now, and other ChannelError where nobody could say.
        """
        state = self.template_state()
        if state != "approved":
            raise Permanent(
                "Templat WhatsApp belum dapat dipakai; telepon pengadu, dan periksa templat itu di"
                " Twilio Console.",
                detail=f"template-{state}",
            )

    def template_state(self) -> str:
        """missing, approved, pending, rejected, paused, disabled, or Twilio's other word for it.

        https://www.twilio.com/docs/content/content-api-resources#fetch-an-approval-status-request
        """
        if not self._config.template:
            return "missing"
        try:
            found = self._client.approval(self._config.template)
        except Gone:
            return "missing"
        words = {"": "missing", "unsubmitted": "missing", "received": "pending"}
        return words.get(found, re.sub("[^a-z]+", "-", found.lower())[:30])

    def find_sent(self, part: OutboundReply) -> Receipt | None:
        """The newest message to that address since the attempt that reads as the part does.

        Not asked by date, and not ended at the first that is older: what is still queued has no
        date, and may stand anywhere. Raises ChannelError.
        """
        for record in islice(self._client.messages(To=part.recipient), _LOOKED_AT):
            at = taken_at(record)
            if part.since and at and at < part.since.astimezone(UTC) - _SKEW:
                continue
            if str(record.get("direction")).startswith("outbound") and _is(part, record):
                return Receipt(external_id=str(record.get("sid")), at=at or self._clock())
        return None


def _is(part: OutboundReply, record: Record) -> bool:
    body = _plain(record.get("body"))
    if body == _plain(part.text):
        return True
    if part.route is not RouteKind.TEMPLATE or _OURS.search(body):
        return False
    # The approved words may differ from ours; the complaint's number stands in both.
    blanks = [*part.variables.values()] or _NUMBERS.findall(part.text)
    return bool(blanks) and all(_stands_in(body, blank) for blank in blanks)


def _stands_in(body: str, blank: str) -> bool:
    """As a word of its own: ADU-2026-0042 is neither ADU-2026-00421 nor ADU-2026-0042/2."""
    return re.search(rf"(?<!\w){re.escape(blank)}(?![\w/])", body) is not None


def _plain(body: object) -> str:
    """A body without what a network may change in it: line ends, blanks at its ends."""
    return str(body or "").replace("\r\n", "\n").strip()
