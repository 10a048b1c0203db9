"""A message in the making: lines of ours, and citizens' words that may have to be cut.

Telegram takes 4096 UTF-16 units after its entities are parsed, so what counts is the text before
it is escaped. https://core.telegram.org/bots/api#sendmessage
"""

import html
from dataclasses import dataclass, field

LIMIT = 4096


def units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int, mark: str) -> str:
    """At most `most` units of a text, the mark included where something is missing."""
    if units(text) <= most:
        return text
    room = most - units(mark)
    if room < 0:
        return ""
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * room]
    # Half of an emoji at the end falls away.
    return kept.decode("utf-16-le", "ignore").rstrip() + mark


@dataclass(slots=True)
class _Piece:
    text: str
    tag: str = ""
    elastic: bool = False


@dataclass(slots=True)
class Sheet:
    """Add lines, then `html()`. What is elastic shares the room that the rest leaves."""

    mark: str
    """What stands at the end of something that was cut."""
    _pieces: list[_Piece] = field(default_factory=list)

    def line(self, text: str) -> None:
        """A line of our own; never cut."""
        self._next_line()
        self._pieces.append(_Piece(text))

    def quote(self, template: str, words: str, after: str = "") -> None:
        """A line with somebody's words at `{quote}`, in quotation marks, cut where need be.

        `template` has no other placeholders left.
        """
        self._next_line()
        before, _, rest = template.partition("{quote}")
        self._pieces += [
            _Piece(f'{before}"'),
            _Piece(words.strip(), elastic=True),
            _Piece(f'"{rest}{after}'),
        ]

    def whole(self, text: str, tag: str = "blockquote") -> None:
        """Words that must be shown whole, set apart; `pre` can be copied with a tap."""
        self._next_line()
        self._pieces.append(_Piece(text, tag))

    @property
    def overflows(self) -> bool:
        """Whether what may not be cut is more than a message holds."""
        return self._fixed() > LIMIT

    def html(self) -> str:
        """The text in Telegram's HTML style, within its limit."""
        shares = iter(self._shares())
        out = []
        left = LIMIT
        for piece in self._pieces:
            most = min(left, next(shares)) if piece.elastic else left
            text = cut(piece.text, most, self.mark)
            left -= units(text)
            escaped = html.escape(text, quote=False)
            out.append(f"<{piece.tag}>{escaped}</{piece.tag}>" if piece.tag else escaped)
        return "".join(out)

    def plain(self) -> str:
        """The text without marks and uncut, for a screen that has room."""
        return "".join(piece.text for piece in self._pieces)

    def _next_line(self) -> None:
        if self._pieces:
            self._pieces.append(_Piece("\n"))

    def _fixed(self) -> int:
        return sum(units(piece.text) for piece in self._pieces if not piece.elastic)

    def _shares(self) -> list[int]:
        """The short ones whole, the long ones equal parts of what is left."""
        wanted = [units(piece.text) for piece in self._pieces if piece.elastic]
        left, shares = max(0, LIMIT - self._fixed()), [0] * len(wanted)
        waiting = sorted(range(len(wanted)), key=wanted.__getitem__)
        for done, index in enumerate(waiting):
            shares[index] = min(wanted[index], left // (len(waiting) - done))
            left -= shares[index]
        return shares
