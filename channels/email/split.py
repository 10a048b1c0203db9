"""A mail cut into its parts by offsets, the same way from memory and from a file.

The standard library's parser holds a 50 MB mail nine times over and recurses into every
nesting; this one keeps offsets only, works from a stack and is bounded in depth and parts.
https://www.rfc-editor.org/rfc/rfc2046#section-5.1
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from channels.email.headers import Headers, read_headers
from channels.email.params import content_type

CHUNK = 1 << 18
_MAX_HEADERS = 1 << 18
_MAX_DEPTH = 40
_MAX_PARTS = 500
_MAX_FALSE_DELIMITERS = 10_000
_GUESSED = re.compile(rb"^--([^\s-][^\r\n]{0,200}?)[ \t]*\r?\n[\w-]{1,60}:", re.MULTILINE)
_ENVELOPE_LINE = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n)*(?:>?From [^\n]*\n)?")

TOO_DEEP = "susunan surel terlalu dalam"
TOO_MANY = "bagian surel terlalu banyak"
NO_BOUNDARY = "batas antarbagian surel tidak ditemukan"


class Source(Protocol):
    """Random access to the bytes of a mail."""

    size: int

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`, fewer at the end of the mail."""
        ...

    def find(self, needle: bytes, start: int, end: int) -> int:
        """Where `needle` first stands wholly within the range, -1 when it does not."""
        ...


class MemorySource:
    """A mail in memory."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.size = len(raw)

    def read(self, start: int, end: int) -> bytes:
        """See Source."""
        return self._raw[start:end]

    def find(self, needle: bytes, start: int, end: int) -> int:
        """See Source."""
        return self._raw.find(needle, start, end)


class FileSource:
    """A mail in a file; at most a chunk of it stands in memory."""

    def __init__(self, file: BinaryIO, *, chunk: int = CHUNK) -> None:
        self._file = file
        self._chunk = chunk
        self.size = file.seek(0, 2)

    def read(self, start: int, end: int) -> bytes:
        """See Source."""
        self._file.seek(start)
        return self._file.read(max(0, end - start))

    def find(self, needle: bytes, start: int, end: int) -> int:
        """See Source."""
        while start < end:
            chunk = self.read(start, min(end, start + self._chunk + len(needle)))
            at = chunk.find(needle)
            if at >= 0:
                return start + at
            if len(chunk) < len(needle) or start + len(chunk) >= end:
                return -1
            start += len(chunk) - len(needle) + 1
        return -1


def chunks(source: Source, start: int, end: int) -> Iterator[bytes]:
    """The bytes of a range, a chunk at a time."""
    while start < end:
        chunk = source.read(start, min(end, start + CHUNK))
        if not chunk:
            return
        yield chunk
        start += len(chunk)


@dataclass(slots=True)
class Part:
    """A part and where its body lies. `path` numbers it as IMAP does, from 1."""

    path: str
    headers: Headers
    start: int
    end: int
    type: str
    params: dict[str, str]
    children: list["Part"] = field(default_factory=list)

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in the order of the mail."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


def split(source: Source) -> tuple[Part, list[str]]:
    """The tree of parts, and what was wrong with it, in Indonesian."""
    problems: list[str] = []
    envelope = _ENVELOPE_LINE.match(source.read(0, 4096))
    root = _open(source, "", envelope.end() if envelope else 0, source.size)
    waiting = [(root, 0)]
    count = 1
    while waiting:
        part, depth = waiting.pop()
        if not part.type.startswith(("multipart/", "message/rfc822", "message/global")):
            continue
        if depth >= _MAX_DEPTH:
            problems.append(TOO_DEEP)
            continue
        if part.type.startswith("multipart/"):
            ranges = _ranges(source, part)
            if not ranges and part.end > part.start:
                problems.append(NO_BOUNDARY)
        else:
            encoded = part.headers.get("content-transfer-encoding").lower() == "base64"
            ranges = [] if encoded else [(part.start, part.end)]
        if count + len(ranges) > _MAX_PARTS:
            problems.append(TOO_MANY)
            ranges = ranges[: _MAX_PARTS - count]
        count += len(ranges)
        enclosed = part.type.startswith("message/")
        for number, (start, end) in enumerate(ranges, 0 if enclosed else 1):
            path = f"{part.path}.{number}" if part.path else str(number)
            part.children.append(_open(source, path, start, end))
        waiting.extend((child, depth + 1) for child in reversed(part.children))
    if not root.type.startswith("multipart/"):
        root.path = "1"
    return root, problems


def _open(source: Source, path: str, start: int, end: int) -> Part:
    block = source.read(start, min(end, start + 8192))
    headers, used = read_headers(block)
    if used == len(block) and start + used < end:
        headers, used = read_headers(source.read(start, min(end, start + _MAX_HEADERS)))
    kind, params = content_type(headers.get("content-type"))
    return Part(path, headers, start + used, end, kind, params)


def _ranges(source: Source, part: Part) -> list[tuple[int, int]]:
    boundary = part.params.get("boundary", "").rstrip().encode("utf-8", "surrogateescape")
    ranges = _cut(source, part, boundary) if boundary else []
    if not ranges:
        guess = _GUESSED.search(source.read(part.start, min(part.end, part.start + CHUNK)))
        ranges = _cut(source, part, guess[1]) if guess else []
    return ranges


def _cut(source: Source, part: Part, boundary: bytes) -> list[tuple[int, int]]:
    """The ranges between the delimiter lines; the last may lack its closing one."""
    ranges: list[tuple[int, int]] = []
    needle = b"--" + boundary
    opened = -1
    at = part.start
    if source.read(at, at + len(needle)) != needle:
        at = source.find(b"\n" + needle, at, part.end) + 1
    false = 0
    while at > 0 or (at == part.start == 0 and opened < 0):
        after = at + len(needle)
        line = source.read(after, min(part.end, after + 256)).partition(b"\n")[0]
        mark = line.rstrip()
        if mark in (b"", b"--"):
            if opened >= 0:
                ranges.append((opened, max(opened, _before(source, at))))
            opened = min(part.end, after + len(line) + 1)
            if mark:
                return ranges
        else:
            false += 1
        if len(ranges) > _MAX_PARTS or false > _MAX_FALSE_DELIMITERS:
            return ranges
        at = source.find(b"\n" + needle, after - 1, part.end) + 1
    if 0 <= opened < part.end:
        ranges.append((opened, part.end))
    return ranges


def _before(source: Source, at: int) -> int:
    r"""Where a body ends whose delimiter line starts at `at`: before its `\r\n` or `\n`."""
    tail = source.read(max(0, at - 2), at)
    return at - 2 if tail == b"\r\n" else at - 1
