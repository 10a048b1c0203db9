"""The files that gammu-smsd writes with `inboxformat = detail`: a section a segment, the text in
UCS-2 hexadecimal (`Text00 = 0048…`) and, for people, behind semicolons.

https://docs.gammu.org/formats/smsbackup.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from channels.text import clean

_HEAD = re.compile(r"\[SMSBackup\d+\]\s*\Z", re.I)
_TEXT = re.compile(r"text(\d{2,3})\Z")
_NUMBER = re.compile(r"IN\d{8}_\d{6}_\d{2,}_(?P<number>.*)_\d{2,}\.")
"""Of a file's name: IN<date>_<time>_<serial>_<sender>_<sequence>.<ext>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat:
    """Which segment of which long message it is (3GPP TS 23.040, 9.2.3.24.1)."""

    reference: int
    total: int
    number: int
    """From 1 to `total`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One section."""

    sender: str
    moment: str
    """The network's time as it is written, such as 20261122T053458Z."""
    pdu: str
    coding: str
    text: bytes
    """UTF-16, big end first; half of a character may stand in the next segment."""
    concat: Concat | None


def segments(raw: bytes) -> list[Segment]:
    """The sections in the order of the file; none where it is no such file. Never raises."""
    found: list[Segment] = []
    fields: dict[str, str] | None = None
    comment: list[str] = []
    # Not splitlines(): what it takes for an end of line, a citizen's text may hold.
    for line in raw.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        if _HEAD.match(line):
            if fields is not None:
                found.append(_segment(fields, comment))
            fields, comment = {}, []
        elif line.startswith(";"):
            comment.append(line[2:])
        elif fields is not None and "=" in line:
            name, _, value = line.partition("=")
            fields.setdefault(name.strip().lower(), value.strip())
    if fields is not None:
        found.append(_segment(fields, comment))
    return found


def whole(raw: bytes) -> bool:
    """Whether gammu-smsd has written the file to its end: an empty line behind the last field."""
    return raw.endswith((b"\n\n", b"\r\n\r\n"))


def joined(parts: Sequence[Segment]) -> tuple[str, bool]:
    """The text, in the segments' own order, with "[...]" for what is missing; whether any is."""
    concat = parts[0].concat
    if concat is None:
        return clean(b"".join(part.text for part in parts).decode("utf-16-be", "replace")), False
    known = {part.concat.number: part.text for part in parts if part.concat}
    gap = "[...]".encode("utf-16-be")
    data = b"".join(known.get(number, gap) for number in range(1, concat.total + 1))
    return clean(data.decode("utf-16-be", "replace")), missing(parts)


def missing(parts: Sequence[Segment]) -> bool:
    """Whether segments of this message have not come yet."""
    concat = parts[0].concat
    if concat is None:
        return False
    return len({part.concat.number for part in parts if part.concat}) < concat.total


def sender_in(name: str) -> str:
    """The sender as a file's name tells it, "" where it does not."""
    match = _NUMBER.match(name)
    return match["number"] if match else ""


def _segment(fields: Mapping[str, str], comment: Sequence[str]) -> Segment:
    chunks = sorted((int(it[1]), fields[it[0]]) for name in fields if (it := _TEXT.match(name)))
    text = _hex("".join(value for _, value in chunks))
    if not chunks:
        text = "".join(comment).encode("utf-16-be", "surrogatepass")
    number = fields.get("number", "").strip('"')
    return Segment(
        sender=number or _hex(fields.get("numberunicode", "")).decode("utf-16-be", "replace"),
        moment=fields.get("datetime", ""),
        pdu=fields.get("pdu", "").lower(),
        coding=fields.get("coding", "").lower(),
        text=text,
        concat=_concat(_hex(fields.get("udh", ""))),
    )


def _hex(digits: str) -> bytes:
    """As much as can be read."""
    good = re.match(r"(?:[0-9A-Fa-f]{2})*", digits)
    return bytes.fromhex(good[0]) if good else b""


def _concat(header: bytes) -> Concat | None:
    at, end = 1, min(len(header), 1 + header[0]) if header else 0
    while at + 2 <= end:
        kind, data = header[at], header[at + 2 : at + 2 + header[at + 1]]
        at += 2 + header[at + 1]
        if (kind, len(data)) in ((0, 3), (8, 4)):
            total, number = data[-2], data[-1]
            if 0 < number <= total and total > 1:
                reference = int.from_bytes(data[:-2])
                return Concat(reference=reference, total=total, number=number)
    return None
