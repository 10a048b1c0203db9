"""Whatever the bytes are: a Message comes out, storable, the same from memory and from a file."""

from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import email
from channels.email.reader import Known, read
from channels.email.split import FileSource
from channels.message import Message
from tests.channels.email.mails import AUTHSERV, KEY, OWN, corpus

RAW = [mail.raw for mail in corpus()]
KNOWN = Known(own_addresses=[OWN], key=KEY, authserv_ids=[AUTHSERV])
TOKENS = [
    *(b"\r\n", b"\n\n", b"\r", b"\0", b"--", b"=?utf-8?B?", b"=?utf-8?Q?=", b"?=", b"\xff\xfe"),
    *(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", b"\n--b--\n", b"<blockquote>", b">"),
    *(b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: base64\n", b";", b"*0*="),
    *(b"charset=utf-7", b"charset=utf-16", b"From: (((<@", b"Date: 99", b"Message-ID: <[", b"\xe9"),
    b'; filename="',
    b"format=flowed",
    b"Pada 5 Jan 2026 a@b menulis:\n",
    b"> ",
    b"=\n",
    b"\x1b",
]
_thousands = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def _check(raw: bytes) -> Message:
    message = email.parse(raw, own_addresses=[OWN], key=KEY, authserv_ids=[AUTHSERV])
    for text in (message.subject, message.text, message.full_text, message.sender.name):
        assert "\0" not in text
        text.encode("utf-8")  # refuses lone surrogates
    assert message.identity
    assert bool(message.text) == bool(message.full_text)
    for attachment in message.attachments:
        assert 0 < len(attachment.name) <= 200
        assert not {"/", "\\", "\0", "\n"} & set(attachment.name)
    return message


@pytest.mark.slow
@settings(_thousands, max_examples=3_000)
@given(st.binary(max_size=2_000))
def test_any_bytes(raw: bytes) -> None:
    _check(raw)


@pytest.mark.slow
@settings(_thousands, max_examples=3_000)
@given(st.lists(st.sampled_from(TOKENS) | st.binary(max_size=12), max_size=25).map(b"".join))
def test_any_pieces_of_mail(raw: bytes) -> None:
    _check(raw)
    _check(b"From: w@x.example\nMIME-Version: 1.0\n" + raw)


_CHANGES = st.tuples(
    st.floats(0, 1), st.integers(0, 40), st.sampled_from(TOKENS) | st.binary(max_size=6)
)


@pytest.mark.slow
@settings(_thousands, max_examples=4_000)
@given(st.sampled_from(RAW), st.lists(_CHANGES, min_size=1, max_size=8))
def test_mutated_mail(raw: bytes, changes: list[tuple[float, int, bytes]]) -> None:
    for place, removed, inserted in changes:
        at = int(place * len(raw))
        raw = raw[:at] + inserted + raw[at + removed :]
    message = _check(raw)
    assert read(FileSource(BytesIO(raw), chunk=16), KNOWN) == message


HEAD = b"From: w@x.example\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
LEVEL = b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n"
HOSTILE = {
    "nested": HEAD + b"".join(LEVEL % (number, number) for number in range(1200)),
    "enclosed": b"Content-Type: message/rfc822\n\n" * 3_000,
    "comments": b"From: " + b"(" * 100_000,
    "parts": MIXED + b"--b\n\nx\n" * 100_000,
    "almost delimiters": MIXED + b"--bx\n" * 100_000,
    "blanks": HEAD + b"\n--Forwarded message" + b" " * 900_000 + b"x\n",
    "field blocks": HEAD + b"\n" + b"Dari: x\n" * 60_000,
    "attributions": HEAD + b"\n" + b"Pada menulis wrote pada\n" * 20_000,
    "fields": b"X: y\n" * 100_000,
    "binary": bytes(range(256)) * 4_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.timeout(20)
def test_hostile_mail_is_read_in_bounded_time(raw: bytes) -> None:
    _check(raw)
