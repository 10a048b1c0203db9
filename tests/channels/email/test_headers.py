"""Header fields as senders really write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.headers import (
    decode_words,
    message_id,
    message_ids,
    parties,
    read_headers,
    sent_at,
)
from channels.email.params import content_type, parameters
from channels.message import Party


def test_unfolds_and_ends_at_the_blank_line() -> None:
    block = b"Subject: satu\r\n\tdua\r\nX-A : b\r\n\r\nisi"
    headers, used = read_headers(block)
    assert headers.text("subject") == "satu dua"
    assert headers.get("x-a") == "b"
    assert block[used:] == b"isi"


def test_a_line_that_is_no_field_begins_the_body() -> None:
    headers, used = read_headers(b"Subject: satu\nini isi: bukan kepala\n")
    assert "subject" in headers
    assert used == len(b"Subject: satu\n")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?UTF-8?Q?Antre_lama?=", "Antre lama"),
        ("=?utf-8?B?QW50cmU?=", "Antre"),  # padding missing
        ("=?utf-8*id?Q?Antre?= =?utf-8?Q?an?=", "Antrean"),
        ("Re: =?iso-8859-1?Q?caf=E9?= itu", "Re: café itu"),
        ("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
        ("=?x-aneh?Q?a=E9?=", "aé"),
        ("=?utf-8?Q?tak selesai", "=?utf-8?Q?tak selesai"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?unicode_escape?Q?=5Cx41?=", "\\x41"),
    ],
)
def test_decodes_words(value: str, expected: str) -> None:
    assert decode_words(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Budi <budi@x.example>", [Party(address="budi@x.example", name="Budi")]),
        ('"Hartati, Sri" <sri@x.example>', [Party(address="sri@x.example", name="Hartati, Sri")]),
        ("Hartati, Sri <sri@x.example>", [Party(address="sri@x.example", name="Hartati, Sri")]),
        ("budi@x.example", [Party(address="budi@x.example")]),
        ("<budi@x.example>", [Party(address="budi@x.example")]),
        ("budi@x.example (Budi)", [Party(address="budi@x.example", name="Budi")]),
        ('"budi@x.example" <budi@x.example>', [Party(address="budi@x.example")]),
        (
            "=?utf-8?Q?Budi=2C_S=2EKes?= <b@x.example>",
            [Party(address="b@x.example", name="Budi, S.Kes")],
        ),
        (
            "=?utf-8?Q?Budi_=3Cb=40x=2Eexample=3E?=",
            [Party(address="b@x.example", name="Budi")],
        ),
        ("A <a@x.example>, B <b@x.example>", [
            Party(address="a@x.example", name="A"), Party(address="b@x.example", name="B"),
        ]),
        ("undisclosed-recipients:;", []),
        ("tanpa alamat", []),
        ("", []),
        ("(" * 3000 + "a@x.example", [Party(address="a@x.example")]),
    ],
)  # fmt: skip
def test_parties(value: str, expected: list[Party]) -> None:
    assert parties([value]) == expected


def test_message_ids() -> None:
    assert message_id("<[abc]>") == "[abc]"
    assert message_id(" tanpa@kurung ") == "tanpa@kurung"
    assert message_id("") == ""
    assert message_ids("<a@x> teks <b@x>\t<a@x>") == ("a@x", "b@x")
    assert len(message_ids(" ".join(f"<{number}@x>" for number in range(500)))) == 100


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 5 Jan 2026 09:12:07 +0700", datetime(2026, 1, 5, 2, 12, 7, tzinfo=UTC)),
        ("Mon, 5 Jan 2026 09:12:07 -0000", datetime(2026, 1, 5, 9, 12, 7, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:00:00 -1400", None),
        ("kemarin sore", None),
        ("", None),
    ],
)
def test_dates(value: str, expected: datetime | None) -> None:
    assert sent_at(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ("text/plain", {})),
        ("Text/HTML; Charset=utf-8", ("text/html", {"charset": "utf-8"})),
        ("html", ("text/html", {})),
        (";;;", ("application/octet-stream", {})),
        ('multipart/mixed; boundary="a;b\\"c"', ("multipart/mixed", {"boundary": 'a;b"c'})),
        ("multipart/mixed; boundary=abc ; x=y", ("multipart/mixed", {"boundary": "abc", "x": "y"})),
    ],
)
def test_content_types(value: str, expected: tuple[str, dict[str, str]]) -> None:
    assert content_type(value) == expected


def test_rfc_2231_pieces_are_joined_in_order() -> None:
    value = "attachment; filename*1*=%C3%A9.pdf; filename*0*=utf-8'id'caf"
    assert parameters(value) == {"filename": "café.pdf"}


@given(st.binary(max_size=300))
def test_nothing_in_a_header_raises(data: bytes) -> None:
    headers, used = read_headers(b"From: " + data + b"\n\n")
    value = headers.get("from")
    assert used > 0
    for party in parties([value]):
        assert "@" in party.address
        assert "\n" not in party.address + party.name
    assert isinstance(decode_words(value), str)
    assert all("=" not in name for name in content_type(value)[1])
    moment = sent_at(value)
    assert moment is None or moment.tzinfo is UTC
