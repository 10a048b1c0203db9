"""Looks for what citizens are and wrote where none of it may stand."""

import re
from collections.abc import Iterable, Mapping

from tanggap.demo.letter import Letter
from tanggap.demo.phones import Caller

_PHONE = re.compile(r"\b0\d{2,3}[-\s]?\d{3,4}[-\s]?\d{3,5}\b")
_SHORTEST_LINE = 12
_SHORTEST_NAME = 6


def marks(letters: Iterable[Letter]) -> list[str]:
    """Names, addresses, telephone numbers and sentences of these citizens."""
    found: dict[str, None] = {}
    for letter in letters:
        lines = [line.strip() for line in letter.text.splitlines()]
        kept = [line for line in lines if len(line) >= _SHORTEST_LINE]
        kept += _PHONE.findall(letter.text)
        kept += [letter.name] if len(letter.name) >= _SHORTEST_NAME else []
        kept += [letter.sender] if "@" in letter.sender else []
        found |= dict.fromkeys(kept)
    return list(found)


def of_callers(said: Mapping[Caller, str]) -> list[str]:
    """The same of who writes by telephone."""
    names = [one.name for one in said if len(one.name) >= _SHORTEST_NAME]
    return [*said.values(), *names, *(one.number.removeprefix("+62") for one in said)]


def leaks(texts: Iterable[str], forbidden: Iterable[str]) -> list[str]:
    """Which of the forbidden words stand in these texts, whatever the case."""
    whole = "\n".join(texts).lower()
    return [mark for mark in forbidden if mark.lower() in whole]
