"""Writes an answer as a mail that every mail program shows beneath the citizen's own."""

import re
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from channels.email.marks import unanswerable
from channels.errors import Permanent
from channels.message import OutboundReply

# An id longer than a line would be RFC 2047-encoded, and no mail program could thread by it.
_HEADERS = policy.SMTP.clone(max_line_length=998)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,900}>", re.ASCII)
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ALREADY_REPLY = re.compile(r"\s*(re|bls|balas)\s*:", re.IGNORECASE)
_REFERENCES = 20
NO_SUBJECT = "Jawaban atas pesan Anda"


def valid_address(address: str) -> bool:
    """Whether a mail can be sent there: one plain ASCII address and nothing besides."""
    return len(address) <= 254 and _ADDRESS.fullmatch(address) is not None


def bracketed(message_id: str) -> str:
    """The id in angle brackets, or "" where it is none."""
    wrapped = f"<{message_id.strip().strip('<>')}>"
    return wrapped if _MESSAGE_ID.fullmatch(wrapped) else ""


def compose(part: OutboundReply, *, sender: str, sender_name: str, date: datetime) -> bytes:
    """The mail with CRLF lines, ASCII only. The same arguments give the same bytes.

    Marked as automatic where no person wrote it, so that no machine answers it
    (https://www.rfc-editor.org/rfc/rfc3834#section-5); its subject stands as it is. Raises
    Permanent for a recipient, sender or Message-ID that no mail can carry.
    """
    if not bracketed(part.external_id):
        raise Permanent(
            f"Jawaban {part.part} tidak punya Message-ID yang sah; laporkan ke teknisi."
        )
    if not valid_address(part.recipient):
        raise Permanent(
            "Alamat email pelapor tidak dapat dikirimi; hubungi pelapor dengan cara lain."
        )
    if unanswerable(part.recipient):
        raise Permanent(
            "Alamat pelapor tidak menerima balasan (no-reply atau mesin); hubungi dengan cara lain."
        )
    mail = _mail(part.text, part.external_id, sender, sender_name, date)
    mail["To"] = Address(display_name=_line(part.recipient_name), addr_spec=part.recipient)
    mail["Subject"] = _line(part.subject) if part.automatic else _subject(part.subject)
    if part.automatic:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    if parent := bracketed(part.in_reply_to):
        mail["In-Reply-To"] = parent
    if thread := _thread(part):
        mail["References"] = " ".join(thread)
    return mail.as_bytes()


def compose_notice(
    recipient: str,
    *,
    subject: str,
    text: str,
    message_id: str,
    sender: str,
    sender_name: str,
    date: datetime,
) -> bytes:
    """A notice to the desk's own people, marked as automatic so that no machine answers it.

    https://www.rfc-editor.org/rfc/rfc3834#section-5 Raises Permanent as `compose`.
    """
    if not bracketed(message_id) or not valid_address(recipient):
        raise Permanent("Alamat di bagian [fallback] tidak dapat dikirimi: perbaiki email.")
    mail = _mail(text, message_id, sender, sender_name, date)
    mail["To"] = recipient
    mail["Subject"] = _line(subject)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    return mail.as_bytes()


def _mail(
    text: str, message_id: str, sender: str, sender_name: str, date: datetime
) -> EmailMessage:
    if not valid_address(sender):
        raise Permanent("Alamat pengirim tidak sah: perbaiki address di konfigurasi [[email]].")
    mail = EmailMessage(policy=policy.SMTP)
    # Quoted-printable passes every server, and body lines stay short: encoded before the
    # policy with long lines is applied, which is for headers alone.
    mail.set_content(_body(text), charset="utf-8", cte="quoted-printable")
    mail.policy = _HEADERS
    mail["From"] = Address(display_name=_line(sender_name), addr_spec=sender)
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = bracketed(message_id)
    return mail


def _thread(part: OutboundReply) -> list[str]:
    """The conversation's ids, oldest first, ending in the mail that is answered."""
    ids = [wrapped for raw in part.references if (wrapped := bracketed(raw))]
    if parent := bracketed(part.in_reply_to):
        ids = [known for known in ids if known != parent] + [parent]
    ids = list(dict.fromkeys(ids))
    return ids if len(ids) <= _REFERENCES else ids[:1] + ids[1 - _REFERENCES :]


def _subject(subject: str) -> str:
    subject = _line(subject)
    if not subject:
        return NO_SUBJECT
    return subject if _ALREADY_REPLY.match(subject) else f"Re: {subject}"


def _line(text: str) -> str:
    """One header's worth: nothing in it can begin another header."""
    return " ".join(_CONTROLS.sub(" ", text).split())[:400]


def _body(text: str) -> str:
    return _NOT_TEXT.sub("", "\n".join(text.splitlines())) + "\n"
