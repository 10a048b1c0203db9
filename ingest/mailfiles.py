"""Finds mail in files and takes it apart: .eml, mbox, Maildir. A large mail never stands in
memory: it is copied into the store's spool in pieces.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

INLINE = 256 * 1024
"""Bytes up to which a mail stays in its row, as for mail from a server."""
HEAD = 64 * 1024
"""Bytes of a mail that are looked at for its headers."""

_SUFFIXES = (".eml", ".mbox", ".mbx")
_FROM_LINE = re.compile(rb"From .*\d{4}\s*$")
"""Begins a mail after an empty line ..."""
_DATED_FROM_LINE = re.compile(
    rb"From \S* *[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d.*\d{4}\s*$"
)
"""... and this one also where a program forgot the empty line."""
_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_CHUNK = 1 << 18
_LONGEST_LINE = 1 << 16


class Unreadable(Exception):
    """A file that is no mail; the argument says why, in Indonesian."""


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that should hold mail."""

    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a place holds."""

    files: list[MailFile]
    ignored: int
    """Files that are no mail by their name."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail out of a file."""

    raw: bytes | Path
    """The bytes, or a file in the spool where they are many."""
    size: int
    digest: str
    head: bytes
    fallback: datetime
    """When it was received, where no header says so."""


def mail_files(place: Path) -> Found:
    """The files at `place`: itself, or whatever below it is named like mail or lies in a Maildir.

    In the order of their names. Raises FileNotFoundError.
    """
    if not place.exists():
        raise FileNotFoundError(place)
    if not place.is_dir():
        return Found([MailFile(place, place.stat().st_size)], 0)
    files: list[MailFile] = []
    ignored = 0
    for path in sorted(place.rglob("*")):
        if path.is_dir():
            continue
        in_maildir = path.parent.name in ("cur", "new") and (path.parent.parent / "cur").is_dir()
        if in_maildir or path.suffix.lower() in _SUFFIXES or _bare_mbox(path):
            files.append(MailFile(path, _size(path)))
        elif path.parent.name != "tmp" and not path.name.startswith((".", "dovecot", "maildir")):
            ignored += 1
    return Found(files, ignored)


def mails_in(path: Path, spool: Path) -> Iterator[Mail]:
    """Every mail in a file. Raises Unreadable or OSError, perhaps after some were given."""
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with path.open("rb") as file:
        start = file.read(HEAD)
        if not start.strip():
            raise Unreadable("berkasnya kosong")
        file.seek(0)
        if _FROM_LINE.match(start.split(b"\n", 1)[0]):
            yield from _mbox(file, spool, changed)
            return
        if path.suffix.lower() in (".mbox", ".mbx"):
            raise Unreadable("bukan mbox: tidak diawali baris “From ”")
        if not _HEADER_LINE.match(start.removeprefix(b"\xef\xbb\xbf").lstrip()):
            raise Unreadable("bukan surel: tidak diawali kepala surel")
        yield _collect(iter(partial(file.read, _CHUNK), b""), spool, changed)


def _mbox(file: BinaryIO, spool: Path, changed: datetime) -> Iterator[Mail]:
    """Apart at `From …2026` after an empty line; mboxo's `>From ` stays, the desk reads both."""
    lines = iter(partial(file.readline, _LONGEST_LINE), b"")
    line: bytes | None = next(lines)
    while line is not None:
        fallback = _from_time(line) or changed
        following: list[bytes] = []
        mail = _collect(_until_from(lines, following), spool, fallback)
        if mail.size:
            yield mail
        line = following[0] if following else None


def _until_from(lines: Iterator[bytes], following: list[bytes]) -> Iterator[bytes]:
    """The lines of one mail without the empty one that ends it; the next From_ line goes into
    `following`.
    """
    held = b""
    for line in lines:
        if (held and _FROM_LINE.match(line)) or _DATED_FROM_LINE.match(line):
            following.append(line)
            return
        yield held
        held = line if line in (b"\n", b"\r\n") else b""
        if not held:
            yield line


def _collect(pieces: Iterable[bytes], spool: Path, fallback: datetime) -> Mail:
    """In memory while it is small, in a file of the spool from then on."""
    digest, size, head, kept = hashlib.sha256(), 0, b"", bytearray()
    target: BinaryIO | None = None
    name: Path | None = None
    try:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            head += piece[: max(0, HEAD - len(head))]
            if target is not None:
                target.write(piece)
                continue
            kept += piece
            if len(kept) > INLINE:
                handle, path = tempfile.mkstemp(dir=spool, prefix="import-")
                target, name = os.fdopen(handle, "wb"), Path(path)
                target.write(kept)
                kept.clear()
    except BaseException:
        if target is not None and name is not None:
            target.close()
            name.unlink()
        raise
    if target is not None:
        target.close()
    return Mail(name or bytes(kept), size, digest.hexdigest(), head, fallback)


def _from_time(line: bytes) -> datetime | None:
    """`From somebody Sat Nov 21 22:39:37 2026`: the time is UTC by custom."""
    words = line.decode("ascii", "replace").split()
    try:
        return datetime.strptime(" ".join(words[-5:]), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return _other_time(" ".join(words[2:]))


def _other_time(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _bare_mbox(path: Path) -> bool:
    """Mail programs keep their mbox files without a suffix."""
    if path.suffix:
        return False
    try:
        with path.open("rb") as file:
            return _FROM_LINE.match(file.readline(_LONGEST_LINE)) is not None
    except OSError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # it is read later, and then listed with its reason
