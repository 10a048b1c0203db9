"""Twilio's memory: which messages there are, who wrote last and when, who wants nothing more."""

import itertools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from simulator.journal import Clock
from simulator.twilio.model import (
    FINAL,
    Content,
    Manner,
    Medium,
    Message,
    Received,
    make_sid,
)

WINDOW = timedelta(hours=24)
"""https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window"""
_STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
_START = {"START", "UNSTOP", "YES"}
_STEPS = {"accepted": "sent", "queued": "sent", "sending": "sent", "sent": "delivered"}


@dataclass(slots=True)
class Phone:
    """The other end of one address."""

    address: str
    name: str = ""
    heard_at: datetime | None = None
    opted_out: bool = False
    error: int | None = None
    """The error that every message to it ends in (63024: no such WhatsApp user)."""
    received: list[Received] = field(default_factory=list)


class World:
    """Everything under one condition, `changed`: hold it to read or write, wait on it for news."""

    def __init__(self, *, clock: Clock, manner: Manner, senders: Sequence[str]) -> None:
        self.clock = clock
        self.manner = manner
        self.senders = tuple(senders)
        """The account's own addresses, `whatsapp:+62…` and plain numbers."""
        self.service = make_sid("MG", 1)
        """The one Messaging Service."""
        self.changed = threading.Condition()
        self.messages: dict[str, Message] = {}
        self.contents: dict[str, Content] = {}
        self.phones: dict[str, Phone] = {}
        self._serials = itertools.count(1)

    def now(self) -> datetime:
        """Whole seconds, as everything here is dated."""
        return self.clock().replace(microsecond=0)

    def phone(self, address: str) -> Phone:
        """The other end of this address, made at first mention."""
        with self.changed:
            return self.phones.setdefault(address, Phone(address))

    def content(self, name: str, body: str, **about: str) -> Content:
        """A template, approved unless `status` says otherwise."""
        with self.changed:
            made = Content(sid=make_sid("HX", next(self._serials)), name=name, body=body, **about)
            self.contents[made.sid] = made
            return made

    def hear(
        self,
        phone: Phone,
        to: str,
        text: str,
        media: Sequence[tuple[bytes, str]],
        at: datetime | None,
        **more: Mapping[str, str] | bool,
    ) -> Message:
        """A message from a citizen; see `Citizen.says`."""
        with self.changed:
            date = (at or self.clock()).replace(microsecond=0)
            message = self._add(phone.address, to, text, "inbound", "received", date)
            message.sent = date if more["dated"] else None
            message.listed = bool(more["listed"])
            about = more["about"]
            message.about = dict(about) if isinstance(about, Mapping) else {}
            for data, kind in media:
                sid = make_sid("ME", next(self._serials))
                message.media.append(Medium(sid=sid, content_type=kind, data=data, created=date))
            phone.heard_at = max(phone.heard_at or date, date)
            word = text.strip().upper()
            if word in _STOP | _START:
                phone.opted_out = word in _STOP
            self.changed.notify_all()
            return message

    def send(
        self,
        sender: str | None,
        to: str,
        text: str,
        *,
        direction: Literal["outbound-api", "outbound-reply"] = "outbound-api",
        doom: int | None = None,
        content_sid: str = "",
        media_urls: tuple[str, ...] = (),
        service_sid: str | None = None,
    ) -> Message:
        """A message to a citizen, who has it at once unless it is doomed."""
        with self.changed:
            status = "queued" if service_sid is None else "accepted"
            message = self._add(sender, to, text, direction, status, self.now())
            message.doom, message.content_sid = doom, content_sid
            message.media_urls, message.service_sid = media_urls, service_sid
            if doom is None:
                self.phone(to).received.append(
                    Received(
                        sid=message.sid, sender=sender or self.sender(to), text=text,
                        at=self.clock(), content_sid=content_sid, media_urls=media_urls,
                    )
                )  # fmt: skip
            self.changed.notify_all()
            return message

    def move(self, sid: str, status: str, error_code: int | None = None) -> None:
        """Set a message's status; what failed never arrived. Raises KeyError."""
        with self.changed:
            message = self.messages[sid]
            message.status, message.error_code, message.doom = status, error_code, None
            message.updated = self.now()
            if status in ("sent", "delivered", "read") and message.sent is None:
                message.sent = message.updated
            message.sender = message.sender or self.sender(message.to)
            if status in ("failed", "undelivered"):
                phone = self.phone(message.to)
                phone.received = [it for it in phone.received if it.sid != sid]
            self.changed.notify_all()

    def meet_fate(self, message: Message) -> None:
        """Before a look: what is doomed has failed by now."""
        if message.doom is not None:
            self.move(message.sid, "failed", message.doom)

    def progress(self, message: Message) -> None:
        """After a look, where `Manner.progresses`: one step further."""
        if not self.manner.progresses or message.status == "received":
            return
        if message.status == "delivered" and message.medium == "whatsapp":
            self.move(message.sid, "read")
        elif message.status not in FINAL:
            self.move(message.sid, _STEPS[message.status])

    def sender(self, to: str) -> str:
        """Our first address on the same channel."""
        kind = to.startswith("whatsapp:")
        return next(it for it in self.senders if it.startswith("whatsapp:") == kind)

    def _add(
        self,
        sender: str | None,
        to: str,
        text: str,
        direction: Literal["inbound", "outbound-api", "outbound-reply"],
        status: str,
        date: datetime,
    ) -> Message:
        seq = next(self._serials)
        message = Message(
            sid=make_sid("SM", seq), seq=seq, sender=sender, to=to, body=text,
            direction=direction, status=status, created=date, sent=None, updated=date,
        )  # fmt: skip
        self.messages[message.sid] = message
        return message
