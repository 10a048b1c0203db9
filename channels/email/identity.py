"""The identity of a mail: the same whichever way it came in, another when its content differs."""

import hashlib

from channels.email.headers import Headers
from channels.email.split import CHUNK, Part, Source, chunks

_LONGEST_ID = 255


def identity(source: Source, root: Part, message_id: str) -> str:
    """Message-ID and sha256 of From, Date, Subject and body; the hash alone without an id.

    What differs between IMAP and an imported file is evened out first: line ends, blank lines
    at the end, folding, mbox's `>From `, and NUL, which Dovecot stores as 0x80.
    """
    digest = hashlib.sha256(_essence(root.headers))
    end = _content_end(source, root.start, root.end)
    rest = b""
    for chunk in chunks(source, root.start, end):
        data = rest + chunk
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) < CHUNK * 4:
            rest = data
            continue
        rest = data[cut:] if cut else b""
        digest.update(_even(data[:cut] if cut else data))
    digest.update(_even(rest))
    found = digest.hexdigest()
    return f"{message_id[:_LONGEST_ID]}#{found}" if message_id else found


def _essence(headers: Headers) -> bytes:
    values = ("\0".join(headers.all(name)) for name in ("message-id", "from", "date", "subject"))
    return "\n".join("".join(value.split()) for value in values).encode("utf-8", "replace") + b"\n"


def _even(data: bytes) -> bytes:
    data = data.replace(b"\r", b"").replace(b"\0", b"\x80")
    if b">From " in data:
        data = data.replace(b"\n>From ", b"\nFrom ")
        if data.startswith(b">From "):
            data = data[1:]
    return data


def _content_end(source: Source, start: int, end: int) -> int:
    while end > start:
        tail = source.read(max(start, end - CHUNK), end)
        kept = len(tail.rstrip(b"\r\n"))
        if kept:
            return end - len(tail) + kept
        end -= len(tail)
    return start
