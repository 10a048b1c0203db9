"""The demo's telephones: WhatsApp through Twilio's double, SMS through an Android phone's, and
through a real gammu-smsd where that is installed.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simulator.android import AndroidDouble
from simulator.faults import FaultPlan
from simulator.gammu import GammuModem, available
from simulator.journal import Journal
from simulator.twilio import TwilioDouble

TWILIO, ANDROID, GAMMU = "twilio", "android", "gammu"
_HOTLINE = "+62811000110"
_TEMPLATE = "Tanggapan {{1}} siap, balas LIHAT"


@dataclass(frozen=True, slots=True)
class Caller:
    """A citizen with a telephone number, and the channel of it that is written on."""

    name: str
    number: str
    channel: str


class Phones:
    """Gateways for telephones and the citizens at their other end. A context manager."""

    def __init__(self, journal: Journal, faults: FaultPlan) -> None:
        self._journal = journal
        self.twilio = TwilioDouble(journal, faults)
        self.android = AndroidDouble(journal, faults)
        self.modem = GammuModem() if available() else None
        self._template = self.twilio.world.content("tanggapan", _TEMPLATE)
        self._carried = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.twilio)
            stack.enter_context(self.android)
            if self.modem is not None:
                stack.enter_context(self.modem)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def says(
        self,
        caller: Caller,
        text: str = "",
        *,
        photo: bytes = b"",
        at: datetime | None = None,
    ) -> None:
        """One message; it stands in the journal as `phone MESSAGE`."""
        about = {"channel": caller.channel, "from": caller.number, "text": text}
        seq = self._journal.receive("phone", "MESSAGE", about)
        if caller.channel == TWILIO:
            media = [(photo, "image/png")] if photo else []
            self.twilio.citizen(caller.number, name=caller.name).says(text, media, at)
        elif caller.channel == ANDROID:
            self.android.citizen(caller.number).says(text, at)
        elif self.modem is not None:
            self.modem.deliver(caller.number, text)
        self._journal.finish(seq, "ok", committed=True)

    def texts(self, caller: Caller) -> list[str]:
        """What arrived on this phone, in order."""
        mine = (caller.channel, caller.number)
        return [it["text"] for it in self.received() if (it["channel"], it["to"]) == mine]

    def see(self) -> None:
        """Every phone confirms what it has, and on WhatsApp the citizen has read it."""
        for message in self.twilio.messages():
            if message.status not in ("read", "failed"):
                self.twilio.read(message.sid)
        for sent in self.android.messages():
            if sent.state != "Delivered":
                self.android.deliver(sent.id)

    def received(self) -> Iterator[Mapping[str, Any]]:
        """What citizens have got: channel, to, text; id and state where the gateway has them."""
        for message in self.twilio.messages():
            if message.status != "failed":
                yield {
                    "channel": TWILIO,
                    "to": message.to.removeprefix("whatsapp:"),
                    "text": message.body,
                    "id": message.sid,
                    "state": message.status,
                }
        for sent in self.android.messages():
            for number in sent.numbers:
                yield {
                    "channel": ANDROID,
                    "to": number,
                    "text": sent.text,
                    "id": sent.id,
                    "state": sent.state.lower(),
                }
        if self.modem is not None:
            for number, text in self.modem.sent(0):
                yield {"channel": GAMMU, "to": number, "text": text, "id": "", "state": ""}

    def keep(self, folder: Path) -> None:
        """Write down what the phones have, for the counting."""
        lines = (json.dumps(it, ensure_ascii=False) + "\n" for it in self.received())
        (folder / "ponsel.jsonl").write_text("".join(lines), encoding="utf-8")

    def accounts(self, now: datetime) -> str:
        """Their tables in the configuration."""
        # Two days ago, because one of the citizens wrote yesterday.
        since = (now - timedelta(days=2)).isoformat(timespec="seconds")
        text = f"""
[[twilio]]
name = "wa"
account_sid = "{self.twilio.account}"
auth_token = "{self.twilio.token}"
whatsapp = "{_HOTLINE}"
base_url = "{self.twilio.url}"
template = "{self._template.sid}"
since = {since}

[[android]]
name = "sms"
base_url = "{self.android.url}"
user = "{self.android.user}"
password = "{self.android.password}"
number = "{self.android.phone.number}"
since = {since}
"""
        if self.modem is not None:
            text += f"""
[[gammu]]
name = "modem"
spool = "{self.modem.spool}"
since = {since}
"""
        return text
