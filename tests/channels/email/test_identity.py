"""One mail, one identity, whichever way it came in; other content, another identity."""

import pytest

from channels import email

MAIL = (
    b"From: Budi <budi@x.example>\r\nSubject: Antre lama di\r\n loket\r\n"
    b"Date: Mon, 5 Jan 2026 09:12:07 +0700\r\nMessage-ID: <a@x.example>\r\n\r\n"
    b"Isi.\r\nFrom loket sampai kasir\x00 antre.\r\n"
)


def _identity(raw: bytes) -> str:
    return email.parse(raw).identity


@pytest.mark.parametrize(
    "same",
    [
        MAIL.replace(b"\r\n", b"\n"),
        MAIL + b"\r\n\r\n",
        MAIL.rstrip(),
        b"Received: from a by b\r\nX-Spam: no\r\nStatus: RO\r\n" + MAIL,
        b"From budi@x.example Mon Jan  5 02:12:07 2026\n" + MAIL.replace(b"\nFrom l", b"\n>From l"),
        MAIL.replace(b"\x00", b"\x80"),
        MAIL.replace(b"di\r\n loket", b"di loket"),
        MAIL.replace(b"di\r\n loket", b"di\r\n\tloket"),
    ],
    ids=["lf", "trailing", "stripped", "received", "mbox", "nul", "unfolded", "refolded"],
)
def test_the_way_in_makes_no_difference(same: bytes) -> None:
    assert _identity(same) == _identity(MAIL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Budi", b"Badu"),
        (b"Antre", b"Antri"),
        (b"09:12:07", b"09:12:08"),
        (b"Isi.", b"Isi!"),
        (b"<a@x.example>", b"<b@x.example>"),
        (b"Message-ID", b"X-Bukan-ID"),
    ],
)
def test_other_content_is_another_message(old: bytes, new: bytes) -> None:
    assert _identity(MAIL.replace(old, new)) != _identity(MAIL)


def test_begins_with_the_message_id_where_there_is_one() -> None:
    assert _identity(MAIL).startswith("a@x.example#")
    assert len(_identity(MAIL.replace(b"Message-ID", b"X-Bukan-ID"))) == 64
    assert len(_identity(MAIL.replace(b"<a@", b"<" + b"a" * 900 + b"@"))) < 330


def test_a_long_body_without_line_ends_counts_to_its_end() -> None:
    head, body = b"From: w@x.example\n\n", b"x" * 3_000_000
    assert _identity(head + body) != _identity(head + body[:-1] + b"y")
