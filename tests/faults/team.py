"""The team, played by what it sees: it takes every case, answers it and approves the answer.

People repeat themselves when nothing happens for a while, as people do.
"""

import re
import threading
import time

from sqlalchemy import text

from simulator.telegram.model import Seen
from tests.faults.site import Site

_PATIENCE = 3.0
_NUMBER = re.compile(r"ADU-\d{4}-\d{4,}")
_SHORT = re.compile(r"^Aduan (\d{4,}):", re.MULTILINE)


class Team:
    """Plays in a thread of its own until `stop`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._stop = threading.Event()
        self._done: dict[object, float] = {}
        self._drafted: dict[str, float] = {}
        self.approved: dict[str, str] = {}
        """Number → the words the coordinator saw when approving."""
        self.errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._play, name="team", daemon=True)

    def __enter__(self) -> "Team":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with self._site.telegram.world.changed:
            self._site.telegram.world.changed.notify_all()
        self._thread.join(10)
        if self.errors:
            raise self.errors[0]

    def _play(self) -> None:
        world = self._site.telegram.world
        while not self._stop.is_set():
            try:
                self._look()
            except LookupError:
                pass  # the card changed under the thumb; look again
            except BaseException as error:  # noqa: BLE001  (shown when the team goes home)
                self.errors.append(error)
                return
            with world.changed:
                world.changed.wait(0.2)

    def _look(self) -> None:
        for seen in self._site.group.messages():
            self._take(seen)
        for seen in self._site.people["clerk"].private.messages():
            self._answer(seen)
        for seen in self._site.people["coordinator"].private.messages():
            self._approve(seen)
            self._decide(seen)

    def _take(self, seen: Seen) -> None:
        for button in seen.buttons:
            if not button.text.startswith("Saya tangani"):
                continue
            number = button.text.removeprefix("Saya tangani").strip() or _only_number(seen)
            if number not in self._in_hands() and self._first(seen, button.data):
                self._site.people["clerk"].tap(seen.chat_id, seen.id, button.data)

    def _in_hands(self) -> set[str]:
        """Cases that lie before the clerk already."""
        chat = self._site.people["clerk"].private.messages()
        return {found[1] for seen in chat if (found := _SHORT.search(seen.text))}

    def _answer(self, seen: Seen) -> None:
        found = _SHORT.search(seen.text)
        if not found or seen.reply_to or "Tanya pengadu" not in _labels(seen):
            return
        number = found[1]
        if "konsep" in seen.text or self._drafted.get(number, 0) > time.monotonic() - _PATIENCE:
            return
        if number in self._drafted and self._has_draft(number):
            return
        self._drafted[number] = time.monotonic()
        clerk = self._site.people["clerk"]
        clerk.say(clerk.private, f"Terima kasih, aduan {number} sudah kami perbaiki.", seen.id)

    def _has_draft(self, number: str) -> bool:
        with self._site.database() as db:
            query = text(
                "SELECT 1 FROM reply JOIN complaint ON complaint.id = reply.complaint_id"
                " WHERE complaint.serial = :serial"
            )
            return db.execute(query, {"serial": int(number)}).first() is not None

    def _approve(self, seen: Seen) -> None:
        for button in seen.buttons:
            if button.text == "Setujui & kirim" and self._first(seen, button.data):
                found = _NUMBER.search(seen.text)
                assert found is not None, seen.text
                self.approved[found[0]] = seen.text
                self._site.people["coordinator"].tap(seen.chat_id, seen.id, button.data)

    def _decide(self, seen: Seen) -> None:
        """Nobody knows whether it went: the coordinator looks into the citizen's mailbox."""
        if "Kirim ulang" not in _labels(seen):
            return
        found = _NUMBER.search(seen.text)
        assert found is not None, seen.text
        if self._first(seen, "doubt"):
            arrived = any(
                f"aduan {found[0].rpartition('-')[2]} " in letter.text
                for letter in self._site.mail.letters()
            )
            label = "Sudah terkirim" if arrived else "Kirim ulang"
            if label in _labels(seen):
                self._site.people["coordinator"].tap(seen.chat_id, seen.id, label)

    def _first(self, seen: Seen, what: str) -> bool:
        """Whether to do it now: never done on this message, or long ago without effect."""
        key = (seen.chat_id, seen.id, what)
        last = self._done.get(key)
        if last is not None and time.monotonic() - last < _PATIENCE:
            return False
        self._done[key] = time.monotonic()
        return True


def _only_number(seen: Seen) -> str:
    found = _NUMBER.search(seen.text)
    return found[0].rpartition("-")[2] if found else ""


def _labels(seen: Seen) -> set[str]:
    return {button.text for button in seen.buttons}
