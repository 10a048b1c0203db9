"""A long answer in several parts, each with its reference, by which it is found again.

Twilio takes 1,600 characters a message on every channel (error 21617). What it counts as one
character beyond the basic plane is not written down: UTF-16 units are counted here, never fewer.
https://www.twilio.com/docs/api/errors/21617
"""

import re
import unicodedata

LIMIT = 1600
"""UTF-16 units of one part."""
_BORDERS = (
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(r"\n\s*"),
    re.compile(r"(?<=[.!?…])\s+"),
    re.compile(r"\s+"),
)
"""Where a text may be parted: paragraph, line, sentence, word."""
_JOINERS = ("\u200d", "\ufe0e", "\ufe0f")


def split(text: str, reference: str) -> list[str]:
    """The parts in order, each at most `LIMIT` units. The last line of each names the reference:
    `(ADU-2026-0042/2)`, or with its place, `(ADU-2026-0042/2 1/3)`, where there are several.
    """
    # Twilio strips the ends of a body; what is looked up later shall read the same.
    text = text.replace("\r\n", "\n").strip()
    whole = _signed(text, reference)
    if units(whole) <= LIMIT:
        return [whole]
    pieces = _pieces(text, LIMIT - units(_signed("", f"{reference} 999/999")))
    total = len(pieces)
    return [_signed(piece, f"{reference} {n}/{total}") for n, piece in enumerate(pieces, 1)]


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _signed(text: str, reference: str) -> str:
    return f"{text}\n\n({reference})"


def _pieces(text: str, room: int) -> list[str]:
    pieces = []
    while units(text) > room:
        end = _fitting(text, room)
        head, rest = _cut(text, end)
        pieces.append(head.rstrip())
        text = rest.lstrip()
    return [*pieces, text] if text else pieces


def _cut(text: str, end: int) -> tuple[str, str]:
    """At the last border within `end` characters that leaves no more than half unused."""
    for border in _BORDERS:
        found = [it for it in border.finditer(text, 0, end + 1) if end // 2 <= it.start() <= end]
        if found:
            return text[: found[-1].start()], text[found[-1].end() :]
    while end > 1 and _belongs(text[end]) | (text[end - 1] == "\u200d"):
        end -= 1
    return text[:end], text[end:]


def _belongs(one: str) -> bool:
    """Whether a character changes the one before it."""
    return one in _JOINERS or unicodedata.combining(one) != 0


def _fitting(text: str, room: int) -> int:
    """How many characters of `text` take at most `room` units."""
    used = 0
    for count, one in enumerate(text):
        used += 2 if ord(one) > 0xFFFF else 1
        if used > room:
            return count
    return len(text)
