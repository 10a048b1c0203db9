from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.compose import NO_SUBJECT, compose, valid_address
from channels.errors import Permanent
from channels.message import OutboundReply, RouteKind

WHEN = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
OURS = "<reply-7.0123456789abcdef0123456789abcdef@puskesmas.example>"


def part(**changed: object) -> OutboundReply:
    fields: dict[str, object] = {
        "part": 7,
        "route": RouteKind.PRIVATE,
        "recipient": "warga@contoh.example",
        "recipient_name": "Warga Contoh",
        "subject": "Antre lama",
        "text": "Yth. Bapak/Ibu,\n\nTerima kasih – kami perbaiki.\n",
        "external_id": OURS,
        "in_reply_to": "m1@contoh.example",
        "references": ("m0@contoh.example",),
    }
    return OutboundReply(**(fields | changed))  # type: ignore[arg-type]


def raw(**changed: object) -> bytes:
    return compose(
        part(**changed),
        sender="aduan@puskesmas.example",
        sender_name="Puskesmas Contoh, Sleman",
        date=WHEN,
    )


def written(**changed: object) -> EmailMessage:
    mail = message_from_bytes(raw(**changed), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_an_answer_stands_in_the_citizens_thread() -> None:
    mail = written()

    assert mail["From"] == '"Puskesmas Contoh, Sleman" <aduan@puskesmas.example>'
    assert mail["To"] == "Warga Contoh <warga@contoh.example>"
    assert mail["Subject"] == "Re: Antre lama"
    assert mail["Message-ID"] == OURS
    assert mail["In-Reply-To"] == "<m1@contoh.example>"
    assert mail["References"] == "<m0@contoh.example> <m1@contoh.example>"
    assert mail["Date"].datetime == WHEN
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content().replace("\r\n", "\n")
    assert text == "Yth. Bapak/Ibu,\n\nTerima kasih – kami perbaiki.\n"


def test_a_persons_answer_is_not_marked_as_automatic() -> None:
    assert {"auto-submitted", "precedence"}.isdisjoint(name.lower() for name in written())


def test_the_mail_is_ascii_in_short_lines_with_crlf() -> None:
    mail = raw(text="Ë" * 5000 + "\nFrom sini\n.titik\n")

    assert mail.isascii()
    assert mail.count(b"\n") == mail.count(b"\r\n")
    assert max(len(line) for line in mail.split(b"\r\n")) <= 998
    body = mail.split(b"\r\n\r\n", 1)[1]
    assert max(len(line) for line in body.split(b"\r\n")) <= 78


def test_the_same_part_is_the_same_mail() -> None:
    assert raw() == raw()


def test_long_ids_are_never_encoded() -> None:
    """An encoded id threads nowhere."""
    long = "<" + "a" * 180 + "@mail.contoh.example>"
    mail = raw(in_reply_to=long, references=tuple(f"<{n}{long[1:]}" for n in range(3)))

    assert long.encode() in mail
    assert b"=?" not in mail.split(b"References:", 1)[1].split(b"\r\n\r\n")[0]


def test_of_a_long_thread_the_root_and_the_newest_are_kept() -> None:
    mail = written(references=tuple(f"r{n}@contoh.example" for n in range(60)))

    ids = mail["References"].split()
    assert len(ids) == 20
    assert (ids[0], ids[-1]) == ("<r0@contoh.example>", "<m1@contoh.example>")


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("RE: Antre", "RE: Antre"),
        ("Bls: Antre", "Bls: Antre"),
        ("  ", NO_SUBJECT),
        ("Résumé 😀", "Re: Résumé 😀"),
        ("a\r\nBcc: lain@contoh.example", "Re: a Bcc: lain@contoh.example"),
    ],
)
def test_subjects(subject: str, expected: str) -> None:
    mail = written(subject=subject)

    assert mail["Subject"] == expected
    assert mail["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "tanpa-domain",
        "a@b@contoh.example",
        "a@contoh.example\r\nBcc: x@contoh.example",
        "a@contoh.example, b@contoh.example",
        "<a@contoh.example>",
        "a b@contoh.example",
        "ä@contoh.example",
        "a@-contoh.example",
        "a" * 65 + "@contoh.example",
        "a@contoh.example\n",
    ],
)
def test_no_mail_goes_to_what_is_no_address(address: str) -> None:
    assert not valid_address(address)
    with pytest.raises(Permanent) as caught:
        raw(recipient=address)
    assert not address or address not in caught.value.text + caught.value.detail


def test_no_mail_goes_without_a_message_id_of_its_own() -> None:
    with pytest.raises(Permanent):
        raw(external_id="")


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


@given(subject=ANYTHING, name=ANYTHING, parent=ANYTHING, reference=ANYTHING, text=ANYTHING)
def test_nothing_a_citizen_wrote_becomes_a_header(
    subject: str, name: str, parent: str, reference: str, text: str
) -> None:
    mail = raw(
        subject=subject,
        recipient_name=name,
        in_reply_to=parent,
        references=(reference,),
        text=text,
    )

    head = mail.split(b"\r\n\r\n", 1)[0]
    names = {line.split(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"}
    assert names <= {
        b"From", b"To", b"Subject", b"Date", b"Message-ID", b"In-Reply-To", b"References",
        b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding",
    }  # fmt: skip
    assert mail.isascii()
    assert head.count(b"\r") == head.count(b"\n") == head.count(b"\r\n")
