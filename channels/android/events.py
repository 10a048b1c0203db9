"""What one element of the phone's inbox says.

https://docs.sms-gate.app/features/reading-messages/#get-inbox
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from channels.android.listing import moment
from channels.message import Delivery, Event, Ignored, Message, Party
from channels.phone import e164
from channels.text import clean, key, one_line

_MMS = ("MMS", "MMS_DOWNLOADED")


def events(delivery: Delivery, own_number: str) -> Sequence[Event]:
    """One message, or why there is none. Pure and never raises."""
    raw = delivery.raw if isinstance(delivery.raw, bytes) else delivery.raw.read_bytes()
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        text = clean(raw.decode("utf-8", "replace"))
        return (_message(delivery, {"contentPreview": text}, own_number, "isi SMS tidak dikenal"),)
    kind = found.get("type", "SMS")
    if kind == "DATA_SMS":
        return (Ignored(reason="binary-sms"),)
    unreadable = (
        "" if kind == "SMS" else "MMS: buka di ponsel SMS" if kind in _MMS else "jenis lain"
    )
    return (_message(delivery, found, own_number, unreadable),)


def _message(
    delivery: Delivery, found: Mapping[str, Any], own_number: str, unreadable: str
) -> Message:
    sender = one_line(str(found.get("sender") or ""), 100)
    text = clean(str(found.get("contentPreview") or ""))
    sent_at = moment(found.get("createdAt"))
    number = e164(sender)
    known = f"{number or sender}\n{sent_at or delivery.transport_id}\n{text}"
    identity = hashlib.sha256(known.encode("utf-8", "replace")).hexdigest()[:32]
    if not sender:
        unreadable = unreadable or "nomor pengirim tidak terbaca"
    automated = ""
    if number and number == own_number:
        automated = "own"
    elif sender and not number:
        automated = "automatic"  # TELKOMSEL, 3636: nobody there reads an answer
    address = number or sender or f"sms:{identity}"
    return Message(
        identity=f"sms:{identity}",
        external_id=key(str(found.get("id") or delivery.transport_id)),
        conversation=address,
        sender=Party(address=address),
        text=text,
        full_text=text,
        sent_at=sent_at,
        automated=automated,
        vouched=bool(number),
        unreadable=unreadable,
        medium="sms",
        form="unsupported" if found.get("type", "SMS") in _MMS else "",
    )
