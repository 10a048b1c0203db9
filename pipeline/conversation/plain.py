"""A short message as its table knows it: lower case, words alone."""

import re
import unicodedata

_LONG = re.compile(r"([a-z])\1\1+")
_MARKS = re.compile(r"[^\w]+|_")


def plain(text: str) -> str:
    """Lower case, without marks and emoji, letters drawn out written once, single spaces.

    Empty where a message has no word at all.
    """
    folded = unicodedata.normalize("NFKC", text).lower().replace("'", "").replace("’", "")
    return " ".join(_MARKS.sub(" ", _LONG.sub(r"\1", folded)).split())
