"""Mail from files, into the same raw-first inbox as mail from a server.

Understood are .eml files, mbox files, Maildirs, and folders of these at any depth. The key of a
mail is the hash of its bytes, so a second run adds nothing. Received is when the topmost Received
header says so (the line our own server wrote last), else the mbox's From_ line, else the file's
own time; the Date header is the sender's word and counts for nothing.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO, ClassVar

from channels import email
from channels.base import Batch
from channels.message import Attachment, Delivery, Event
from ingest.mailfiles import Mail, Unreadable, mail_files, mails_in
from pipeline.ports import Clock
from store import deliveries
from store.engine import Store

ACCOUNT = "import"
"""Name of the account that imported mail belongs to."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The account's `since`: with `--alert` mail of any age is alerted."""

_BATCH_ROWS = 100
_BATCH_BYTES = 4 << 20
_RECEIVED = re.compile(rb"^Received:((?:.|\r?\n[ \t])*)", re.I | re.M)


class ImportChannel:
    """The account's adapter: it only reads. Nobody vouches for the sender of a file."""

    channel: ClassVar[str] = "email"
    account = ACCOUNT

    def __init__(self, own_addresses: Collection[str], key: bytes) -> None:
        self._own_addresses = own_addresses
        self._key = key

    def parse(self, delivery: Delivery) -> Sequence[Event]:
        """As mail from a server, so that the same mail by both ways is one message."""
        return email.events(delivery, own_addresses=self._own_addresses, key=self._key)

    def fetch(self, delivery: Delivery, attachment: Attachment, into: BinaryIO) -> None:
        """As from mail of a server."""
        email.fetch(delivery, attachment, into)


@dataclass(slots=True)
class Outcome:
    """What became of the files."""

    added: int = 0
    known: int = 0
    """Mails that had been taken before."""
    unreadable: list[tuple[Path, str]] = field(default_factory=list)
    """Files and why, in Indonesian."""
    ignored: int = 0
    """Files in a folder that are no mail by their name."""


def take_in(
    store: Store,
    facility_id: int,
    account_id: int,
    place: Path,
    clock: Clock,
    *,
    alert: bool,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Outcome:
    """Keep every mail found at `place`, in batches; `progress` gets bytes done and bytes in all.

    Raises FileNotFoundError when there is nothing at `place`.
    """
    found = mail_files(place)
    outcome = Outcome(ignored=found.ignored)
    total, done = sum(file.size for file in found.files), 0
    meta = {"role": "inbox"} if alert else {"role": "inbox", "alert": "no"}
    keeper = _Keeper(store, facility_id, account_id, clock, outcome)
    for file in found.files:
        try:
            for mail in mails_in(file.path, store.blobs.spool):
                keeper.add(_delivery(mail, meta, clock()))
        except Unreadable as error:
            outcome.unreadable.append((file.path, str(error)))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            outcome.unreadable.append((file.path, f"tidak dapat dibaca ({reason})"))
        done += file.size
        progress(done, total)
    keeper.flush()
    return outcome


class _Keeper:
    """Gathers deliveries and commits them a batch at a time."""

    def __init__(
        self, store: Store, facility_id: int, account_id: int, clock: Clock, outcome: Outcome
    ) -> None:
        self._store, self._clock, self._outcome = store, clock, outcome
        self._facility_id, self._account_id = facility_id, account_id
        self._waiting: list[Delivery] = []
        self._bytes = 0

    def add(self, delivery: Delivery) -> None:
        self._waiting.append(delivery)
        self._bytes += delivery.size if isinstance(delivery.raw, bytes) else 0
        if len(self._waiting) >= _BATCH_ROWS or self._bytes >= _BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        if not self._waiting:
            return
        batch = Batch(stream="files", deliveries=self._waiting, cursor=None)
        keys = deliveries.adopt(self._store.blobs, batch)
        with self._store.write("import.keep", facility=self._facility_id) as db:
            added = deliveries.keep(
                db, self._facility_id, self._account_id, batch, self._clock(), keys
            )
        self._outcome.added += added
        self._outcome.known += len(self._waiting) - added
        self._waiting, self._bytes = [], 0


def _delivery(mail: Mail, meta: dict[str, str], now: datetime) -> Delivery:
    return Delivery(
        account=ACCOUNT,
        stream="files",
        transport_id=mail.digest,
        # Nothing was received tomorrow, whatever a header says.
        received_at=min(_received(mail.head) or mail.fallback, now),
        raw=mail.raw,
        size=mail.size,
        meta=meta,
    )


def _received(head: bytes) -> datetime | None:
    """The time behind the last semicolon of the topmost Received header, in UTC."""
    header = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    found = _RECEIVED.search(header)
    if not found or b";" not in found[1]:
        return None
    text = found[1].rsplit(b";", 1)[1].decode("ascii", "replace")
    try:
        moment = parsedate_to_datetime(" ".join(text.split()))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
