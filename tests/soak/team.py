"""The team, played by what it sees: it takes some of the cases, answers it and approves the answer.

People repeat themselves when nothing happens for a while, as people do. A reply in doubt is
decided by the coordinator, who looks into the citizen's mailbox; every other one stays parked.
"""

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from itertools import islice, takewhile
from types import TracebackType
from typing import Self

import psycopg

from simulator.telegram.model import Seen, seen
from simulator.telegram.people import Room
from tests.soak.world import World

_PATIENCE, _LONGEST = 8.0, 120.0
"""Seconds after which somebody repeats what had no effect; doubled each time, up to the second."""
_LOOK_BACK = 400
"""Messages of a chat that people scroll back over."""
NUMBER = re.compile(r"ADU-\d{4}-\d{4,}")
_CASE = re.compile(r"^Aduan (\d{4,}):", re.MULTILINE)
_DOUBT = "Belum pasti"
_DOWN = (sqlite3.Error, psycopg.Error)


class Team:
    """Plays in a thread of its own; a context manager. One case in `every` is answered."""

    def __init__(self, world: World, every: int) -> None:
        self._world = world
        self._every = every
        self._stop = threading.Event()
        self._done: dict[object, tuple[float, float]] = {}
        """What → when it was done last, and how long to wait for its effect."""
        self._read = 0
        self._wanted: dict[str, int] = {}
        """Short number → the card whose button is to be tapped."""
        self.taken: set[str] = set()
        """Short numbers that lay before the clerk."""
        self.approved: dict[str, str] = {}
        """Number → the words the head saw when giving the last approval."""
        self.errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._play, name="team", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(10)
        if self.errors:
            raise self.errors[0]

    @property
    def waiting(self) -> list[str]:
        """Cases that somebody still has to do something about."""
        return [short for short in self._wanted if short not in self.taken]

    def _play(self) -> None:
        while not self._stop.wait(0.4):
            try:
                self._look()
            except LookupError:
                pass  # the message changed under the thumb; look again
            except _DOWN:
                pass  # the database is away: they cannot tell what there is
            except BaseException as error:  # noqa: BLE001  (shown when the team goes home)
                self.errors.append(error)
                return

    def _look(self) -> None:
        self._read_cards()
        people = self._world.people
        for message in self._recent(people["clerk"].private):
            self._answer(message)
        for message in self._recent(people["coordinator"].private):
            self._approve(message, "coordinator")
            self._decide(message)
        for message in self._recent(people["head"].private):
            self._approve(message, "head")
        self._take()

    def _recent(self, room: Room) -> list[Seen]:
        with room.world.changed:
            last = list(islice(reversed(room.chat.messages.values()), _LOOK_BACK))
            return [seen(room.chat, it) for it in reversed(last) if not it.service]

    def _read_cards(self) -> None:
        group = self._world.group
        with group.world.changed:
            newest = reversed(group.chat.messages.values())
            fresh = takewhile(lambda it: it.id > self._read, newest)
            cards = [seen(group.chat, it) for it in fresh if it.sender.is_bot]
        for card in reversed(cards):
            self._read = max(self._read, card.id)
            for number in NUMBER.findall(card.text):
                short = number.rpartition("-")[2]
                if not int(short) % self._every:
                    self._wanted[short] = card.id

    def _take(self) -> None:
        group, clerk = self._world.group, self._world.people["clerk"]
        for short in self.waiting:
            card_id = self._wanted[short]
            with group.world.changed:
                message = group.chat.messages.get(card_id)
                card = seen(group.chat, message) if message else None
            for button in card.buttons if card else ():
                if button.text in ("Saya tangani", f"Saya tangani {short}") and self._first(
                    (card_id, short)
                ):
                    clerk.tap(group.id, card_id, button.data)

    def _answer(self, message: Seen) -> None:
        found = _CASE.search(message.text)
        if not found or message.reply_to or "Tanya pengadu" not in _labels(message):
            return
        short = found[1]
        self.taken.add(short)
        if "konsep" in message.text or not self._first(("draft", short)):
            return
        if self._has_draft(short):
            return
        clerk = self._world.people["clerk"]
        clerk.say(clerk.private, f"Terima kasih, aduan {short} sudah kami perbaiki.", message.id)

    def _has_draft(self, short: str) -> bool:
        query = (
            "SELECT 1 FROM reply JOIN complaint ON complaint.id = reply.complaint_id"
            " WHERE complaint.serial = ?"
        )
        return bool(self._world.rows(query, int(short)))

    def _approve(self, message: Seen, role: str) -> None:
        for button in message.buttons:
            if button.text == "Setujui & kirim" and self._first((role, message.id, button.data)):
                found = NUMBER.search(message.text)
                assert found is not None, message.text
                self._world.people[role].tap(message.chat_id, message.id, button.data)
                if role == "head":
                    self.approved[found[0]] = message.text

    def _decide(self, message: Seen) -> None:
        if _DOUBT not in message.text or "Kirim ulang" not in _labels(message):
            return
        found = NUMBER.search(message.text)
        assert found is not None, message.text
        short = found[0].rpartition("-")[2]
        if int(short) // self._every % 2 or not self._first(("doubt", message.id)):
            return
        words = f"aduan {short} "
        texts = [it.text for it in self._world.answers()]
        texts += [text for found in self._world.chats.answers().values() for text in found]
        arrived = any(words in text for text in texts)
        label = "Sudah terkirim" if arrived else "Kirim ulang"
        if label in _labels(message):
            self._world.people["coordinator"].tap(message.chat_id, message.id, label)

    def _first(self, what: object) -> bool:
        """Whether to do it now: never done, or long ago without effect."""
        last, patience = self._done.get(what, (0.0, 0.0))
        if time.monotonic() - last < patience:
            return False
        self._done[what] = (time.monotonic(), min(max(2 * patience, _PATIENCE), _LONGEST))
        return True


def _labels(message: Seen) -> set[str]:
    return {button.text for button in message.buttons}


def doubts(world: World) -> Iterator[str]:
    """Numbers of replies that the coordinator is shown as in doubt, to decide upon."""
    for message in world.people["coordinator"].private.messages():
        if _DOUBT in message.text and "Kirim ulang" in _labels(message):
            yield from NUMBER.findall(message.text)
