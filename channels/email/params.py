"""Parameters of Content-Type and Content-Disposition, read from what is really written there.

https://www.rfc-editor.org/rfc/rfc2045#section-5.1 https://www.rfc-editor.org/rfc/rfc2231
"""

import re
from urllib.parse import unquote_to_bytes

from channels.email.headers import decode_words
from channels.email.text import decode_bytes

_PARAM = re.compile(r';\s*([^\s=;"]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.DOTALL)
_TYPE = re.compile(r"\s*([a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100})", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PIECE = re.compile(r"(.+?)(?:\*([0-9]{1,3}))?(\*)?\Z")


def content_type(value: str) -> tuple[str, dict[str, str]]:
    """Type in lower case and its parameters; `text/plain` where none stands, as the RFC says."""
    if not value:
        return "text/plain", {}
    match = _TYPE.match(value)
    kind = match[1].lower() if match else ""
    if not kind:
        word = value.split(";")[0].strip().lower()
        kind = {"text": "text/plain", "html": "text/html"}.get(word, "application/octet-stream")
    return kind, parameters(value)


def parameters(value: str) -> dict[str, str]:
    """Parameters by name in lower case; RFC 2231 pieces joined, RFC 2047 words decoded."""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAM.finditer(value):
        quoted = match[2]
        text = match[3].strip() if quoted is None else _ESCAPED.sub(r"\1", quoted)
        named = _PIECE.match(match[1].lower())
        if named and (named[2] or named[3]):
            pieces.setdefault(named[1], {})[int(named[2] or 0)] = (text, bool(named[3]))
        else:
            plain.setdefault(match[1].lower(), decode_words(text))
    for name, parts in pieces.items():
        plain[name] = _join(parts)
    return plain


def _join(parts: dict[int, tuple[str, bool]]) -> str:
    charset, data = "", b""
    for number in sorted(parts):
        text, extended = parts[number]
        if extended and text.count("'") >= 2 and not data:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if extended else text.encode("utf-8", "replace")
    return decode_bytes(data, charset)[0]
