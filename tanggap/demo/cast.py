"""The people in the chats. They know what they see there, and do what anybody can do there."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from simulator.telegram import Person, Seen
from tanggap.demo.errors import Late, Trouble
from tanggap.demo.show import Screen
from tanggap.demo.world import World

NUMBER = re.compile(r"ADU-\d{4}-\d+")
TAKE, OPEN_BOT = "Saya tangani", "Buka bot"
APPROVE, CHANGES, UNDO = "Setujui & kirim", "Minta perbaikan", "Batal kirim"
_WARNING = "⚠"

Found = TypeVar("Found")


@dataclass
class Cast:
    """Everybody in the play, and what warns all of them."""

    world: World
    screen: Screen
    actors: list["Actor"] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Numbers of complaints whose answer is meant to go wrong."""

    def add(self, telegram_id: int, name: str) -> "Actor":
        """Somebody new."""
        actor = Actor(self, self.world.person(telegram_id, name))
        self.actors.append(actor)
        return actor

    def until(self, look: Callable[[], Found | None], what: str) -> Found:
        """Wait, and stop as soon as the desk itself says that something is wrong.

        Raises Trouble with its words.
        """

        def attentive() -> Found | None:
            self._heed_warnings()
            return look()

        return self.world.until(attentive, what)

    def _heed_warnings(self) -> None:
        for actor in self.actors:
            for seen in actor.person.private.messages():
                warns = seen.from_bot and seen.text.startswith(_WARNING)
                if warns and not any(number in seen.text for number in self.expected):
                    raise Trouble(_advised(" ".join(seen.text.removeprefix(_WARNING).split())))


@dataclass
class Actor:
    """Somebody of the team, with a telephone."""

    cast: Cast
    person: Person

    @property
    def name(self) -> str:
        """As it stands in the chat."""
        return self.person.user.name

    def reads(self, *words: str, button: str = "") -> Seen:
        """The newest message of the bot's with these words, and with that button, once it is
        there.
        """

        def look() -> Seen | None:
            for seen in reversed(self.person.private.messages()):
                told = seen.from_bot and not seen.deleted and all(it in seen.text for it in words)
                if told and (not button or button in (it.text for it in seen.buttons)):
                    return seen
            return None

        return self.cast.until(look, f"{self.name} tidak mendapat pesan “{' … '.join(words)}”")

    def writes(self, text: str, to: Seen | None = None) -> None:
        """Write in private, perhaps as an answer to a message."""
        self.cast.screen.act(self.name, text)
        self.person.say(self.person.private, text, to.id if to else None)

    def taps(self, seen: Seen, button: str) -> str:
        """Tap a button; returns what the bot says to the tap."""
        self.cast.screen.act(self.name, f"[{button}]")
        return self._tap(seen, button)

    def takes(self, number: str) -> str:
        """Tap [Saya tangani] for this number on the group's card; what the bot says to it."""
        label = f"{TAKE} {number.rpartition('-')[2]}"
        group = self.cast.world.group

        def look() -> tuple[Seen, str] | None:
            for seen in group.messages():
                labels = [it.text for it in seen.buttons]
                if label in labels:
                    return seen, label
                if TAKE in labels and NUMBER.findall(seen.text) == [number]:
                    return seen, TAKE
            return None

        card, button = self.cast.until(look, f"kartu grup untuk {number} tidak muncul")
        self.cast.screen.act(self.name, f"[{label}]")
        return self._tap(card, button)

    def opens_bot(self) -> None:
        """Follow [Buka bot] on the newest card, which presses Start."""
        cards = self.cast.world.group.messages()
        card = next(it for it in reversed(cards) if OPEN_BOT in (b.text for b in it.buttons))
        self.taps(card, OPEN_BOT)

    def approves(self, number: str, version: int = 1) -> None:
        """Read complaint and draft, then say yes."""
        self.taps(self.sees_draft(number, version), APPROVE)

    def sees_draft(self, number: str, version: int = 1) -> Seen:
        """Complaint and draft, with the button that is bound to this version."""
        return self.reads(number, f"Konsep ke-{version}:", button=APPROVE)

    def _tap(self, seen: Seen, button: str) -> str:
        try:
            query = self.person.tap(seen.chat_id, seen.id, button)
            return str(self.cast.world.telegram.world.answer(query)["text"]) if query else ""
        except LookupError:
            raise Late(f"tombol [{button}] sudah hilang sebelum {self.name} menekannya") from None
        except TimeoutError:
            raise Late(f"tombol [{button}] ditekan {self.name}, tetapi bot diam") from None


def _advised(warning: str) -> str:
    """The desk's words, and what to do where they only say what happened."""
    if "gagal dikirim" not in warning:
        return warning
    return (
        f"server SMTP menolak surat ({warning.rstrip('.')}); periksa smtp_host, smtp_user, "
        "smtp_password dan izin kirim akun itu, lalu tekan [Kirim ulang]."
    )


def numbers_on_cards(world: World) -> Sequence[str]:
    """What the group has read so far, each number once."""
    texts = [text for seen in world.group.messages() for text in (*seen.history, seen.text)]
    return list(dict.fromkeys(number for text in texts for number in NUMBER.findall(text)))
