"""From a delivery to what it means for the desk. Pure: no network, no clock, never raises."""

from collections.abc import Sequence

from channels.message import Attachment, Delivery, Event, Ignored, Message, Party
from channels.text import clean, key, one_line
from channels.twilio import states
from channels.twilio.config import WHATSAPP, medium
from channels.twilio.shapes import Said, kind, read

_CUT = "21617"
"""The error that an incoming message carries that Twilio cut at 1,600 characters."""
_BY_TYPE = {
    "audio": "voice",
    "image": "photo",
    "video": "video",
    "text/vcard": "contact",
    "text/x-vcard": "contact",
    "text/directory": "contact",
    "image/webp": "sticker",
}
_BY_NAME = {
    "audio": "voice",
    "voice": "voice",
    "contacts": "contact",
    "image": "photo",
    **{name: name for name in ("sticker", "video", "document", "location", "reaction")},
    **dict.fromkeys(("unsupported", "unknown", "order", "system", "ephemeral"), "unsupported"),
}
"""The webhook's MessageType → the desk's word; text, button and interactive are plain text."""
_ENDINGS = {
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/amr": "amr",
    "audio/aac": "aac",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "application/pdf": "pdf",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/directory": "vcf",
    "text/plain": "txt",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
_WORDS = {
    "voice": "suara",
    "photo": "foto",
    "sticker": "stiker",
    "video": "video",
    "contact": "kontak",
    "document": "dokumen",
}


def events(delivery: Delivery) -> Sequence[Event]:
    """Exactly one event; what cannot be understood is a Message that a person reads."""
    raw = delivery.raw if isinstance(delivery.raw, bytes) else delivery.raw.read_bytes()
    try:
        said = read(raw)
    except ValueError:
        text = clean(raw.decode("utf-8", "replace"))
        return (_unreadable(delivery, text, "pesan dari Twilio tidak dapat diuraikan"),)
    if said.inbound and not (said.sender or said.sid):
        text = clean(raw.decode("utf-8", "replace"))
        return (_unreadable(delivery, text, "bukan pesan yang dikenal"),)
    if said.inbound:
        return (_message(delivery, said),)
    told = states.update(said.sid, said.status, said.error) if said.sid else None
    return (told or Ignored(reason="pesan keluar"),)


def form_of(content_type: str) -> str:
    """voice, photo, sticker, video, contact or document; "" where the type is not known."""
    if not content_type:
        return ""
    return _BY_TYPE.get(content_type) or _BY_TYPE.get(content_type.partition("/")[0], "document")


def file_name(content_type: str, number: int) -> str:
    """What a file is called that came without a name: `foto-1.jpg`. `number` counts from 1."""
    word = _WORDS.get(form_of(content_type), "lampiran")
    ending = _ENDINGS.get(content_type)
    return f"{word}-{number}.{ending}" if ending else f"{word}-{number}"


def _message(delivery: Delivery, said: Said) -> Message:
    identity = said.sid or key(delivery.transport_id)
    text = _place(said) or said.body or said.more.get("ButtonText", "")
    text = clean(text).strip()
    listed = tuple(kind(it) for it in delivery.meta.get("media", "").split(",") if it)
    types = listed if said.rest and len(listed) == len(said.media) else said.media
    attachments = tuple(
        Attachment(
            name=file_name(content_type, n + 1),
            content_type=content_type or "application/octet-stream",
            size=0,
            part=str(n),
            remote=True,
        )
        for n, content_type in enumerate(types)
    )
    sender = said.sender or f"twilio:{identity}"
    missing = [word for word, it in (("nomor", said.sender), ("id", said.sid)) if not it]
    return Message(
        identity=identity,
        external_id=said.sid,
        conversation=sender,
        sender=Party(address=sender, name=one_line(said.more.get("ProfileName", ""), 200)),
        medium=medium(said.sender or said.to),
        text=text,
        full_text=text,
        sent_at=said.at,
        in_reply_to=key(said.more.get("OriginalRepliedMessageSid", "")),
        attachments=attachments,
        vouched=bool(said.sender),
        form=_form(said, types, text),
        unreadable=f"pesan tanpa {' dan '.join(missing)}" if missing else "",
        truncated=said.error == _CUT,
    )


def _form(said: Said, types: Sequence[str], text: str) -> str:
    forwarded = {"Forwarded", "FrequentlyForwarded"} & said.more.keys()
    if any(said.more[name].lower() == "true" for name in forwarded):
        return "forward"
    if said.more.get("Latitude") and said.more.get("Longitude"):
        return "location"
    named = _BY_NAME.get(said.more.get("MessageType", "").lower(), "")
    # The type of the file knows better: a sticker is an "image", a contact card a "document".
    if types and named in ("", "photo", "document", "video", "voice"):
        return form_of(types[0]) or named
    # WhatsApp only: the resource says nothing of a place, a reaction or what else has no text.
    blank = said.rest and not text and said.sender.startswith(WHATSAPP)
    return named or ("unsupported" if blank else "")


def _place(said: Said) -> str:
    """A shared location in words; the coordinates so that a map finds them."""
    more = said.more
    if not (more.get("Latitude") and more.get("Longitude")):
        return ""
    point = f"{one_line(more['Latitude'], 30)}, {one_line(more['Longitude'], 30)}"
    words = [more.get("Label", ""), more.get("Address", ""), said.body]
    known = [one_line(it, 300) for it in words if it.strip()]
    return "\n".join([f"Lokasi: {point}", *known])


def _unreadable(delivery: Delivery, text: str, why: str) -> Message:
    identity = key(delivery.transport_id)
    return Message(
        identity=identity,
        external_id="",
        conversation=f"twilio:{identity}",
        sender=Party(address=f"twilio:{identity}"),
        medium=delivery.meta.get("medium", ""),
        text=text,
        full_text=text,
        unreadable=why,
    )
