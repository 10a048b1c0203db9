"""What a citizen attached, taken out of the raw delivery at the moment somebody asks for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, BinaryIO, cast

from channels import message
from channels.base import Fetches
from pipeline.ports import Office
from store import deliveries
from store.engine import Store
from store.tables import Attachment, Message


class TooLarge(Exception):
    """It has more bytes than whoever asked can take."""


class Unreadable(Exception):
    """Nothing can be taken out: the account or the raw has gone, or the part is not there."""


@contextmanager
def opened(store: Store, office: Office, attachment_id: int, most: int) -> Iterator[BinaryIO]:
    """The decoded bytes, for reading, in a file that goes when the block ends.

    Only a chunk of them is ever in memory. Raises TooLarge above `most` bytes, and Unreadable.
    """
    with store.read() as db:
        attachment = db.get_one(Attachment, attachment_id)
        found = db.get_one(Message, attachment.message_id)
        own = found.facility_id == office.id
        row = deliveries.by_id(db, found.delivery_id) if own else None
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
            into = cast(BinaryIO, _Capped(file, most))
            adapter.fetch(deliveries.load(row, store.blobs), wanted, into)
        except (LookupError, OSError):
            raise Unreadable from None
        if not file.tell():
            raise Unreadable
        file.seek(0)
        yield cast(BinaryIO, file)


class _Capped:
    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        self._left = most

    def write(self, data: bytes) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge
        return self._file.write(data)
