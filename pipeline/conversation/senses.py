"""What a short message is: a greeting, a nudge, thanks, a question about one's case, or content."""

import re
from collections.abc import Iterable
from enum import StrEnum

from channels.message import Message
from pipeline.conversation.phrases import (
    ADDRESSED,
    DISSATISFIED,
    FILLERS,
    GREETINGS,
    NUDGES,
    PROGRESS,
    THANKS,
)
from pipeline.conversation.plain import plain

LONGEST = 160
"""Characters; what is longer has something to say."""


class Sense(StrEnum):
    """What a message is to the conversation that it stands in."""

    GREETING = "greeting"
    """Something follows."""
    NUDGE = "nudge"
    """«P», «min?»: no content."""
    THANKS = "thanks"
    PROGRESS = "progress"
    """How far is my case?"""
    DISSATISFIED = "dissatisfied"
    """The answer did not help."""
    CONTENT = "content"


WORDLESS = frozenset({"sticker", "reaction"})
"""Forms that say no more than a nod."""


def _any(patterns: Iterable[str]) -> str:
    return "|".join(patterns)


_EMPTY_WORDS = rf"(?:{_any(GREETINGS)}|{_any(NUDGES)}|{ADDRESSED}|{FILLERS})"
_EMPTY = re.compile(rf"{_EMPTY_WORDS}(?: {_EMPTY_WORDS})*")
_CALL = re.compile(rf"(?:{ADDRESSED})(?: (?:{ADDRESSED}))*")
_GREETING = re.compile(rf"\b(?:{_any(GREETINGS)})\b")
_PROGRESS = re.compile(rf"\b(?:{_any(PROGRESS)})\b")
_DISSATISFIED = re.compile(rf"\b(?:{_any(DISSATISFIED)})\b")
_THANKS = re.compile(THANKS, re.IGNORECASE)


def sense(message: Message) -> Sense:
    """What this message is. Pure."""
    if message.form in WORDLESS:
        return Sense.THANKS
    if message.form or message.attachments or message.unreadable or len(message.text) > LONGEST:
        return Sense.CONTENT
    words = plain(message.text)
    if _CALL.fullmatch(words):
        return Sense.NUDGE
    if only_thanks(message.text):
        return Sense.THANKS
    if not words:
        return Sense.NUDGE
    if len(words) <= 60 and _EMPTY.fullmatch(words):
        return Sense.GREETING if _GREETING.search(words) else Sense.NUDGE
    if _PROGRESS.search(words):
        return Sense.PROGRESS
    if _DISSATISFIED.search(words):
        return Sense.DISSATISFIED
    return Sense.CONTENT


def only_thanks(text: str) -> bool:
    """«ok mksh 👍» after an answer does not open the case again; «sudah?» and «👎» do."""
    return len(text) <= 120 and _THANKS.fullmatch(text.strip()) is not None
