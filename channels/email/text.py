"""Bytes to text, whatever charset they claim to be in."""

import codecs
import re
from functools import lru_cache

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,39}\Z")
# Python's own codecs that no mail means: they escape, guess or take quadratic time.
_NOT_A_CHARSET = frozenset(
    [
        "idna",
        "mbcs",
        "oem",
        "palmos",
        "punycode",
        "raw-unicode-escape",
        "undefined",
        "unicode-escape",
    ]
)
_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso8859-1": "cp1252",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
}


@lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    """Python's name of a charset a mail declares, or "" when there is none."""
    name = charset.strip().strip("\"'").lower().replace("_", "-")
    name = _ALIASES.get(name, name)
    if not _SAFE_NAME.match(name) or name in _NOT_A_CHARSET:
        return ""
    try:
        info = codecs.lookup(name)
        b"".decode(name)  # refuses codecs that are no text encoding, such as rot13
    except (LookupError, ValueError, UnicodeError):
        return ""
    return info.name


def decode_bytes(data: bytes, charset: str = "") -> tuple[str, bool]:
    """Text of `data`: as declared, else UTF-8, else cp1252. The flag says whether it is sure.

    It is unsure when a charset was declared and neither that nor UTF-8 fits. Bytes that are
    valid UTF-8 beat a declared Western charset, which fits any bytes and so proves nothing.
    """
    if data.isascii() and not charset.lower().startswith(("utf-16", "utf-32", "utf-7", "iso-2022")):
        return data.decode("ascii"), True
    codec = _codec(charset) if charset else ""
    for name in ("utf-8", codec) if codec in ("", "cp1252", "ascii") else (codec, "utf-8"):
        if name:
            try:
                return data.decode(name), True
            except UnicodeError:
                continue
    return data.decode("cp1252", "replace"), not charset
