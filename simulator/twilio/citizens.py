"""The people who write to the account's numbers: what they say, and what arrives at their end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from simulator.twilio.model import Message, Received
from simulator.twilio.world import Phone, World


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody with a number, on one channel."""

    world: World
    phone: Phone

    @property
    def address(self) -> str:
        """`whatsapp:+62…` or the plain number."""
        return self.phone.address

    def says(
        self,
        text: str = "",
        media: Sequence[tuple[bytes, str]] = (),
        at: datetime | None = None,
        *,
        to: str = "",
        listed: bool = True,
        dated: bool = True,
        about: Mapping[str, str] | None = None,
    ) -> Message:
        """Write to the account, now or at another time; files are (bytes, content type).

        `to`: which of the account's addresses (the channel's first). `listed=False`: it is on its
        way and no list shows it before `TwilioDouble.show`. `dated=False`: its date_sent is null.
        `about`: what only a webhook tells. STOP and START do what they do at Twilio.
        """
        return self.world.hear(
            self.phone, to or self.world.sender(self.address), text, media, at,
            listed=listed, dated=dated, about=about or {},
        )  # fmt: skip

    def is_told(self, text: str) -> Message:
        """Twilio's own answer to a keyword: an `outbound-reply` in the account's list."""
        sender = self.world.sender(self.address)
        return self.world.send(sender, self.address, text, direction="outbound-reply")

    def fails_with(self, error: int | None) -> None:
        """From now on every message to this citizen fails so (63024: no such WhatsApp user,
        30003: phone off); None: they arrive again.
        """
        with self.world.changed:
            self.phone.error = error

    @property
    def opted_out(self) -> bool:
        """STOP was the last word."""
        return self.phone.opted_out

    @property
    def received(self) -> tuple[Received, ...]:
        """What arrived, in order."""
        with self.world.changed:
            return tuple(self.phone.received)

    @property
    def texts(self) -> tuple[str, ...]:
        """Just the words of it."""
        return tuple(it.text for it in self.received)

    def wait_for(self, predicate: Callable[[Received], bool], timeout: float = 10) -> Received:
        """The newest that fits, once there is one. Raises TimeoutError."""
        found: list[Received] = []

        def look() -> bool:
            found[:] = [it for it in self.phone.received if predicate(it)][-1:]
            return bool(found)

        with self.world.changed:
            if not self.world.changed.wait_for(look, timeout):
                count = len(self.phone.received)
                raise TimeoutError(f"none of the {count} messages fits after {timeout} s")
            return found[0]
