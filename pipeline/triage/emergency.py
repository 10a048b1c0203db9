"""Is somebody in danger? A table of words, with what denies them guarded.

It errs on the side of alarm: an alarm too many costs the team a glance, one too few a life. No
medical judgement is made, and nothing is ever kept from being recorded by it.
"""

import re
import unicodedata
from collections.abc import Iterator

from pipeline.triage.danger import (
    BIRTH,
    DANGER,
    DESPAIR,
    FILLERS,
    NO,
    PAST,
    PLANS,
    PRESENT,
    SPOKEN_OF,
)

LONGEST = 5000
"""Characters that are looked at: what is urgent is said early."""


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b".replace("<no>", f"(?:{NO})"))


_TABLE = tuple(
    (tuple(pieces.split()), _compile(pattern), sure)
    for table, sure in ((DESPAIR, True), (DANGER, False))
    for pieces, pattern in table
)
_PAST = _compile(PAST)
_PRESENT = _compile(PRESENT)
_PLANS = _compile(PLANS)
_BIRTH = re.compile(BIRTH)
_DENIED = re.compile(rf"\b(?:{NO})(?: (?:{FILLERS})){{0,2}} $")
_SPOKEN_OF = re.compile(rf"\b(?:{SPOKEN_OF})(?:nya)?(?: \w+)? $")
_CLAUSES = re.compile(r"[.!?,;:\n()]+|\b(?:tapi|tp|tpi|namun|nanging|tetapi)\b")
_NOISE = re.compile(r"[^\w\s.!?,;:()]+|_")
_LONG = re.compile(r"([a-z])\1\1+")
_TWICE = re.compile(r"(?<=[a-z])2\b")


def is_emergency(text: str) -> bool:
    """Whether these words speak of danger to life, now. Pure; any language's text is fine."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).lower()
    plain = _LONG.sub(r"\1", plain)
    # Most texts have none of the pieces: only the patterns whose piece is there are tried.
    near = [row for row in _TABLE if any(piece in plain for piece in row[0])]
    return bool(near) and any(
        _suffered(clause, found, sure)
        for clause in _clauses(plain)
        for _, pattern, sure in near
        for found in pattern.finditer(clause)
    )


def _clauses(plain: str) -> Iterator[str]:
    words = _NOISE.sub(" ", _TWICE.sub("", plain))
    for clause in _CLAUSES.split(words):
        yield " ".join(clause.split())


def _suffered(clause: str, found: re.Match[str], sure: bool) -> bool:
    before = clause[: found.start()]
    if _SPOKEN_OF.search(before):
        return False
    if sure:
        return True
    return not (
        _DENIED.search(before)
        or (_PAST.search(clause) and not _PRESENT.search(clause))
        or (_BIRTH.search(found.group()) and _PLANS.search(clause))
    )
