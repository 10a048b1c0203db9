"""A delivered mail becomes what it is to the desk: a message, a status, or our own echo."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from channels.email.body import content
from channels.email.headers import parties, read_headers
from channels.email.ids import About, verify
from channels.email.reader import Known, read
from channels.email.split import FileSource, MemorySource, Source, split
from channels.message import Attachment, Delivery, Event, Ignored, Message, OwnEcho

_HEADERS_READ = 1 << 18
_NO_ANSWERS = (About.ALERT, About.AUTO)
"""What we send besides answers: found in Sent it is nobody's answer to a citizen."""


def events(
    delivery: Delivery,
    *,
    own_addresses: Collection[str] = (),
    key: bytes = b"",
    authserv_ids: Collection[str] = (),
) -> tuple[Event, ...]:
    """The one event that a mail is. Pure; a large mail is read from its file in pieces.

    `delivery.meta["role"]` is the folder's: `inbox`, `junk` or `sent`. Never raises for any
    bytes; OSError when the file of a large mail cannot be read.
    """
    known = Known(own_addresses=own_addresses, key=key, authserv_ids=authserv_ids)
    role = delivery.meta.get("role", "inbox")
    with opened(delivery.raw) as source:
        message = read(source, known, junk=role == "junk", truncated=delivery.size > source.size)
        part = verify(message.external_id, key)
        ours = role == "sent" or message.automated == "own"
        if ours and any(verify(message.external_id, key, each) for each in _NO_ANSWERS):
            return (Ignored(reason="own"),)
        if role == "sent" or (part is not None and ours):
            return (_echo(source, message, part),)
        if message.automated in ("bounce", "automatic"):
            from channels.email.bounce import status_update

            update = status_update(source, message, key)
            if update is not None:
                return (update,)
        return (message,)


def fetch(delivery: Delivery, attachment: Attachment, into: BinaryIO) -> None:
    """Write an attachment's decoded bytes, a chunk at a time.

    Raises LookupError when the mail has no such part, OSError when its file cannot be read,
    and whatever `into` raises at its cap.
    """
    with opened(delivery.raw) as source:
        root, _ = split(source)
        part = next((each for each in root.walk() if each.path == attachment.part), None)
        if part is None:
            raise LookupError("no such part in this mail")
        for chunk in content(source, part):
            into.write(chunk)


@contextmanager
def opened(raw: bytes | Path) -> Iterator[Source]:
    """The bytes of a mail for reading in pieces, from memory or from its file."""
    if isinstance(raw, bytes):
        yield MemorySource(raw)
        return
    with raw.open("rb", buffering=0) as file:
        yield FileSource(file)


def _echo(source: Source, message: Message, part: int | None) -> OwnEcho:
    headers, _ = read_headers(source.read(0, _HEADERS_READ))
    recipients = [
        each.address.lower() for name in ("to", "cc", "bcc") for each in parties(headers.all(name))
    ]
    return OwnEcho(
        external_id=message.external_id,
        part=part,
        recipients=tuple(dict.fromkeys(recipients)),
        in_reply_to=message.in_reply_to,
        references=message.references,
        text=message.text,
    )
