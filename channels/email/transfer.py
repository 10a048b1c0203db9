"""Content transfer encodings, undone in a stream so that an attachment never stands in memory."""

import binascii
from collections.abc import Iterable, Iterator

_KEEP = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_DROP = bytes(set(range(256)) - set(_KEEP))
_LONGEST_LINE = 1 << 20


def _base64(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        data = rest + chunk.translate(None, _DROP)
        # Padding inside: some programs encode in pieces and glue the pieces together.
        *closed, data = data.split(b"=")
        for piece in filter(None, closed):
            yield _base64_piece(piece)
        cut = len(data) - len(data) % 4
        rest = data[cut:]
        yield binascii.a2b_base64(data[:cut])
    yield _base64_piece(rest)


def _base64_piece(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:  # six bits are no byte
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def _quoted_printable(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) > _LONGEST_LINE:
            cut = len(data) - 2 if b"=" in data[-2:] else len(data)
        rest = data[cut:]
        yield binascii.a2b_qp(data[:cut])
    yield binascii.a2b_qp(rest)


def decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The bytes that `chunks` stand for; an unknown encoding is left as it is."""
    if encoding == "base64":
        return _base64(chunks)
    if encoding == "quoted-printable":
        return _quoted_printable(chunks)
    return iter(chunks)


def base64_text(data: bytes) -> tuple[bytes, bool]:
    """Decode a text body that claims base64; the flag says whether all of it was base64.

    Lists append plain footers to encoded bodies, and some programs claim base64 and write
    plain text: from the first line that cannot be base64 on, the bytes are taken as they are.
    """
    lines = data.splitlines()
    sound = len(lines)
    for index, line in enumerate(lines):
        if line.strip().translate(None, _KEEP):
            sound = index
            break
    body = b"".join(_base64(lines[:sound]))
    if sound == len(lines):
        return body, True
    return body + (b"\n" if body else b"") + b"\n".join(lines[sound:]), False
