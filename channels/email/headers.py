"""Header fields of mail, read so that nothing in them can raise.

The standard library's modern policy raises on encoded line ends in From, on `<[abc]>` as a
Message-ID and more, and costs three times as much; this reads what senders really write.
https://www.rfc-editor.org/rfc/rfc5322 https://www.rfc-editor.org/rfc/rfc2047
"""

import binascii
import re
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from channels.email.text import decode_bytes
from channels.email.transfer import decoded
from channels.message import Party
from channels.text import key, one_line

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*(.*)", re.DOTALL)
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_PLAIN_ADDRESS = re.compile(r'([^<>@]*)<([^<>@\s",;]+@[^<>@\s",;]+)>\Z')
_ANY_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:\\@=]{1,64}@[\w.-]{1,190}")
_BRACKETED = re.compile(r"<([^<>\s]+)>")
_LONGEST_VALUE = 16_000
_MOST_REFERENCES = 100
_MOST_FIELDS = 10


class Headers:
    """The fields of one part: names in any case, values unfolded and not yet decoded."""

    __slots__ = ("_fields",)

    def __init__(self, fields: dict[str, list[bytes]]) -> None:
        self._fields = fields

    def __bool__(self) -> bool:
        return bool(self._fields)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def all(self, name: str) -> list[str]:
        """Every value of a field, the topmost first; `name` in lower case."""
        return [
            decode_bytes(value[:_LONGEST_VALUE])[0].strip() for value in self._fields.get(name, ())
        ]

    def get(self, name: str) -> str:
        """The topmost value of a field, "" when absent; `name` in lower case."""
        values = self._fields.get(name)
        return decode_bytes(values[0][:_LONGEST_VALUE])[0].strip() if values else ""

    def text(self, name: str, limit: int = 1000) -> str:
        """The topmost value, decoded, on one line."""
        return one_line(decode_words(self.get(name)), limit)


def read_headers(block: bytes) -> tuple[Headers, int]:
    """The fields at the start of `block`, and how many bytes they and the blank line take.

    A line that is no field ends them too: some programs forget the blank line.
    """
    entries: list[tuple[str, list[bytes]]] = []
    position = 0
    while position < len(block):
        stop = block.find(b"\n", position) + 1 or len(block)
        line = block[position:stop].rstrip(b"\r\n")
        if not line:
            position = stop
            break
        if line[0] in b" \t" and entries:
            entries[-1][1].append(line)
        elif match := _FIELD.match(line):
            entries.append((match[1].decode("ascii").lower(), [match[2]]))
        else:
            break
        position = stop
    fields: dict[str, list[bytes]] = {}
    for name, lines in entries:
        fields.setdefault(name, []).append(b"".join(lines))
    return Headers(fields), position


def decode_words(value: str) -> str:
    """Undo RFC 2047: neighbours of one charset are joined first, for characters cut in two."""
    if "=?" not in value:
        return value
    out: list[str] = []
    charset, pending, position = "", b"", 0
    for match in _WORD.finditer(value):
        gap, named = value[position : match.start()], match[1].lower().partition("*")[0]
        if not charset or gap.strip() or named != charset:
            out.append(decode_bytes(pending, charset)[0])
            if not charset or gap.strip():
                out.append(gap)
            charset, pending = named, b""
        pending += _word(match[2], match[3])
        position = match.end()
    out.append(decode_bytes(pending, charset)[0])
    return "".join(out) + value[position:]


def _word(kind: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if kind in "bB":
        return b"".join(decoded([data], "base64"))
    return binascii.a2b_qp(data, header=True)


def parties(values: list[str]) -> list[Party]:
    """Names and addresses of From, To and the like; empty when none can be made out."""
    if len(values) == 1 and (match := _PLAIN_ADDRESS.match(values[0])):
        return [_party(match[1], match[2])]
    values = values[:_MOST_FIELDS]
    try:
        pairs = getaddresses(values)
    except Exception:  # noqa: BLE001 - its parser recurses and indexes blindly on broken values
        pairs = []
    found = [_party(name, address) for name, address in pairs if _ANY_ADDRESS.fullmatch(address)]
    return found or [
        _party(before, match[0])
        for value in values
        for text in [decode_words(value)]
        for match in [_ANY_ADDRESS.search(text)]
        if match
        for before in [text[: match.start()]]
    ]


def _party(name: str, address: str) -> Party:
    address = one_line(address, 320)
    name = one_line(decode_words(name), 200).strip("\"'<>(): ")
    return Party(address=address, name="" if name.lower() == address.lower() else name)


def message_id(value: str) -> str:
    """A Message-ID without angle brackets, "" when there is none."""
    match = _BRACKETED.search(value)
    return key(match[1] if match else "".join(value.split()).strip("<>"))


def message_ids(value: str) -> tuple[str, ...]:
    """The ids of References or In-Reply-To, oldest first, without angle brackets."""
    found = _BRACKETED.findall(value)[-_MOST_REFERENCES:]
    return tuple(dict.fromkeys(map(key, found)))


def sent_at(value: str) -> datetime | None:
    """The Date header in UTC, None when it cannot be read: received time is the gateway's."""
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except Exception:  # noqa: BLE001 - raises whatever its guesses run into
        return None
