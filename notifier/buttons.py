"""Buttons, and the at most 64 bytes that stand behind one.

`verb:number` or `verb:number:digest`: a number is a row's id, a digest binds to one version.
https://core.telegram.org/bots/api#inlinekeyboardbutton
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

DIGEST_CHARS = 16
"""How much of a digest a button carries."""
_DATA = re.compile(r"([a-z-]{1,16}):([0-9]{1,9})(?::([0-9a-z-]{1,24}))?")


class Verb(StrEnum):
    """What a tap asks for. In brackets: whose id goes with it."""

    TAKE = "take"
    """[complaint]"""
    ASK = "ask"
    """[complaint] the next message is a question to the complainant."""
    MORE = "more"
    """[complaint]"""
    FILES = "files"
    """[complaint] what the citizen attached."""
    APPROVE = "approve"
    """[reply, digest]"""
    CHANGES = "changes"
    """[reply, digest]"""
    UNDO = "undo"
    """[reply]"""
    RESUBMIT = "resubmit"
    """[reply]"""
    CORRECT = "correct"
    """[complaint] the next message is a correction."""
    RESEND = "resend"
    """[part]"""
    SENT = "sent"
    """[part]"""
    ELSEWHERE = "elsewhere"
    """[complaint]"""
    ANYWAY = "anyway"
    """[complaint]"""
    JOIN = "join"
    """[suggestion]"""
    REJECT = "reject"
    """[suggestion]"""
    SPLIT = "split"
    """[complaint]"""
    ASIDE = "aside"
    """[complaint]"""
    RESTORE = "restore"
    """[complaint]"""
    PROMOTE = "promote"
    """[message]"""
    CLOSE = "close"
    """[complaint]"""
    REOPEN = "reopen"
    """[complaint]"""
    LIST_ASIDE = "list-aside"
    """[0]"""
    CHOOSE = "choose"
    """[complaint] what was written before is for this one."""
    SHOW = "show"
    """[complaint] the newest draft."""
    MEDIUM = "medium"
    """[0, medium] how the complaint came that is being typed in."""
    DROP = "drop"
    """[0] forget what was being typed in."""


MEDIA = ("whatsapp", "phone", "counter", "box", "letter")
"""How something comes that is typed in."""


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button: something to do, or a link."""

    label: str
    data: str = ""
    url: str = ""

    def json(self) -> dict[str, str]:
        """https://core.telegram.org/bots/api#inlinekeyboardbutton"""
        behind = {"url": self.url} if self.url else {"callback_data": self.data}
        return {"text": self.label, **behind}


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Tap:
    """What a button's data says."""

    verb: Verb
    number: int
    extra: str = ""


def data(verb: Verb, number: int | None = 0, extra: str = "") -> str:
    """What to put behind a button."""
    text = f"{verb}:{number or 0}"
    return f"{text}:{extra[:DIGEST_CHARS]}" if extra else text


def read(text: str) -> Tap | None:
    """What stands behind a button, None for what is none of ours."""
    match = _DATA.fullmatch(text)
    if match is None or match[1] not in list(Verb):
        return None
    return Tap(Verb(match[1]), int(match[2]), match[3] or "")


def markup(rows: Rows) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#inlinekeyboardmarkup; empty takes the buttons away."""
    return {"inline_keyboard": [[button.json() for button in row] for row in rows if row]}
