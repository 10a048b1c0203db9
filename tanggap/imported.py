"""The account `import`: mail that somebody brought as files. It is read, never polled."""

from collections.abc import Collection, Sequence
from typing import BinaryIO, ClassVar

from channels.email import events, fetch
from channels.message import Attachment, Delivery, Event


class ImportedMail:
    """Understands imported mail as the facility's own mail accounts would.

    It sends nothing: an answer leaves through one of those accounts.
    """

    channel: ClassVar[str] = "email"

    def __init__(
        self, account: str, *, own: Collection[str], key: bytes, authserv_ids: Collection[str]
    ) -> None:
        self.account = account
        self._own = own
        self._key = key
        self._authserv_ids = authserv_ids

    def parse(self, delivery: Delivery) -> Sequence[Event]:
        """See `channels.email.events`."""
        return events(
            delivery, own_addresses=self._own, key=self._key, authserv_ids=self._authserv_ids
        )

    def fetch(self, delivery: Delivery, attachment: Attachment, into: BinaryIO) -> None:
        """See `channels.email.fetch`."""
        fetch(delivery, attachment, into)
