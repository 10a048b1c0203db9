"""Text and keys from outside in the shape that every database and every reader can take."""

import hashlib
import re

_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
# Controls, lone surrogates, byte order marks, non-characters, and the overrides that make a
# file name or a sentence read backwards. ZWJ stays: emoji need it.
_REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_BLANKS = re.compile(r"\s+")
_LONGEST_KEY = 900
"""Bytes: PostgreSQL refuses an index row of more than 2,704."""


def clean(text: str) -> str:
    r"""`text` with `\n` line ends and without what no database and no reader can use."""
    return _REFUSED.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str, limit: int = 1000) -> str:
    """`text` cleaned, on one line with single blanks, at most `limit` characters."""
    return _BLANKS.sub(" ", clean(text[: limit * 4])).strip()[:limit].rstrip()


def key(text: str) -> str:
    """`text` as it can be looked up: cleaned, on one line, a long one cut and told apart by its
    hash.
    """
    whole = one_line(text, len(text))
    data = whole.encode()
    if len(data) <= _LONGEST_KEY:
        return whole
    return f"{data[: _LONGEST_KEY - 65].decode(errors='ignore')}#{hashlib.sha256(data).hexdigest()}"
