"""The demo on the terminal: the chats as they fill, compact, also where no terminal is."""

import threading
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.telegram import Person, Room, Seen
from tanggap.demo.count import Row
from tanggap.demo.world import World

_WIDTH = 110
_LINES, _BUTTONS = 4, 4
_LONGEST = 150


class Screen:
    """Says what happens; `with screen.watching(...)` also shows what is written in the chats."""

    def __init__(self) -> None:
        plain = Console()
        self.console = plain if plain.is_terminal else Console(width=_WIDTH)
        self.feed: Feed | None = None

    def title(self, text: str) -> None:
        """The next act."""
        self.console.print()
        self.console.rule(Text(text, "bold"), align="left")

    def line(self, text: str, style: str = "") -> None:
        """A sentence of the narrator's."""
        self.console.print(Text(text, style))

    def act(self, who: str, what: str) -> None:
        """Somebody does something, after what could be read until then."""
        if self.feed is not None:
            self.feed.catch_up()
        self._say(who, f"▸ {what}", "green")

    def message(self, room: str, text: str, *, edited: bool = False) -> None:
        """Something stands in a chat."""
        self._say(room, ("✎ " if edited else "") + text, "cyan")

    def counts(self, rows: Sequence[Row]) -> None:
        """Both countings beside each other."""
        table = Table("Hitungan", "Gateway", "Basis data", "", title="Dihitung dua kali")
        for row in rows:
            agrees = Text("sama", "green") if row.agrees else Text("BEDA", "bold red")
            table.add_row(row.label, str(len(row.gateways)), str(len(row.database)), agrees)
        self.console.print(table)
        for row in rows:
            for difference in row.differences():
                self.line(f"  {row.label}: {difference}", "red")

    def _say(self, who: str, text: str, style: str) -> None:
        shown = Table.grid(padding=(0, 1))
        shown.add_column(width=24, no_wrap=True, overflow="ellipsis")
        shown.add_column(overflow="fold")
        shown.add_row(Text(who, style), Text(text))
        self.console.print(shown)


class Feed:
    """Shows every message and every change of these chats, once each, while it is open."""

    def __init__(self, screen: Screen, world: World, people: Sequence[Person]) -> None:
        self._screen = screen
        self._changed = world.telegram.world.changed
        self._rooms: list[tuple[str, Room]] = [("Grup tim", world.group)]
        self._rooms += [(f"→ {it.user.name}", it.private) for it in people]
        self._shown: dict[tuple[int, int], str] = {}
        self._turn = threading.Lock()
        self._over = False
        self._thread = threading.Thread(target=self._follow, name="feed")

    def __enter__(self) -> "Feed":
        self._screen.feed = self
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join()
        self.catch_up()
        self._screen.feed = None

    def catch_up(self) -> None:
        """Show what is new; before somebody acts on it, so that the order is the true one."""
        with self._turn:
            for name, room in self._rooms:
                for seen in room.messages():
                    self._show(name, seen)

    def _follow(self) -> None:
        while not self._over:
            self.catch_up()
            with self._changed:
                if not self._over:
                    self._changed.wait(0.5)

    def _show(self, room: str, seen: Seen) -> None:
        key = (seen.chat_id, seen.id)
        before = self._shown.get(key)
        if not seen.from_bot or before == seen.text:
            return
        self._shown[key] = seen.text
        if before is None:
            self._screen.message(room, compact(seen))
        elif change := _change(before, seen.text):
            self._screen.message(room, change, edited=True)


def compact(seen: Seen) -> str:
    """A message with its buttons on few lines."""
    lines = [_short(line) for line in seen.text.splitlines()]
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], f"… (+{len(lines) - _LINES + 1} baris)"]
    buttons = [f"[{it.text}]" for it in seen.buttons[:_BUTTONS]]
    if len(seen.buttons) > _BUTTONS:
        buttons.append(f"(+{len(seen.buttons) - _BUTTONS} tombol)")
    return "\n".join([*lines, *([" ".join(buttons)] if buttons else [])])


def _change(before: str, after: str) -> str:
    """The first new lines of a message that was edited."""
    known = set(before.splitlines())
    lines = [_short(line) for line in after.splitlines() if line not in known]
    return "\n".join(lines[:2])


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
