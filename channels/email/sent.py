"""The Sent folder: proof that an answer went out, and the copy that colleagues look for there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from imapclient import SEEN, IMAPClient

from channels.email.config import EmailConfig
from channels.email.connection import connect, imap_errors, say_goodbye
from channels.email.folders import discover


class SentFolder:
    """Opens its own short connection each time: it is asked seldom, and by any thread."""

    def __init__(self, config: EmailConfig) -> None:
        self._config = config

    def find(self, message_id: str) -> datetime | None:
        """When the server took the mail with this id into Sent; None proves nothing.

        Raises Transient or AuthFailed.
        """
        with self._opened() as (client, folder):
            return _find(client, folder, message_id) if folder else None

    def file(self, mail: bytes, message_id: str, at: datetime) -> bool:
        """Put a copy there unless it is there; False without a Sent folder.

        Raises Transient or AuthFailed.
        """
        with self._opened() as (client, folder):
            if folder is None:
                return False
            if _find(client, folder, message_id) is None:
                client.append(folder, mail, flags=[SEEN], msg_time=at)
            return True

    @contextmanager
    def _opened(self) -> Iterator[tuple[IMAPClient, str | None]]:
        client = connect(self._config)
        try:
            with imap_errors(self._config):
                yield client, discover(client, self._config).sent
        finally:
            say_goodbye(client)


def _find(client: IMAPClient, folder: str, message_id: str) -> datetime | None:
    client.select_folder(folder, readonly=True)
    found = client.search(["HEADER", "Message-ID", message_id])
    for data in client.fetch(found[:1], ["INTERNALDATE"]).values():
        taken: datetime = data[b"INTERNALDATE"]
        return taken.astimezone(UTC)
    return None
