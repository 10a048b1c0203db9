"""Charsets, controls and transfer encodings."""

import base64
import quopri
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.split import FileSource
from channels.email.text import decode_bytes
from channels.email.transfer import base64_text, decoded


@pytest.mark.parametrize(
    ("data", "charset", "expected"),
    [
        ("é".encode(), "us-ascii", ("é", True)),
        ("é".encode(), "iso-8859-1", ("é", True)),
        (b"\xe9", "iso-8859-1", ("é", True)),
        (b"\x93a\x94", "iso-8859-1", ("“a”", True)),
        (b"\xe9", "", ("é", True)),
        (b"\xe9", "x-aneh", ("é", False)),
        (b"a", "x-aneh", ("a", True)),
        (b"a", "rot13", ("a", True)),
        ("aé".encode("utf-16"), "utf-16", ("aé", True)),
        ("日本".encode("iso-2022-jp"), "iso-2022-jp", ("日本", True)),
        ("你好".encode("gb18030"), "gb2312", ("你好", True)),
        (b"a\\x41\xe9", "unicode_escape", ("a\\x41é", False)),
        (b"\x81", "nama\0aneh", ("�", False)),
    ],
)
def test_charsets(data: bytes, charset: str, expected: tuple[str, bool]) -> None:
    assert decode_bytes(data, charset) == expected


@given(st.binary(max_size=400), st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_base64_in_any_pieces(data: bytes, cuts: list[int]) -> None:
    assert _through(base64.encodebytes(data), "base64", cuts) == data


@given(st.binary(max_size=400), st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_quoted_printable_in_any_pieces(data: bytes, cuts: list[int]) -> None:
    encoded = quopri.encodestring(data)
    assert _through(encoded, "quoted-printable", cuts) == quopri.decodestring(encoded)


def test_glued_base64_is_all_there() -> None:
    assert b"".join(decoded([b"QQ==QUJD\nQUI="], "base64")) == b"AABCAB"


def test_base64_that_is_none_stays_as_it_is() -> None:
    assert base64_text(b"Halo, pak.\nSatu") == (b"Halo, pak.\nSatu", False)
    assert base64_text(b"SGFsbw==\nkaki: teks") == (b"Halo\nkaki: teks", False)
    assert base64_text(b"SGFs\r\nbw==\r\n") == (b"Halo", True)


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=4), st.integers(1, 9))
def test_finds_in_a_file_what_is_found_in_memory(data: bytes, needle: bytes, chunk: int) -> None:
    source = FileSource(BytesIO(data), chunk=chunk)
    for start in range(0, len(data) + 1, 3):
        for end in (len(data), len(data) // 2):
            assert source.find(needle, start, end) == data.find(needle, start, end)


def _through(data: bytes, encoding: str, cuts: list[int]) -> bytes:
    pieces: list[bytes] = []
    position = 0
    while position < len(data):
        size = cuts[len(pieces) % len(cuts)]
        pieces.append(data[position : position + size])
        position += size
    return b"".join(decoded(pieces, encoding))
