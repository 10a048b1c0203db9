"""What a citizen attached: taken out of the raw delivery at the moment somebody asks for it, or,
where it had to be fetched from the gateway, out of its own file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, BinaryIO, cast

from channels import message
from channels.base import Fetches
from pipeline.ports import Office
from store import deliveries, media
from store.engine import Store
from store.tables import Attachment, Message


class TooLarge(Exception):
    """It has more bytes than whoever asked can take."""


class Unreadable(Exception):
    """Nothing can be taken out: the account or the raw has gone, or the part is not there."""


class NotFetched(Unreadable):
    """It still lies at the gateway, and is going to be fetched."""


@contextmanager
def opened(store: Store, office: Office, attachment_id: int, most: int) -> Iterator[BinaryIO]:
    """The decoded bytes, for reading, in a file that goes when the block ends.

    Only a chunk of them is ever in memory. Raises TooLarge above `most` bytes, NotFetched, and
    Unreadable.
    """
    with store.read() as db:
        attachment = db.get_one(Attachment, attachment_id)
        found = db.get_one(Message, attachment.message_id)
        own = found.facility_id == office.id
        row = deliveries.by_id(db, found.delivery_id) if own else None
    if attachment.fetch_state:
        with _fetched(store, attachment, most, own=own) as blob:
            yield blob
        return
    adapter = office.channels.get(row.account) if row else None
    if row is None or not isinstance(adapter, Fetches):
        raise Unreadable
    wanted = message.Attachment(
        name=attachment.name,
        content_type=attachment.content_type,
        size=attachment.size,
        part=attachment.part,
    )
    with TemporaryFile(dir=store.blobs.spool) as file:
        try:
            # An adapter only writes.
            into = cast(BinaryIO, Capped(file, most))
            adapter.fetch(deliveries.load(row, store.blobs), wanted, into)
        except (LookupError, OSError):
            raise Unreadable from None
        if not file.tell():
            raise Unreadable
        file.seek(0)
        yield cast(BinaryIO, file)


@contextmanager
def _fetched(store: Store, attachment: Attachment, most: int, *, own: bool) -> Iterator[BinaryIO]:
    if attachment.fetch_state == media.PENDING:
        raise NotFetched
    if not own or attachment.blob is None:
        raise TooLarge if attachment.reason == "too-large" else Unreadable
    if attachment.size > most:
        raise TooLarge
    try:
        path = store.blobs.path(attachment.blob)
    except (LookupError, OSError):
        raise Unreadable from None
    with path.open("rb") as file:
        yield file


class Capped:
    """A file that is written and takes so many bytes. Raises TooLarge beyond."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        self._left = most

    def write(self, data: bytes) -> int:
        """As a file's."""
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge
        return self._file.write(data)
