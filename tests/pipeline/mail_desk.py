"""The pipeline's desk with the email adapter instead of letters: mails in, an SMTP sink out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from sqlmodel import select

from channels.base import Batch
from channels.email.adapter import EmailChannel
from channels.email.config import EmailConfig, Tls
from channels.message import Delivery
from simulator.mail import Letter, MailWorld
from store import deliveries
from store.tables import Account
from tests.pipeline.conftest import Desk, make_desk


@dataclass
class MailDesk:
    """A desk behind one mail address."""

    desk: Desk
    sink: MailWorld
    address: str

    def deliver(self, raw: bytes, key: str = "", role: str = "inbox") -> None:
        """A mail lies in the folder; every stage runs until all is at rest."""
        self.keep([raw], key, role)
        self.desk.settle()

    def keep(self, raws: list[bytes], key: str = "", role: str = "inbox") -> None:
        """Mails lie in the folder."""
        desk = self.desk
        found = []
        for raw in raws:
            desk.arrived += 1
            found.append(
                Delivery(
                    account="hotline",
                    stream=role,
                    transport_id=key or f"mail-{desk.arrived}",
                    received_at=desk.clock.now,
                    raw=raw,
                    size=len(raw),
                    meta={"role": role},
                )
            )
        batch = Batch(stream=role, deliveries=found, cursor=str(desk.arrived))
        with desk.store.write("test.keep", facility=desk.office.id) as db:
            account = desk.office.accounts["hotline"]
            deliveries.keep(db, desk.office.id, account, batch, desk.clock.now)

    def answer(self, text: str = "Sudah kami perbaiki.", number: int = 1) -> Letter:
        """People answer a case; the mail that left."""
        before = len(self.sink.letters())
        self.desk.answered(text, number)
        self.desk.later(self.desk.ctx.settings.undo_seconds + 1)
        [letter] = self.sink.letters()[before:]
        return letter


@contextmanager
def mail_desk(folder: Path, address: str, sink: MailWorld) -> Iterator[MailDesk]:
    """One office with `address`, which sends into `sink`."""
    desk = make_desk(folder)
    config = EmailConfig(
        name="hotline",
        user=address,
        password="s4ndi",
        host="127.0.0.1",
        tls=Tls.NONE,
        smtp_host="127.0.0.1",
        smtp_port=sink.port,
        smtp_user=sink.user,
        smtp_password=sink.password,
        smtp_tls=Tls.NONE,
        file_sent=False,
    )
    key = address.encode()
    desk.office.channels["hotline"] = EmailChannel(config, key=key, clock=desk.clock)  # type: ignore[index]
    with desk.store.write("test.setup", facility=desk.office.id) as db:
        db.exec(select(Account).where(Account.name == "hotline")).one().channel = "email"
    yield MailDesk(desk, sink, address)
    desk.store.close()


def mail(sender: str, text: str, **headers: str) -> bytes:
    """A mail with these headers; `In_Reply_To` for In-Reply-To."""
    built = EmailMessage()
    built["From"] = sender
    built["Subject"] = headers.pop("Subject", "Aduan")
    for name, value in headers.items():
        built[name.replace("_", "-")] = value
    built.set_content(text)
    return built.as_bytes()


def bounced(letter: Letter, status: str = "5.1.1", key: str = "dsn", diagnostic: str = "") -> bytes:
    """The mail server's report on a mail of ours."""
    return "\n".join(
        (
            "Return-Path: <>",
            "From: Mail Delivery System <MAILER-DAEMON@mx.contoh.example>",
            "Subject: Undelivered Mail Returned to Sender",
            f"Message-ID: <{key}@mx.contoh.example>",
            "Auto-Submitted: auto-replied",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
            "",
            "--b\n\nThis is the mail system.\n",
            "--b\nContent-Type: message/delivery-status\n",
            "Reporting-MTA: dns; mx.contoh.example\n",
            f"Final-Recipient: rfc822; {letter.to}",
            f"Action: {'delayed' if status[0] == '4' else 'failed'}",
            f"Status: {status}",
            f"Diagnostic-Code: smtp; {diagnostic or status}",
            "",
            "--b\nContent-Type: text/rfc822-headers\n",
            f"Message-ID: <{letter.message_id}>",
            "--b--",
            "",
        )
    ).encode()
