"""The phone's memory, and the citizens at the other end of its SIM card."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from simulator.android.shapes import Incoming, Outgoing, Received, incoming_id
from simulator.journal import Clock

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_NEXT = {"Pending": "Processed", "Processed": "Sent", "Sent": "Delivered"}


@dataclass(slots=True)
class Handset:
    """The other end of one number."""

    number: str
    error: str | None = None
    received: list[Received] = field(default_factory=list)


class Phone:
    """Everything under one condition, `changed`: hold it to read or write, wait on it for news."""

    def __init__(self, *, clock: Clock, number: str) -> None:
        self.clock = clock
        self.number = number
        """The SIM card's own."""
        self.progresses = False
        """Every look at a message moves it one step."""
        self.holds = False
        """Nothing leaves: airplane mode, a sending limit, working hours. See `release`."""
        self.battery = 94
        self.changed = threading.Condition()
        self.inbox: dict[str, Incoming] = {}
        self.outbox: dict[str, Outgoing] = {}
        self.handsets: dict[str, Handset] = {}

    def handset(self, number: str) -> Handset:
        """The other end of this number, made at first mention."""
        with self.changed:
            return self.handsets.setdefault(number, Handset(number))

    def take(self, message: Outgoing) -> None:
        """Queue a message, and send it unless the phone holds."""
        with self.changed:
            self.outbox[message.id] = message
            self.move(message.id, "Pending")
            if not self.holds:
                self._leave(message)

    def release(self) -> None:
        """Send what waited, the newest first: the app's order unless its settings say otherwise."""
        with self.changed:
            self.holds = False
            for message in reversed(self.outbox.values()):
                if message.state == "Pending":
                    self._leave(message)

    def move(self, message_id: str, state: str, error: str = "") -> None:
        """Set the state of every recipient. Raises KeyError."""
        with self.changed:
            message = self.outbox[message_id]
            for number in message.numbers:
                self._set(message, number, state, error)
            self.changed.notify_all()

    def progress(self, message: Outgoing) -> None:
        """After a look, where `progresses`: one step further."""
        if not self.progresses:
            return
        for number, state in message.states.items():
            if state in _NEXT and (state != "Pending" or not self.holds):
                following = _NEXT[state]
                if following != "Delivered" or message.report:
                    self._set(message, number, following, "")

    def hear(
        self, handset: Handset, text: str, at: datetime | None, message_id: str, listed: bool
    ) -> Incoming:
        """An SMS from a citizen; see `Citizen.says`."""
        with self.changed:
            date = at or self.clock()
            date = date.replace(microsecond=date.microsecond // 1000 * 1000)
            made = Incoming(
                id=message_id or incoming_id(handset.number, text, date), sender=handset.number,
                recipient=self.number, text=text, at=date, listed=listed,
            )  # fmt: skip
            self.inbox[made.id] = made
            self.changed.notify_all()
            return made

    def _leave(self, message: Outgoing) -> None:
        now = self.clock()
        for number in message.numbers:
            handset = self.handset(number)
            if message.until is not None and message.until < now:
                self._set(message, number, "Failed", "TTL expired")
            elif not _NUMBER.fullmatch(number):
                self._set(message, number, "Failed", "Can't send message: Can't parse number")
            elif handset.error is not None:
                self._set(message, number, "Failed", handset.error)
            else:
                self._set(message, number, "Processed", "")
                handset.received.append(Received(id=message.id, text=message.text, at=now))
        self.changed.notify_all()

    def _set(self, message: Outgoing, number: str, state: str, error: str) -> None:
        message.states[number] = state
        if error:
            message.errors[number] = error
        message.history.setdefault(state, self.clock())


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody with a number."""

    phone: Phone
    handset: Handset

    @property
    def address(self) -> str:
        """The number, `+62…`."""
        return self.handset.number

    def says(
        self, text: str, at: datetime | None = None, *, message_id: str = "", listed: bool = True
    ) -> Incoming:
        """Send an SMS, now or at another time.

        `message_id`: force the app's id, to let two messages meet in one: the later one takes
        the place of the earlier. `listed=False`: it is not in the inbox before
        `AndroidDouble.show`.
        """
        return self.phone.hear(self.handset, text, at, message_id, listed)

    def fails_with(self, error: str | None) -> None:
        """From now on every message to this number fails so; None: they arrive again."""
        with self.phone.changed:
            self.handset.error = error

    @property
    def received(self) -> tuple[Received, ...]:
        """What arrived, in order."""
        with self.phone.changed:
            return tuple(self.handset.received)

    @property
    def texts(self) -> tuple[str, ...]:
        """Just the words of it."""
        return tuple(it.text for it in self.received)

    def wait_for(self, predicate: Callable[[Received], bool], timeout: float = 10) -> Received:
        """The newest that fits, once there is one. Raises TimeoutError."""
        found: list[Received] = []

        def look() -> bool:
            found[:] = [it for it in self.handset.received if predicate(it)][-1:]
            return bool(found)

        with self.phone.changed:
            if not self.phone.changed.wait_for(look, timeout):
                count = len(self.handset.received)
                raise TimeoutError(f"none of the {count} messages fits after {timeout} s")
            return found[0]
