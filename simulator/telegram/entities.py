"""Message text as Telegram reads it: HTML style, lengths in UTF-16 units, commands.

https://core.telegram.org/bots/api#html-style
"""

import html
import re
from dataclasses import dataclass
from typing import Any

from simulator.telegram.errors import ApiError, bad

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAME = re.compile(r"[a-zA-Z0-9-]*")
_ATTRIBUTE = r"""\s+([a-zA-Z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>=]+))?"""
_REST = re.compile(rf"((?:{_ATTRIBUTE})*)\s*>")
_CHARACTER = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|lt|gt|amp|quot);")
_COMMAND = re.compile(r"(?<![\w/@])/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@])")

Entities = tuple[dict[str, Any], ...]


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(slots=True)
class _Open:
    name: str
    start: int
    url: str


class _Reader:
    """Reads one HTML-styled text; strict about tags as the real server is."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out = ""
        self.open: list[_Open] = []
        self.found: list[tuple[int, int, str, str]] = []

    def read(self) -> None:
        while self.at < len(self.source):
            sign = self.source[self.at]
            if sign == "<":
                (self._end if self.source.startswith("</", self.at) else self._start)()
                continue
            match = _CHARACTER.match(self.source, self.at) if sign == "&" else None
            self.out += html.unescape(match[0]) if match else sign
            self.at += len(match[0]) if match else 1
        if self.open:
            raise self._no(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')

    def _no(self, what: str) -> ApiError:
        return bad(f"can't parse entities: {what}")

    def _offset(self) -> int:
        return len(self.source[: self.at].encode())

    def _start(self) -> None:
        match = _NAME.match(self.source, self.at + 1)
        assert match is not None
        name = match[0].lower()
        if name not in _KINDS:
            raise self._no(f'Unsupported start tag "{name}" at byte offset {self._offset()}')
        rest = _REST.match(self.source, match.end())
        if rest is None:
            raise self._no(f"Unclosed start tag at byte offset {self._offset()}")
        pairs = re.findall(_ATTRIBUTE, rest[1])
        attributes = {key.lower(): html.unescape(value.strip("\"'")) for key, value in pairs}
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self._no(
                f'Tag "span" must have class "tg-spoiler" at byte offset {self._offset()}'
            )
        self.open.append(_Open(name, len(self.out), attributes.get("href", "")))
        self.at = rest.end()

    def _end(self) -> None:
        match = re.compile(r"</([a-zA-Z0-9-]*)\s*>").match(self.source, self.at)
        if match is None:
            raise self._no(f"Unclosed end tag at byte offset {self._offset()}")
        if not self.open:
            raise self._no(f"Unexpected end tag at byte offset {self._offset()}")
        tag = self.open.pop()
        if match[1] and match[1].lower() != tag.name:
            raise self._no(
                f"Unmatched end tag at byte offset {self._offset()}, "
                f'expected "</{tag.name}>", found "</{match[1]}>"'
            )
        self.found.append((tag.start, len(self.out), _KINDS[tag.name], tag.url))
        self.at = match.end()


def parse(source: str, mode: str) -> tuple[str, Entities]:
    """Text as it will stand in the chat (trimmed), and its entities. Modes: empty and HTML.

    Raises ApiError: `can't parse entities: …`.
    """
    if not mode:
        return source.strip(), ()
    if mode.lower() != "html":
        raise bad("unsupported parse_mode")
    reader = _Reader(source)
    reader.read()
    text = reader.out.strip()
    skipped = len(reader.out) - len(reader.out.lstrip())
    entities = []
    for start, end, kind, url in sorted(reader.found, key=lambda it: (it[0], -it[1])):
        first, last = max(start - skipped, 0), min(end - skipped, len(text))
        if first < last:
            entities.append(
                {
                    "type": kind,
                    "offset": units(text[:first]),
                    "length": units(text[first:last]),
                    **({"url": url} if kind == "text_link" else {}),
                }
            )
    return text, tuple(entities)


def commands(text: str) -> Entities:
    """The `bot_command` entities that a client finds in what a person typed."""
    return tuple(
        {
            "type": "bot_command",
            "offset": units(text[: match.start()]),
            "length": units(match[0]),
        }
        for match in _COMMAND.finditer(text)
    )
