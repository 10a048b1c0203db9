"""Draws docs/chat.svg: one complaint from the group's card to the receipt, in the product's words.

Nothing in the picture is typed by hand but what people write: the chat is played against the
tests' desk (the real pipeline and notifier, Telegram's double) and read from there. A test draws
it again, so the picture cannot fall behind the product. Run: `.venv/bin/python scripts/chat_svg.py`
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from sqlalchemy import update
from sqlmodel import col

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from simulator.telegram import Seen  # noqa: E402
from store.tables import Account, Staff  # noqa: E402
from tests.notifier.conftest import World, opened  # noqa: E402

TARGET = ROOT / "docs" / "chat.svg"
COMPLAINT = "Antri dari jam 7 sampai jam 11 belum dipanggil, yang datang belakangan malah duluan."
ANSWER = "Mohon maaf atas antreannya, Bapak/Ibu. Alur antrean sedang kami perbaiki."
GROUP, CLERK, COORDINATOR = (
    "Grup tim",
    "Bot dengan Sari (petugas)",
    "Bot dengan dr. Wulan (koordinator)",
)


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message, or what a person did, in one of the chats."""

    room: str
    text: str
    buttons: Sequence[str] = ()
    person: str = ""
    """Who wrote it; empty for the bot."""


def play(world: World) -> list[Bubble]:
    """The chat, from the card to the receipt."""
    _prepare(world)
    said: list[Bubble] = []

    def bot(room: str, seen: Seen) -> None:
        said.append(Bubble(room, seen.text, [button.text for button in seen.buttons]))

    def person(room: str, who: str, text: str) -> None:
        said.append(Bubble(room, text, person=who))

    card = world.arrive(COMPLAINT, sender="siti@contoh.example")
    bot(GROUP, card)
    person(GROUP, "Sari", "[Saya tangani]")
    world.tap(world.clerk, card, "Saya tangani")
    case = world.clerk.private.last()
    bot(CLERK, case)
    person(CLERK, "Sari", ANSWER)
    world.say(world.clerk, ANSWER, reply_to=case)
    bot(CLERK, world.clerk.private.last())
    asked = world.coordinator.private.last()
    bot(COORDINATOR, asked)
    person(COORDINATOR, "dr. Wulan", "[Setujui & kirim]")
    world.tap(world.coordinator, asked, "Setujui & kirim")
    bot(COORDINATOR, world.coordinator.private.last())
    world.desk.later(world.ctx.settings.undo_seconds)
    bot(COORDINATOR, world.coordinator.private.last())
    bot(GROUP, world.group.last())
    return said


def _prepare(world: World) -> None:
    """Names for the people, and the letters come by email."""
    names = {"clerk": "Sari", "coordinator": "dr. Wulan"}
    with world.desk.store.write("picture") as db:
        for role, name in names.items():
            db.execute(update(Staff).where(col(Staff.role) == role).values(name=name))
        by_email = update(Account).where(col(Account.name) == "hotline").values(channel="email")
        db.execute(by_email)


WIDTH, MARGIN, PAD = 720, 24, 12
SIZE, LINE, LETTER = 14, 20, 7.9
"""Font size, line height, and the width of an average letter: all in pixels."""
COLUMNS = 62
"""Letters a line."""
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
    'font-family="system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, sans-serif" '
    'font-size="{size}" role="img" aria-label="{label}">'
)
_LABEL = "Satu aduan di obrolan tim, dari kartu di grup sampai jawabannya diterima gateway"


def draw(said: Sequence[Bubble]) -> str:
    """The picture. It refers to nothing outside itself."""
    parts: list[str] = []
    y, room = MARGIN, ""
    for bubble in said:
        if bubble.room != room:
            room = bubble.room
            y += 8
            parts.append(
                _text(WIDTH / 2, y + SIZE, room, "#41525d", "middle", weight="600", size=13)
            )
            y += 30
        y = _bubble(parts, bubble, y) + 10
    height = y + MARGIN - 10
    head = _HEAD.format(w=WIDTH, h=height, size=SIZE, label=escape(_LABEL))
    ground = f'<rect width="{WIDTH}" height="{height}" rx="12" fill="#e4ecef"/>'
    return "\n".join([head, ground, *parts, "</svg>\n"])


def _bubble(parts: list[str], bubble: Bubble, y: int) -> int:
    lines = [part for line in bubble.text.splitlines() for part in wrap(line)]
    longest = max(map(len, [*lines, bubble.person]))
    row = sum(_button_width(label) + 8 for label in bubble.buttons) - 8
    width = min(max(longest * LETTER + 2 * PAD, row, 90), WIDTH - 2 * MARGIN)
    x = WIDTH - MARGIN - width if bubble.person else MARGIN
    height = len(lines) * LINE + 2 * PAD - 4 + (18 if bubble.person else 0)
    fill = "#d7f2d0" if bubble.person else "#ffffff"
    parts.append(_box(x, y, width, height, fill))
    at = y + PAD + SIZE - 2
    if bubble.person:
        parts.append(_text(x + PAD, at - 1, bubble.person, "#2d7d46", weight="600", size=12))
        at += 18
    for line in lines:
        parts.append(_text(x + PAD, at, line, "#1b2730"))
        at += LINE
    y += height
    if bubble.buttons:
        y += 6
        for label in bubble.buttons:
            parts.append(_box(x, y, _button_width(label), 30, "#c9dbe4"))
            middle = x + _button_width(label) / 2
            parts.append(_text(middle, y + 20, label, "#17506e", "middle", size=13))
            x += _button_width(label) + 8
        y += 30
    return y


def _button_width(label: str) -> float:
    return len(label) * LETTER + 28


def wrap(line: str, columns: int = COLUMNS) -> list[str]:
    """A line in pieces of at most so many letters, broken between words."""
    pieces: list[str] = []
    for word in line.split(" "):
        if pieces and len(pieces[-1]) + 1 + len(word) <= columns:
            pieces[-1] += f" {word}"
        else:
            pieces.append(word)
    return pieces


def _box(x: float, y: float, width: float, height: float, fill: str) -> str:
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="10" '
        f'fill="{fill}"/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    fill: str,
    anchor: str = "start",
    *,
    weight: str = "400",
    size: int = SIZE,
) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" fill="{fill}" text-anchor="{anchor}" '
        f'font-weight="{weight}" font-size="{size}">{escape(text, quote=False)}</text>'
    )


def picture() -> str:
    """Play the chat and draw it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder)) as world,
        world.listening(),
    ):
        return draw(play(world))


if __name__ == "__main__":
    TARGET.write_text(picture(), encoding="utf-8")
