"""Citizens on WhatsApp and SMS in the fault run: what they write, and what they were sent.

Each message carries a word that no other has, as each mail does. Who is told that an answer is
ready asks for it, once a minute, until it comes.
"""

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from simulator.android import AndroidDouble
from simulator.faults import FaultPlan
from simulator.journal import Journal, real_clock
from simulator.twilio import TwilioDouble
from simulator.twilio.model import Manner

PHOTO = b"\xff\xd8\xff\xe0" + b"\0" * 2000 + b"\xff\xd9"
REFERENCE = re.compile(r"ADU-\d{4}-\d{4,}/\d+")
_READY = re.compile(r"balas LIHAT", re.IGNORECASE)
_AGAIN = 60.0
"""Seconds until a citizen asks once more for the answer."""
_WORDS = (
    "antri dr jam 7 smp 11 blm dipanggil",
    "obate kok mboten wonten, dikon tuku njawi",
    "knp ditarik 30rb pdhl bpjs aktif",
    "petugas loket judes sama orang tua",
    "wc ruang tunggu kotor min",
)


@dataclass(slots=True)
class Said:
    """A message that somebody wrote."""

    token: str
    address: str
    """As the desk knows it: `whatsapp:+62…` or the number."""
    id: str
    """What the gateway calls it."""


@dataclass(slots=True)
class Chats:
    """The two gateways and everybody who writes to them. A context manager through `enter`."""

    seed: int
    journal: Journal
    faults: FaultPlan
    ahead: float = 0.0
    """Seconds by which the world's time is ahead of the machine's."""
    said: list[Said] = field(default_factory=list)
    twilio: TwilioDouble = field(init=False)
    android: AndroidDouble = field(init=False)
    template: str = field(init=False)
    _rng: Random = field(init=False)
    _asked: dict[str, tuple[int, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._rng = Random(f"{self.seed}/chats")
        manner = Manner(dates="day", progresses=True)
        self.twilio = TwilioDouble(self.journal, self.faults, clock=self.now, manner=manner)
        self.android = AndroidDouble(self.journal, self.faults, clock=self.now)
        self.android.phone.progresses = True
        self.template = self.twilio.world.content(
            "tanggapan", "Tanggapan {{1}} siap, balas LIHAT"
        ).sid

    def now(self) -> datetime:
        """The gateways' time: right, whatever the desk's machine believes."""
        return real_clock() + timedelta(seconds=self.ahead)

    def config(self) -> str:
        """The accounts' sections."""
        whatsapp = next(it for it in self.twilio.world.senders if it.startswith("whatsapp:"))
        return f"""
[[twilio]]
name = "wa"
account_sid = "{self.twilio.account}"
auth_token = "{self.twilio.token}"
whatsapp = "{whatsapp.removeprefix("whatsapp:")}"
base_url = "{self.twilio.url}"
template = "{self.template}"
since = 2009-01-01
[[android]]
name = "sms"
base_url = "{self.android.url}"
user = "{self.android.user}"
password = "{self.android.password}"
number = "{self.android.phone.number}"
since = 2009-01-01
"""

    def write(self) -> None:
        """Somebody new complains: on WhatsApp in one or two messages, now and then with a photo,
        or by SMS.
        """
        with self._lock:
            number = f"+62813{10_000_000 + len(self.said)}"
            whatsapp = self._rng.random() < 0.7
            parts = self._rng.choice((1, 1, 2)) if whatsapp else 1
            for part in range(parts):
                photo = whatsapp and part == 0 and self._rng.random() < 0.2
                self._say(number, whatsapp=whatsapp, photo=photo)

    def _say(self, number: str, *, whatsapp: bool, photo: bool) -> None:
        token = f"tknc{self.seed}x{len(self.said)}"
        words = f"{self._rng.choice(_WORDS)} {token}"
        if whatsapp:
            media = [(PHOTO, "image/jpeg")] if photo else []
            message = self.twilio.citizen(number).says(words, media)
            self.said.append(Said(token, f"whatsapp:{number}", message.sid))
        else:
            incoming = self.android.citizen(number).says(words)
            self.said.append(Said(token, number, incoming.id))

    def answer_pings(self) -> None:
        """Whoever was told that an answer is ready asks for it."""
        for address, texts in list(self.received()):
            pings = sum(bool(_READY.search(text)) for text in texts)
            answers = sum(bool(REFERENCE.search(text)) for text in texts)
            if pings <= answers or not address.startswith("whatsapp:"):
                continue
            before, last = self._asked.get(address, (0, 0.0))
            if before < pings or time.monotonic() - last > _AGAIN:
                self._asked[address] = (pings, time.monotonic())
                message = self.twilio.citizen(address.removeprefix("whatsapp:")).says("LIHAT")
                with self._lock:
                    self.said.append(Said("", address, message.sid))

    def received(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Address → every text that arrived there, in order."""
        with self.twilio.world.changed:
            every = self.twilio.world.phones.values()
            phones = {it.address: [one.text for one in it.received] for it in every}
        with self.android.phone.changed:
            handsets = self.android.phone.handsets.items()
            phones |= {number: [one.text for one in it.received] for number, it in handsets}
        for address, texts in phones.items():
            yield address, tuple(texts)

    def answers(self) -> dict[str, list[str]]:
        """Address → the approved answers that arrived, told by the reference in each."""
        return {
            address: [text for text in texts if REFERENCE.search(text)]
            for address, texts in self.received()
        }
