"""What the citizens and their machines send: each mail carries a word that no other has."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from random import Random

from simulator.imap import JUNK
from simulator.journal import real_clock
from tests.soak.world import HOTLINE

EVIL = "jahat"
"""A word that stands in everything that is meant to do harm."""
_MARKUP = (
    f"<b>{EVIL}</b> <script>alert('{EVIL}')</script>",
    f'<a href="http://{EVIL}.example">klik</a> &lt;{EVIL}&gt;',
    f"*{EVIL}* _{EVIL}_ `{EVIL}` [x](http://{EVIL}.example) @tanggap_bot /setujui 0001",
    f"</b></i><tg-spoiler>{EVIL}</tg-spoiler> <pre>{EVIL}",
    f"\x1b[31m{EVIL}\x1b[0m\x1b]0;{EVIL}\x07 \u202e{EVIL}",
)
_NAMES = (
    f"../../{EVIL}.txt",
    f"/tmp/{EVIL}.txt",
    f"C:\\{EVIL}\\..\\{EVIL}.exe",
    f"{EVIL}\x00.txt",
    f"{EVIL}{'x' * 300}.txt",
    f"<b>{EVIL}</b>.txt",
)
_WORDS = (
    "Antrean loket lama sekali, dari jam tujuh baru dipanggil jam sebelas.",
    "Obat untuk darah tinggi kosong lagi, disuruh beli di luar.",
    "Petugasnya ketus waktu saya tanya jadwal imunisasi.",
    "WC ruang tunggu kotor dan airnya mati.",
    "Dokter datang terlambat, jadwal di papan tidak sama.",
)
_BOMB = 20 << 20
"""Bytes that the archive expands to."""


class Fate(StrEnum):
    """What must become of a mail."""

    CASE = "a case of its own"
    JOINED = "joined to a case"
    ASIDE = "set aside"
    ANY = "whatever, but once"


@dataclass(slots=True)
class Mail:
    """One mail, as it is put into the folders."""

    kind: str
    token: str
    address: str
    raw: bytes
    message_id: str
    fate: Fate = Fate.CASE
    folders: tuple[str, ...] = ("INBOX",)
    """It is put there, in this order, once each."""
    joins: str = ""
    """Number of the case that it belongs to."""


@dataclass(slots=True)
class Citizens:
    """Writes mails; the same seed, the same mails."""

    seed: int
    rng: Random = field(init=False)
    written: int = 0

    def __post_init__(self) -> None:
        self.rng = Random(f"{self.seed}/mails")

    def day(self, count: int) -> Iterator[Mail]:
        """A day's mails in a seeded order: every kind at least once, most of them plain."""
        kinds = ["markup"] * 5 + ["names"] * 3 + ["twin"] * 4 + ["junk-twin", "reused", "automatic"]
        kinds += ["automatic", "list", "zip", "bounce-astray"]
        kinds = kinds * max(1, count // 200)
        kinds += ["nested"] + ["plain"] * (count - len(kinds) - 1)
        self.rng.shuffle(kinds)
        for kind in kinds:
            yield from self.write(kind)

    def write(self, kind: str) -> list[Mail]:
        """One mail of a kind, or the two that make it."""
        match kind:
            case "plain":
                return [self._mail(kind)]
            case "markup":
                return [self._markup()]
            case "names":
                return [self._names()]
            case "zip":
                return [self._bomb()]
            case "twin":
                return [self._mail(kind, folders=("INBOX", "INBOX"))]
            case "junk-twin":
                return [self._mail(kind, folders=(JUNK, "INBOX"))]
            case "reused":
                first = self._mail(kind)
                return [first, self._mail(kind, message_id=first.message_id)]
            case "automatic":
                return [self._aside(kind, "Auto-Submitted", "auto-replied")]
            case "list":
                return [self._aside(kind, "List-Id", "<kabar.contoh.example>")]
            case "bounce-astray":
                return [self._astray()]
            case "nested":
                return [self._nested()]
        raise ValueError(kind)

    def big(self, size: int) -> Mail:
        """One with an attachment of so many bytes."""
        message, mail = self._begun("big")
        message.add_attachment(
            self.rng.randbytes(size), maintype="video", subtype="mp4", filename="bukti.mp4"
        )
        return self._ended(message, mail)

    def further(self, answer_id: str, address: str, number: str) -> Mail:
        """The citizen writes back to an answer."""
        message, mail = self._begun("joined", address=address)
        message["In-Reply-To"] = message["References"] = f"<{answer_id}>"
        mail.fate, mail.joins = Fate.JOINED, number
        return self._ended(message, mail)

    def _begun(
        self,
        kind: str,
        *,
        address: str = "",
        message_id: str = "",
        subject: str = "",
        name: str = "",
    ) -> tuple[EmailMessage, Mail]:
        self.written += 1
        token = f"tkn{self.seed % 10_000}n{self.written}x"
        address = address or f"warga{self.written}@contoh.example"
        message_id = message_id or f"{token}@contoh.example"
        message = EmailMessage()
        message["From"] = f'"{name}" <{address}>' if name else address
        message["To"], message["Subject"] = HOTLINE, subject or f"Keluhan {token}"
        message["Message-ID"] = f"<{message_id}>"
        message["Date"] = format_datetime(real_clock())
        message.set_content(f"{self.rng.choice(_WORDS)}\nKata kunci {token}.\n")
        return message, Mail(kind, token, address, b"", message_id)

    @staticmethod
    def _ended(message: EmailMessage, mail: Mail) -> Mail:
        mail.raw = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return mail

    def _mail(
        self, kind: str, *, folders: tuple[str, ...] = ("INBOX",), message_id: str = ""
    ) -> Mail:
        message, mail = self._begun(kind, message_id=message_id)
        mail.folders = folders
        return self._ended(message, mail)

    def _aside(self, kind: str, header: str, value: str) -> Mail:
        message, mail = self._begun(kind)
        message[header] = value
        mail.fate = Fate.ASIDE
        return self._ended(message, mail)

    def _markup(self) -> Mail:
        evil = self.rng.choice(_MARKUP)
        plain = "".join(sign for sign in evil if sign >= " ").replace('"', "")
        message, mail = self._begun("markup", subject=plain, name=plain)
        message.set_content(f"{evil}\nKata kunci {mail.token}.\n{evil}\n", cte="base64")
        return self._ended(message, mail)

    def _names(self) -> Mail:
        message, mail = self._begun("names")
        for at in range(len(_NAMES)):
            message.add_attachment(
                f"{EVIL}\n".encode(), maintype="text", subtype="plain", filename=f"nama-{at}.txt"
            )
        self._ended(message, mail)
        for at, name in enumerate(_NAMES):
            # The library would not write these.
            mail.raw = mail.raw.replace(f"nama-{at}.txt".encode(), name.encode())
        return mail

    def _bomb(self) -> Mail:
        message, mail = self._begun("zip")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"../{EVIL}.bin", bytes(_BOMB))
        message.add_attachment(
            packed.getvalue(), maintype="application", subtype="zip", filename="bukti.zip"
        )
        return self._ended(message, mail)

    def _astray(self) -> Mail:
        """A stranger's server returns a mail that was never ours."""
        _, mail = self._begun("bounce-astray", address="MAILER-DAEMON@mx.contoh.example")
        mail.fate = Fate.ASIDE
        lines = (
            "Return-Path: <>",
            f"From: Mail Delivery System <{mail.address}>",
            f"To: {HOTLINE}",
            "Subject: Undelivered Mail Returned to Sender",
            f"Message-ID: <{mail.message_id}>",
            "Auto-Submitted: auto-replied",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="x"',
            "",
            "--x",
            "Content-Type: text/plain",
            "",
            f"This is the mail system. Kata kunci {mail.token}.",
            "--x",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.contoh.example",
            "",
            "Final-Recipient: rfc822; siapa@contoh.example",
            "Action: failed",
            "Status: 5.1.1",
            "--x--",
            "",
        )
        mail.raw = "\r\n".join(lines).encode()
        return mail

    def _nested(self) -> Mail:
        """Multiparts in multiparts, deeper than any parser recurses."""
        message, mail = self._begun("nested")
        mail.fate = Fate.ANY
        head = "".join(
            f"{name}: {message[name]}\r\n"
            for name in ("From", "To", "Subject", "Message-ID", "Date")
        )
        layers = "".join(
            f'Content-Type: multipart/mixed; boundary="b{at}"\r\n\r\n--b{at}\r\n'
            for at in range(2000)
        )
        text = f"Content-Type: text/plain\r\n\r\nKata kunci {mail.token}.\r\n"
        mail.raw = (head + "MIME-Version: 1.0\r\n" + layers + text).encode()
        return mail
