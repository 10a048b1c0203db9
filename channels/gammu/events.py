"""What a file of the inbox says."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from channels.gammu import backup
from channels.message import Delivery, Event, Ignored, Message, Party
from channels.phone import e164
from channels.text import clean, key, one_line


def events(delivery: Delivery, own_number: str) -> Sequence[Event]:
    """One message, or why there is none. Pure and never raises."""
    raw = delivery.raw if isinstance(delivery.raw, bytes) else delivery.raw.read_bytes()
    name = delivery.transport_id.rpartition(":")[0]
    cut = delivery.size > len(raw)
    parts = backup.segments(raw)
    if not parts:
        return (_unreadable(raw, name, own_number, cut=cut),)
    if parts[0].pdu == "status_report":
        return (Ignored(reason="delivery-report"),)
    if parts[0].coding == "8bit":
        return (Ignored(reason="binary-sms"),)
    text, missing = backup.joined(parts)
    return (
        _message(
            parts[0].sender or backup.sender_in(name),
            text,
            parts[0].moment,
            name,
            own_number,
            truncated=missing or cut,
        ),
    )


def _unreadable(raw: bytes, name: str, own_number: str, *, cut: bool) -> Message:
    """Not the format that was agreed upon: the words as they stand, for a person to look at."""
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = clean(raw.decode("utf-16" if wide else "utf-8", "replace"))
    return _message(
        backup.sender_in(name),
        text,
        "",
        name,
        own_number,
        truncated=cut,
        unreadable="isi berkas SMS tidak dikenal; setel inboxformat = detail di gammu-smsd",
    )


def _message(
    sender: str,
    text: str,
    moment: str,
    name: str,
    own_number: str,
    *,
    truncated: bool,
    unreadable: str = "",
) -> Message:
    number = e164(sender)
    known = f"{number or sender}\n{moment or name}\n{text}"
    identity = hashlib.sha256(known.encode("utf-8", "replace")).hexdigest()[:32]
    address = number or one_line(sender, 100) or f"sms:{identity}"
    if not sender and not unreadable:
        unreadable = "nomor pengirim tidak terbaca"
    automated = ""
    if number and number == own_number:
        automated = "own"
    elif sender and not number:
        automated = "automatic"  # TELKOMSEL, 3636: nobody there reads an answer
    return Message(
        identity=f"sms:{identity}",
        external_id=key(name),
        conversation=address,
        sender=Party(address=address),
        text=text,
        full_text=text,
        sent_at=_utc(moment),
        automated=automated,
        vouched=bool(number),
        unreadable=unreadable,
        truncated=truncated,
        medium="sms",
    )


def _utc(moment: str) -> datetime | None:
    """Only what says that it is UTC: smsd writes other zones without their name."""
    try:
        return datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
