"""Builds the demo's mails: what mail programs write, byte for byte, with CRLF lines."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime

DESK = "aduan@puskesmas-melati.example"
"""The mailbox that the demo's citizens write to."""
MX = "mx.puskesmas-melati.example"
"""The receiving server, whose Authentication-Results the desk is told to believe."""

HUMAN, TWIN = "human", "duplicate"
AUTOMATIC, LIST, JUNK, BOUNCE = "automatic", "list", "junk", "bounce"
UNSORTED = ""
"""What a letter is, as whoever put it in knows; nobody knows it of somebody's own mails."""

PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFklEQVR42mNkYPjPgA0wYRUd"
    "lBIAANYkAQ/9xVY7AAAAAElFTkSuQmCC"
)
"""A picture small enough to stand here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail on its way into the desk's mailbox."""

    key: str
    """What the play calls it."""
    kind: str
    raw: bytes
    sender: str
    """The address it comes from, empty where none can be read."""
    name: str = ""
    text: str = ""
    """The citizen's own words, as far as they are known."""
    folder: str = "INBOX"
    joins: str = ""
    """Message-ID (no brackets) of an earlier mail whose case this one must join by itself."""

    @property
    def message_id(self) -> str:
        """Without angle brackets."""
        return str(message_from_bytes(self.raw)["Message-ID"] or "").strip().strip("<>")

    @property
    def digest(self) -> str:
        """Tells mails apart, whatever stands in their headers."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class Writer:
    """A citizen and the mail program in use."""

    name: str
    address: str

    def letter(
        self,
        key: str,
        at: datetime,
        subject: str,
        text: str,
        *,
        html: str = "",
        photo: str = "",
        headers: dict[str, str] | None = None,
        answers: str = "",
        quoting: str = "",
        kind: str = HUMAN,
        folder: str = "INBOX",
        joins: str = "",
        message_id: str = "",
    ) -> Letter:
        """A mail of `text`; with `html` it has nothing else. `photo` is a file name to attach.

        `answers`: the Message-ID (no brackets) it replies to, `quoting` that mail's text.
        """
        mail = EmailMessage(policy=policy.SMTP)
        # An encoded word longer than a line would break the ids, which stay whole.
        mail["From"] = f"{self.name} <{self.address}>" if self.name else self.address
        mail["To"] = DESK
        mail["Subject"] = subject
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = f"<{message_id or self.new_id(key)}>"
        if answers:
            mail["In-Reply-To"] = f"<{answers}>"
            mail["References"] = f"<{answers}>"
        for name, value in (headers or {}).items():
            mail[name] = value
        if html:
            mail.set_content(html, subtype="html", charset="utf-8")
        else:
            mail.set_content(text + _quoted(at, quoting), charset="utf-8", cte="quoted-printable")
        if photo:
            mail.add_attachment(PHOTO, maintype="image", subtype="png", filename=photo)
        return Letter(
            key=key,
            kind=kind,
            raw=mail.as_bytes(),
            sender=self.address,
            name=self.name,
            text=text,
            folder=folder,
            joins=joins,
        )

    def new_id(self, key: str) -> str:
        """A Message-ID as this writer's provider makes them."""
        return f"{key}.{self.address.partition('@')[0]}@{self.address.rpartition('@')[2]}"


def vouched(address: str) -> dict[str, str]:
    """What the receiving server writes when the sender's domain proved itself."""
    domain = address.rpartition("@")[2]
    return {"Authentication-Results": f"{MX}; dmarc=pass header.from={domain}"}


def again(letter: Letter, hop: str) -> Letter:
    """The same mail by another way: one more Received line on top."""
    line = f"Received: from {hop} by {MX}; by another way\r\n".encode()
    return Letter(
        key=f"{letter.key}-lagi",
        kind=TWIN,
        raw=line + letter.raw,
        sender=letter.sender,
        name=letter.name,
        text=letter.text,
        folder=letter.folder,
    )


def bounce(key: str, at: datetime, returned: bytes, recipient: str) -> Letter:
    """The mail server's report that `returned`, an answer of the desk's, found nobody."""
    their_id = message_from_bytes(returned)["Message-ID"]
    lines = (
        "Return-Path: <>",
        f"From: Mail Delivery System <MAILER-DAEMON@{MX}>",
        f"To: {DESK}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{key}@{MX}>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="pantul"',
        "",
        "--pantul",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        f"This is the mail system at host {MX}.",
        "",
        "--pantul",
        "Content-Type: message/delivery-status",
        "",
        f"Reporting-MTA: dns; {MX}",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown",
        "",
        "--pantul",
        "Content-Type: text/rfc822-headers",
        "",
        f"To: {recipient}",
        f"Message-ID: {their_id}",
        "",
        "--pantul--",
        "",
    )
    raw = "\r\n".join(lines).encode()
    return Letter(key=key, kind=BOUNCE, raw=raw, sender=f"MAILER-DAEMON@{MX}")


def broken(key: str, raw: bytes, sender: str, name: str, text: str) -> Letter:
    """A mail that no program should have sent. Line ends become CRLF."""
    raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return Letter(key=key, kind=HUMAN, raw=raw, sender=sender, name=name, text=text)


def _quoted(at: datetime, text: str) -> str:
    if not text:
        return "\n"
    lines = "\n".join(f"> {line}" for line in text.splitlines())
    return f"\n\nPada {at:%d/%m/%Y %H.%M}, Aduan Puskesmas Melati <{DESK}> menulis:\n\n{lines}\n"
