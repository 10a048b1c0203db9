"""Asks a mailbox what is new, by UID, and never marks anything as read.

Cursor of a folder: `uidvalidity:last uid`. https://www.rfc-editor.org/rfc/rfc3501#section-2.3.1.1
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from channels.base import Batch, ChannelState
from channels.email.bodies import Bodies
from channels.email.config import EmailConfig
from channels.email.connection import connect, hang_up, imap_errors, say_goodbye
from channels.email.folders import Folder, Folders, Role, discover
from channels.errors import AuthFailed, Permanent, Transient

RESCAN = timedelta(days=30)
"""How far back to look when the server renumbered a folder; what is known is known by content."""
_WINDOW = 50_000  # uids a search may return: the answer is one line, and a line ends at 1 MB


@dataclass(frozen=True, slots=True)
class _Cursor:
    uidvalidity: int
    last: int

    def __str__(self) -> str:
        return f"{self.uidvalidity}:{self.last}"

    @classmethod
    def parse(cls, text: str | None) -> "_Cursor | None":
        if text is None:
            return None
        uidvalidity, _, last = text.partition(":")
        return cls(int(uidvalidity), int(last))


class ImapPoller:
    """Polls one account over one connection, which it keeps. For one thread only."""

    def __init__(self, config: EmailConfig) -> None:
        self._config = config
        self._client: IMAPClient | None = None
        self._folders: Folders | None = None
        self._bodies = Bodies(config)

    def poll(self, state: ChannelState) -> Iterator[Batch]:
        """Yield what is new in every folder, oldest first.

        While a large mail is under way an empty batch without cursor comes after each range.
        Raises Transient, AuthFailed, or, after all other folders were read, Permanent for a
        configured folder that is not there.
        """
        try:
            with imap_errors(self._config):
                yield from self._poll(state)
        except (Transient, AuthFailed):
            self._drop()
            raise

    def close(self) -> None:
        """Say goodbye to the server, if there is one."""
        if self._client is not None:
            say_goodbye(self._client)
        self._client = self._folders = None

    def _poll(self, state: ChannelState) -> Iterator[Batch]:
        client = self._connected()
        if self._folders is None or self._folders.missing:
            self._folders = discover(client, self._config)
        refused: IMAPClientError | None = None
        for folder in self._folders.read:
            try:
                opened = client.select_folder(folder.name, readonly=True)
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                refused = error
                continue
            yield from self._poll_folder(client, folder, opened, state)
        if self._folders.missing:
            raise _missing(self._folders, self._config)
        if refused is not None:
            raise refused

    def _poll_folder(
        self, client: IMAPClient, folder: Folder, opened: dict[bytes, int], state: ChannelState
    ) -> Iterator[Batch]:
        uidvalidity = opened.get(b"UIDVALIDITY", 0)
        uidnext = opened.get(b"UIDNEXT") or max(client.search(["UID", "*"]), default=0) + 1
        cursor = _Cursor.parse(state.cursors.get(folder.name))
        since, last = self._config.since, 0
        if cursor is None and folder.role is Role.SENT:
            # Answers sent before the desk began belong to no complaint of its.
            cursor = _Cursor(uidvalidity, uidnext - 1)
            yield Batch(stream=folder.name, deliveries=(), cursor=str(cursor))
        rescan = cursor is not None and cursor.uidvalidity != uidvalidity
        if rescan:
            since = max(since or date.min, (state.now - RESCAN).date())
        elif cursor is not None:
            last = cursor.last
        exists = opened[b"EXISTS"]
        for uids in _search(client, last, uidnext, exists, since):
            yield from self._batches(client, folder, uidvalidity, uids, state)
            last = uids[-1]
        if rescan and last < uidnext - 1:  # older mail behind the newest found: known already
            done = _Cursor(uidvalidity, uidnext - 1)
            yield Batch(stream=folder.name, deliveries=(), cursor=str(done))

    def _batches(
        self,
        client: IMAPClient,
        folder: Folder,
        uidvalidity: int,
        uids: Sequence[int],
        state: ChannelState,
    ) -> Iterator[Batch]:
        now: datetime = state.now
        fetched = self._bodies.fetch(client, folder, uidvalidity, uids, state.spool, now)
        for last, deliveries in fetched:
            cursor = None if last is None else str(_Cursor(uidvalidity, last))
            yield Batch(stream=folder.name, deliveries=deliveries, cursor=cursor)

    def _connected(self) -> IMAPClient:
        """The kept connection if it still answers, else a new one."""
        if self._client is not None:
            try:
                self._client.noop()
            except (OSError, IMAPClientError):
                self._drop()
        if self._client is None:
            self._client = connect(self._config)
        return self._client

    def _drop(self) -> None:
        if self._client is not None:
            hang_up(self._client)
        self._client = self._folders = None


def _missing(folders: Folders, config: EmailConfig) -> Permanent:
    return Permanent(
        f"Folder {', '.join(folders.missing)} tidak ada di akun {config.name}; folder yang ada:"
        f" {', '.join(folders.names)}. Perbaiki folders atau sent_folder di konfigurasi."
    )


def _search(
    client: IMAPClient, last: int, uidnext: int, exists: int, since: date | None
) -> Iterator[list[int]]:
    """Uids above `last`, ascending, in portions whose answer fits into a line; none empty."""
    if exists <= _WINDOW:
        ranges = [f"{last + 1}:*"] if last + 1 < uidnext else []
    else:
        ranges = [f"{low}:{low + _WINDOW - 1}" for low in range(last + 1, uidnext, _WINDOW)]
    for uid_range in ranges:
        found = client.search(["UID", uid_range, *(["SINCE", since] if since else [])])
        # `n:*` also names the newest message when that is older than n.
        if uids := sorted(uid for uid in found if uid > last):
            yield uids
