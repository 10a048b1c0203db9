"""The SMTP sink takes, refuses and drops as planned; what it took lies in the mailboxes."""

import mailbox
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.faults import (
    DROP_AFTER_COMMIT,
    DROP_BEFORE_COMMIT,
    Action,
    Cut,
    FaultPlan,
    Moment,
    Refuse,
    Silence,
    TooMany,
)
from simulator.journal import Journal
from simulator.mail import MailWorld

RAW = b"From: desk@example.org\r\nMessage-ID: <r1@example.org>\r\n\r\nMohon maaf.\r\n.titik\r\n"


@pytest.fixture
def mail(journal: Journal, faults: FaultPlan, tmp_path: Path) -> Iterator[MailWorld]:
    with MailWorld(journal, faults, folder=tmp_path / "kotak surat") as world:
        yield world


def send(mail: MailWorld, *recipients: str) -> None:
    with smtplib.SMTP(mail.host, mail.port, timeout=10) as client:
        client.sendmail("desk@example.org", recipients or ("Siti@Example.org",), RAW)


def test_every_recipient_gets_a_copy(mail: MailWorld, tmp_path: Path) -> None:
    send(mail, "Siti@Example.org", "budi@example.org")
    letter = mail.wait_for("siti@example.org", lambda it: "maaf" in it.text)
    assert (letter.raw, letter.message_id) == (RAW, "r1@example.org")
    assert letter.text.splitlines() == ["Mohon maaf.", ".titik"]
    assert [it.to for it in mail.letters()] == ["siti@example.org", "budi@example.org"]
    assert len(mailbox.Maildir(tmp_path / "kotak surat" / "budi@example.org")) == 1
    with pytest.raises(TimeoutError):
        mail.wait_for("tono@example.org", timeout=0.01)
    [data] = mail.journal.entries("smtp", "DATA")
    assert (data.committed, data.result, data.params["size"]) == (True, "r1@example.org", len(RAW))


@pytest.mark.parametrize(
    ("method", "action", "error", "arrived"),
    [
        ("RCPT", Refuse(550, "5.1.1 No such user"), smtplib.SMTPRecipientsRefused, 0),
        ("RCPT", Refuse(450, "4.2.0 Later"), smtplib.SMTPRecipientsRefused, 0),
        ("RCPT", DROP_BEFORE_COMMIT, smtplib.SMTPServerDisconnected, 0),
        ("DATA", Refuse(554, "5.7.1 Spam"), smtplib.SMTPDataError, 0),
        ("DATA", TooMany(60), smtplib.SMTPDataError, 0),
        ("DATA", Silence(0.1), smtplib.SMTPServerDisconnected, 0),
        ("DATA", DROP_BEFORE_COMMIT, smtplib.SMTPServerDisconnected, 0),
        ("DATA", DROP_AFTER_COMMIT, smtplib.SMTPServerDisconnected, 1),
    ],
)
def test_faults_reach_smtplib(
    mail: MailWorld,
    faults: FaultPlan,
    method: str,
    action: Action,
    error: type[smtplib.SMTPException],
    arrived: int,
) -> None:
    faults.add(action, gateway="smtp", method=method)
    with pytest.raises(error):
        send(mail)
    assert len(mail.letters("siti@example.org")) == arrived
    [entry] = mail.journal.entries("smtp", method)
    assert entry.outcome.startswith("fault: ")
    assert entry.committed is bool(arrived)
    send(mail)
    assert len(mail.letters()) == arrived + 1


def test_a_strike_after_the_answer_comes_after_the_answer(
    mail: MailWorld, faults: FaultPlan
) -> None:
    struck: list[int] = []
    faults.add(Cut(Moment.ANSWER, lambda: struck.append(len(mail.letters()))), method="DATA")
    with smtplib.SMTP(mail.host, mail.port, timeout=10) as client:
        assert client.sendmail("desk@example.org", ["siti@example.org"], RAW) == {}
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
    assert struck == [1]


def test_nothing_goes_without_the_right_password(journal: Journal) -> None:
    with (
        MailWorld(journal, user="desk", password="rahasia") as mail,
        smtplib.SMTP(mail.host, mail.port, timeout=10) as client,
    ):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail("desk@example.org", ["siti@example.org"], RAW)
        assert refused.value.recipients["siti@example.org"][0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("desk", "salah")
        client.login("desk", "rahasia")
        client.sendmail("desk@example.org", ["siti@example.org"], RAW)
        assert len(mail.letters()) == 1
    assert [it.committed for it in journal.entries("smtp", "AUTH")][-1]
    assert "rahasia" not in str(journal.entries())
