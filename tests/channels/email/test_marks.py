"""Who wrote it, and who vouches for it."""

import pytest

from channels import email
from channels.email.headers import read_headers
from channels.email.marks import unanswerable, vouched
from tests.channels.email.mails import OWN

TRUSTED = ["mx.rumah.example"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("From: w@x.example", ""),
        ("From: w@x.example\nAuto-Submitted: no", ""),
        ("From: w@x.example\nAuto-Submitted: No (really)", ""),
        ("From: w@x.example\nAuto-Submitted: auto-replied; owner-email=x", "automatic"),
        ("From: w@x.example\nAuto-Submitted: auto-generated", "automatic"),
        ("From: w@x.example\nPrecedence: bulk", "automatic"),
        ("From: w@x.example\nPrecedence: JUNK", "automatic"),
        ("From: w@x.example\nPrecedence: list", "list"),
        ("From: w@x.example\nPrecedence: first-class", ""),
        ("From: w@x.example\nList-Id: <a.b>", "list"),
        ("From: w@x.example\nReturn-Path: <>", "bounce"),
        ("From: w@x.example\nReturn-Path: <w@x.example>", ""),
        ("From: w@x.example\nX-Auto-Response-Suppress: OOF, AutoReply", "automatic"),
        ("From: w@x.example\nX-Auto-Response-Suppress: None", ""),
        ("From: MAILER-DAEMON@x.example", "bounce"),
        ("From: noreply@x.example", "automatic"),
        ("From: no-reply+7@x.example", "automatic"),
        ("From: do_not_reply@x.example", "automatic"),
        ("From: jangan-dibalas@x.example", "automatic"),
        ("From: norepin@x.example", ""),
        (f"From: Kami <{OWN.upper()}>", "own"),
        ("From: w@x.example\nX-Autoreply: no", ""),
        ("From: w@x.example\nX-Auto-Reply: vacation", "automatic"),
        ("From: w@x.example\nX-Precedence: bulk", "automatic"),
        ("From: w@x.example\nList-Unsubscribe: <https://x.example>", "list"),
        ("From: w@x.example\nX-Failed-Recipients: b@x.example", "bounce"),
        ("From: postmaster@x.example", ""),
        ("From: postmaster@x.example\nReturn-Path: <>", "bounce"),
        ("From: MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example", "bounce"),
    ],
)
def test_why_it_is_no_persons_message(fields: str, reason: str) -> None:
    raw = f"{fields}\nSubject: x\n\nisi".encode()
    assert email.parse(raw, own_addresses=[OWN]).automated == reason
    assert email.parse(raw, own_addresses=[OWN], junk=True).automated == (reason or "junk")


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("Automatic reply: Re: Aduan", "automatic"),
        ("Out of Office: Re: Aduan", "automatic"),
        ("AUTO: Budi di luar kantor", "automatic"),
        ("Balasan otomatis: Aduan", "automatic"),
        ("Balasan otomatis WA puskesmas membingungkan", ""),
        ("Re: Automatic reply: Aduan", ""),
        ("Otomatis ditolak BPJS", ""),
        ("Email tidak terkirim ke puskesmas", ""),
        ("Undeliverable: Aduan", ""),
    ],
)
def test_a_subject_alone_marks_only_what_people_do_not_write(subject: str, reason: str) -> None:
    raw = f"From: w@x.example\nSubject: {subject}\n\nisi".encode()
    assert email.parse(raw).automated == reason


@pytest.mark.parametrize(
    ("address", "machine"),
    [
        ("MAILER-DAEMON@x.example", True),
        ("no-reply@x.example", True),
        ("jangan-balas@x.example", True),
        ("warga-rw-request@milis.example", True),
        ("owner-warga@milis.example", True),
        ("bounce+7@x.example", True),
        ("bouncer@x.example", False),
        ("owner@warung.example", False),
        ("norepin@x.example", False),
    ],
)
def test_where_nobody_reads_an_answer(address: str, machine: bool) -> None:
    assert unanswerable(address) is machine


def test_junk_only_where_nothing_else_is_known() -> None:
    assert email.parse(b"From: w@x.example\n\nisi", junk=True).automated == "junk"
    assert email.parse(b"From: w@x.example\nList-Id: a\n\nisi", junk=True).automated == "list"


FROM = "From: Budi <budi@x.example>\n"
RESULT = FROM + "Authentication-Results: mx.rumah.example"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (FROM, False),
        (RESULT + "; dmarc=pass header.from=x.example", True),
        (FROM + "Authentication-Results: MX.rumah.example 1; dmarc=PASS", True),
        (FROM + "Authentication-Results: mx.lain.example; dmarc=pass", False),
        (RESULT + "; dmarc=fail; dkim=pass header.d=x.example", False),
        (RESULT + "; dmarc=pass header.from=y.example", False),
        (RESULT + "; dkim=pass header.d=x.example", True),
        (RESULT + "; dkim=pass header.i=@x.example", True),
        (RESULT + "; dkim=pass header.d=y.example", False),
        (RESULT + "; dkim=pass header.d=notx.example", False),
        (RESULT + "; spf=pass smtp.mailfrom=x.example", False),
        (RESULT + " (dmarc=pass); none", False),
        (RESULT + "; dkim=fail (dmarc=pass)", False),
        (
            "Authentication-Results: mx.rumah.example; none\n"
            "Authentication-Results: mx.rumah.example; dmarc=pass\n" + FROM,
            False,
        ),
        (
            "Authentication-Results: mx.lain.example; none\n"
            "Authentication-Results: mx.rumah.example; dmarc=pass\n" + FROM,
            True,
        ),
        (FROM + RESULT + "; dmarc=pass", False),
        (
            "From: budi@x.example, parto@x.example\n"
            "Authentication-Results: mx.rumah.example; dmarc=pass",
            False,
        ),
        (
            'From: "kadis@y.example" <budi@x.example>\n'
            "Authentication-Results: mx.rumah.example; dmarc=pass",
            False,
        ),
    ],
)
def test_vouching_is_strict(fields: str, expected: bool) -> None:
    headers, _ = read_headers(fields.encode() + b"\n\n")
    assert vouched(headers, TRUSTED) is expected
    assert not vouched(headers, [])
