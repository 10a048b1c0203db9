"""What a text weighs on the SMS network, and how a long answer is taken apart.

3GPP TS 23.038, 6.2.1 (the 7-bit alphabet and its extension table):
https://www.etsi.org/deliver/etsi_ts/123000_123099/123038/
3GPP TS 23.040, 9.2.3.24.1 (messages of several segments, joined by the telephone):
https://www.etsi.org/deliver/etsi_ts/123000_123099/123040/
"""

import re
import unicodedata
from enum import StrEnum

LIMIT_SEGMENTS = 6
"""Segments that one part of an answer may have: longer ones are lost on the way too often."""
LONGEST_REFERENCE = 40
"""Characters of a reference that still leave room for words in the smallest part."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Each takes two places: an escape and itself."""
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−•·", "-"),
        **dict.fromkeys("\t\u00a0\u2002\u2003\u2007\u2009\u200a\u202f", " "),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
        **dict.fromkeys("\u2028\u2029", "\n"),
        "…": "...",
        "×": "x",
    }
)
_JOINER = "\u200d"
_SKIN = "🏻🏼🏽🏾🏿"
_SENTENCE_END = re.compile(r"[.!?:;][\")']?(?=\s)")
_BLANK = re.compile(r"\s+")


class Encoding(StrEnum):
    """How a text travels."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"


_ROOM = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}
"""Places (septets, UTF-16 code units) of a message alone, and of each segment of several."""


def encoding(text: str) -> Encoding:
    """The 7-bit alphabet where it has every character, UCS-2 otherwise."""
    if all(one in _BASIC or one in _EXTENDED for one in text):
        return Encoding.GSM7
    return Encoding.UCS2


def segments(text: str) -> int:
    """What the network carries, and charges, for `text`; at least 1.

    A character of two places is never split over two segments, so that a place may stay empty.
    """
    kind = encoding(text)
    alone, each = _ROOM[kind]
    sizes = [_places(one, kind) for one in text]
    if sum(sizes) <= alone:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > each:
            count, used = count + 1, 0
        used += size
    return count


def plain(text: str) -> str:
    """`text` with typographic marks and blanks written as the 7-bit alphabet has them, so that
    one dash does not cost more than half of the room. Letters and emoji stay.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", lines).translate(_PLAIN)


def split(text: str, reference: str, limit_segments: int = LIMIT_SEGMENTS) -> list[str]:
    """`text` in parts of at most `limit_segments` segments, each with `reference` in it.

    One part ends in " (reference)" unless it names it already, several in " (reference 1/2)".
    Only blanks where parts meet are dropped. The same for the same text, for ever. Raises
    ValueError for a reference that is too long or is none of the 7-bit alphabet.
    """
    if len(reference) > LONGEST_REFERENCE or encoding(reference) is not Encoding.GSM7:
        raise ValueError("the reference must be short and of the 7-bit alphabet")
    words = plain(text).strip()
    alone = words if reference in words else f"{words} ({reference})".strip()
    if segments(alone) <= limit_segments:
        return [alone]
    lead = f"{reference} ".lstrip()
    digits = 1
    while True:
        pieces = _pieces(words, f" ({lead}{'9' * digits}/{'9' * digits})", limit_segments)
        if len(str(len(pieces))) <= digits:
            break
        digits += 1
    return [f"{piece} ({lead}{n}/{len(pieces)})" for n, piece in enumerate(pieces, 1)]


def _places(one: str, kind: Encoding) -> int:
    if kind is Encoding.GSM7:
        return 2 if one in _EXTENDED else 1
    return 2 if ord(one) > 0xFFFF else 1


def _pieces(words: str, end: str, limit: int) -> list[str]:
    """`words` cut so that each piece with `end` behind it keeps to `limit` segments."""
    pieces = []
    while words:
        at = _border(words, _longest(words, end, limit))
        pieces.append(words[:at].rstrip())
        words = words[at:].lstrip()
    return pieces


def _longest(words: str, end: str, limit: int) -> int:
    """Characters from the start that fit. More never weigh less, so that halving finds it."""
    low, high = 1, min(len(words), limit * _ROOM[Encoding.GSM7][0])
    while low < high:
        middle = (low + high + 1) // 2
        if segments(words[:middle] + end) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _border(words: str, most: int) -> int:
    """Where to cut, at most at `most`: after a line or sentence that leaves no more than half of
    the room unused, between words, or, within an endless word, right there.
    """
    if most >= len(words):
        return most
    half = most // 2
    line = words.rfind("\n", half, most + 1)
    if line > 0:
        return line
    sentences = [it.end() for it in _SENTENCE_END.finditer(words, half, most + 1)]
    if sentences:
        return sentences[-1]
    blanks = [it.start() for it in _BLANK.finditer(words, 0, most + 1) if it.start() > 0]
    return blanks[-1] if blanks else _between_letters(words, most)


def _between_letters(words: str, most: int) -> int:
    """Not between a letter and its vowel sign, nor within an emoji of several characters."""
    for at in range(most, max(most - 20, 0), -1):
        follows = unicodedata.category(words[at])[0] == "M" or words[at] in _JOINER + _SKIN
        if not follows and words[at - 1] != _JOINER:
            return at
    return most
