"""Every invented mail is read as the person who wrote it said it should be."""

from typing import Any

import pytest

from channels import email
from channels.message import Message, OwnEcho, StatusUpdate
from tests.channels.email.mails import AUTHSERV, FOLDER, KEY, OWN, Mail, corpus, delivery

CORPUS = corpus()
KNOWN: dict[str, Any] = {"own_addresses": [OWN], "key": KEY, "authserv_ids": [AUTHSERV]}


def test_the_corpus_is_whole() -> None:
    assert len(CORPUS) == 105
    assert {path.stem for path in FOLDER.glob("*.json")} == {mail.name for mail in CORPUS}


@pytest.mark.parametrize("mail", CORPUS, ids=lambda mail: mail.name)
def test_reads_as_expected(mail: Mail) -> None:
    message = email.parse(mail.raw, junk=mail.role == "junk", **KNOWN)
    expected = dict(mail.expected)
    for key in ("about", "role", "event"):
        expected.pop(key, None)
    for phrase in expected.pop("full_text_has"):
        assert phrase in message.full_text
    assert _as_json(message) == expected


@pytest.mark.parametrize("mail", CORPUS, ids=lambda mail: mail.name)
def test_becomes_the_expected_event(mail: Mail) -> None:
    (event,) = email.events(delivery(mail.raw, role=mail.role), **KNOWN)
    expected = mail.expected.get("event")
    if expected is None:
        assert event == email.parse(mail.raw, junk=mail.role == "junk", **KNOWN)
        return
    assert type(event).__name__ == expected["type"]
    assert isinstance(event, StatusUpdate | OwnEcho)
    for name, value in expected.items():
        if name != "type":
            found = getattr(event, name)
            assert (list(found) if isinstance(found, tuple) else found) == value


@pytest.mark.parametrize("mail", CORPUS, ids=lambda mail: mail.name)
def test_a_file_reads_like_memory(mail: Mail) -> None:
    from_file = email.events(delivery(mail.path, role=mail.role), **KNOWN)
    assert from_file == email.events(delivery(mail.raw, role=mail.role), **KNOWN)


@pytest.mark.parametrize("mail", CORPUS, ids=lambda mail: mail.name)
def test_one_identity_over_every_way_in(mail: Mail) -> None:
    found = email.parse(mail.raw).identity
    received = b"Received: from rumah.example by lain.example; Tue, 6 Jan 2026 01:00:00 +0000\r\n"
    as_lf = mail.raw.replace(b"\r\n", b"\n")
    assert email.parse(as_lf).identity == found
    assert email.parse(mail.raw + b"\r\n\r\n").identity == found
    if mail.expected["unreadable"] != "bukan surel yang lengkap":
        if not mail.raw.startswith(b"From "):
            assert email.parse(received + mail.raw).identity == found
        assert email.parse(mail.raw + b"\r\nlagi").identity != found


def test_every_mail_has_its_own_identity() -> None:
    assert len({email.parse(mail.raw).identity for mail in CORPUS}) == len(CORPUS)


def _as_json(message: Message) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "sender": {"address": message.sender.address, "name": message.sender.name},
        "subject": message.subject,
        "text": message.text,
        "sent_at": message.sent_at.isoformat() if message.sent_at else None,
        "in_reply_to": message.in_reply_to,
        "references": list(message.references),
        "attachments": [
            {"name": each.name, "size": each.size, "content_type": each.content_type}
            for each in message.attachments
        ],
        "automated": message.automated,
        "unreadable": message.unreadable,
        "vouched": message.vouched,
        "answers_part": message.answers_part,
    }
