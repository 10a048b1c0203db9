"""Lines in and lines out. Nothing that anybody wrote reaches the terminal as a command to it."""

import getpass
import io
import sys
import unicodedata
from collections.abc import Callable
from typing import Protocol

_TAB = " " * 4
_HIDDEN = ("Cc", "Zl", "Zp", "Cs", "Co", "Cn")
_JOINS = "\u200d\u200c"
"""Inside emoji and in scripts that need them."""


class Ended(Exception):
    """Nobody is there any more: the input has ended."""


class Interrupted(Ended):
    """Ctrl+C: what was being typed does not count either."""


class Terminal(Protocol):
    """What the desk is driven through."""

    def say(self, text: str) -> None:
        """Lines of text, shown as they are."""
        ...

    def line(self, prompt: str) -> str:
        """What is typed next. Raises Ended."""
        ...

    def secret(self, prompt: str) -> str:
        """The same without showing it. Raises Ended."""
        ...


class Console:
    """The real one: a terminal, a pseudo-terminal or a pipe."""

    def __init__(self) -> None:
        if isinstance(sys.stdin, io.TextIOWrapper):
            # What is no text must not get into the database as half a character.
            encoding = None if sys.stdin.isatty() else "utf-8"
            sys.stdin.reconfigure(encoding=encoding, errors="replace")

    def say(self, text: str) -> None:
        """See `Terminal`."""
        sys.stdout.write(f"{harmless(text)}\n")
        sys.stdout.flush()

    def line(self, prompt: str) -> str:
        """See `Terminal`."""
        try:
            return input(harmless(prompt))
        except EOFError:
            raise Ended from None
        except KeyboardInterrupt:
            raise Interrupted from None

    def secret(self, prompt: str) -> str:
        """See `Terminal`."""
        if not sys.stdin.isatty():
            return self.line("")
        try:
            return getpass.getpass(harmless(prompt), stream=sys.stdout)
        except (EOFError, KeyboardInterrupt):
            raise Ended from None


def harmless(text: str) -> str:
    """The text with everything that steers a terminal, or turns the writing round, spelt out."""
    return "".join(_spelt(char) for char in text.replace("\r\n", "\n"))


def _spelt(char: str) -> str:
    if char == "\n":
        return char
    if char == "\t":
        return _TAB
    kind = unicodedata.category(char)
    if kind in _HIDDEN or (kind == "Cf" and char not in _JOINS):
        return char.encode("unicode_escape").decode()
    return char


def paragraphs(line: Callable[[str], str]) -> str:
    """Lines up to a single dot, or to the end of what a program hands in. Raises Interrupted."""
    lines: list[str] = []
    while True:
        try:
            typed = line("")
        except Interrupted:
            raise
        except Ended:
            break
        if typed.strip() == ".":
            break
        lines.append(typed.rstrip())
    return "\n".join(lines).strip()
