"""Gets the mails themselves: sizes first, then small ones by the batch and large ones in ranges.

Nothing here ever sets a flag: BODY.PEEK only. Besides being polite to the clerk who still reads
the mailbox by hand, a flag change makes the server rescan (a hundred times slower a mail).
"""

import hashlib
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from imapclient import IMAPClient

from channels.email.config import EmailConfig
from channels.email.folders import Folder
from channels.errors import Transient
from channels.message import Delivery

INLINE = 256 * 1024
"""Bytes of a mail up to which it travels in memory; above, in a file of the spool."""
RANGE = 1024 * 1024
"""Bytes of a large mail that are asked for at once."""
BATCH_MAILS = 200
BATCH_BYTES = 2 * 1024 * 1024
_SIZES = 600  # uids a command: the line stays below the 8 KB that every server takes
_PATIENCE = 5
"""Tries after which a mail that the server will not hand over is delivered without its text."""


@dataclass(frozen=True, slots=True)
class _Item:
    uid: int
    size: int
    taken: datetime
    gone: bool = False
    """Deleted since the search, by somebody who may."""


@dataclass(slots=True)
class _Trouble:
    """What went wrong last time, so that one broken mail does not block its folder for ever.

    After each failure half as many are asked for, until the culprit stands alone.
    """

    limit: int = BATCH_MAILS
    key: tuple[str, int] = ("", 0)
    tries: int = 0
    synced: tuple[str, int] = ("", 0)
    """The large mail under way, and how many of its bytes are safely on the disk."""

    def begin(self, transport_id: str, *, mails: int = 1, progress: int = 0) -> bool:
        """About to fetch from here on; False when that was tried often enough."""
        key = (transport_id, progress)
        self.tries = self.tries + 1 if key == self.key else 1
        self.key = key
        if mails > 1 and self.tries > 1:
            self.limit, self.tries = mails // 2, 0
        return self.tries <= _PATIENCE

    def over(self) -> None:
        self.limit, self.key, self.tries = min(BATCH_MAILS, self.limit * 2), ("", 0), 0
        self.synced = ("", 0)


@dataclass(slots=True)
class Bodies:
    """Fetches for one account; remembers what the server refused to hand over."""

    config: EmailConfig
    _trouble: _Trouble = field(default_factory=_Trouble)

    def fetch(
        self,
        client: IMAPClient,
        folder: Folder,
        uidvalidity: int,
        uids: Sequence[int],
        spool: Path,
        now: datetime,
    ) -> Iterator[tuple[int | None, list[Delivery]]]:
        """(last uid covered, its deliveries), ascending, bounded by count and bytes.

        Mails that vanished since the search are covered and yield nothing. Between two ranges
        of a large mail it yields (None, []): the caller may stop there, or show that it lives.
        """
        fetch = _Fetch(client, folder, uidvalidity, spool, self.config, self._trouble)
        group: list[_Item] = []
        weight = 0
        for item in _sizes(client, uids, now):
            full = len(group) >= self._trouble.limit or weight + item.size > BATCH_BYTES
            if group and (full or item.size > INLINE):
                yield group[-1].uid, fetch.small(group)
                group, weight = [], 0
            if item.size > INLINE:
                for found in fetch.large(item):
                    yield (None, []) if found is None else (item.uid, found)
            else:
                group.append(item)
                weight += item.size
        if group:
            yield group[-1].uid, fetch.small(group)


def _sizes(client: IMAPClient, uids: Sequence[int], now: datetime) -> Iterator[_Item]:
    for start in range(0, len(uids), _SIZES):
        chunk = uids[start : start + _SIZES]
        known = client.fetch(chunk, ["RFC822.SIZE", "INTERNALDATE"])
        for uid in chunk:
            data = known.get(uid, {})
            size = data.get(b"RFC822.SIZE")
            taken = data.get(b"INTERNALDATE") or now
            yield _Item(uid, size or 0, taken.astimezone(UTC), gone=size is None)


@dataclass(frozen=True, slots=True)
class _Fetch:
    """The same, within one folder as it stands now."""

    client: IMAPClient
    folder: Folder
    uidvalidity: int
    spool: Path
    config: EmailConfig
    trouble: _Trouble

    def small(self, items: Iterable[_Item]) -> list[Delivery]:
        items = [item for item in items if not item.gone]
        if not items:
            return []
        if not self.trouble.begin(self._transport_id(items[0]), mails=len(items)):
            self.trouble.over()
            return [self._delivery(items[0], b"", items[0].size)]
        got = self.client.fetch([item.uid for item in items], ["BODY.PEEK[]"])
        bodies: dict[int, bytes] = {
            uid: data[b"BODY[]"] for uid, data in got.items() if data.get(b"BODY[]") is not None
        }
        if len(bodies) < len(items):
            self._really_gone([item.uid for item in items if item.uid not in bodies])
        self.trouble.over()
        return [
            self._delivery(item, bodies[item.uid], len(bodies[item.uid]))
            for item in items
            if item.uid in bodies
        ]

    def large(self, item: _Item) -> Iterator[list[Delivery] | None]:
        """In ranges into a file, going on where it broke off; None after each, then what came."""
        path = self._part_file(item)
        have = self._safe_bytes(item, path)
        size = item.size
        if self.trouble.begin(self._transport_id(item), progress=have):
            have, whole = yield from self._download(item, path, have)
            size = have if whole else item.size
        else:
            path.touch()
        self.trouble.over()
        if not have and not size:
            path.unlink(missing_ok=True)
            yield []
        else:
            yield [self._delivery(item, path, size)]

    def _download(
        self, item: _Item, path: Path, have: int
    ) -> Generator[None, None, tuple[int, bool]]:
        """(bytes in the file, whether that is all there is of the mail)."""
        with path.open("r+b" if have else "wb") as file:
            if have:
                file.truncate(have)
                file.seek(have)
            while (want := min(RANGE, self.config.max_size - have)) > 0:
                got = self.client.fetch([item.uid], [f"BODY.PEEK[]<{have}.{want}>"])
                piece: bytes | None = got.get(item.uid, {}).get(b"BODY[]<%d>" % have)
                if piece is None and have < item.size:
                    self._really_gone([item.uid])
                    return have, have == 0
                file.write(piece or b"")
                file.flush()
                os.fsync(file.fileno())
                have += len(piece or b"")
                self.trouble.synced = (self._transport_id(item), have)
                if len(piece or b"") < want:
                    return have, True
                yield
        return have, have >= item.size

    def _really_gone(self, absent: Sequence[int]) -> None:
        """Return only if they were deleted: what is left out but still listed is not skipped."""
        self.client.noop()
        if self.client.search(["UID", ",".join(map(str, absent))]):
            raise Transient(
                f"Server email akun {self.config.name} tidak menyerahkan sebuah surat yang masih"
                " ada; dicoba lagi otomatis."
            )

    def _safe_bytes(self, item: _Item, path: Path) -> int:
        """Where to go on: after a restart without the last range, which a crash may have torn."""
        if not path.exists():
            return 0
        there = path.stat().st_size
        transport_id, synced = self.trouble.synced
        if transport_id == self._transport_id(item):
            return min(synced, there)
        return max(0, there // RANGE - 1) * RANGE

    def _part_file(self, item: _Item) -> Path:
        """The same name for the same mail, so that a second try finds the first."""
        account = f"{self.config.name}\n{self._transport_id(item)}"
        return self.spool / f"{hashlib.sha256(account.encode()).hexdigest()[:32]}.part"

    def _transport_id(self, item: _Item) -> str:
        return f"{self.folder.name}:{self.uidvalidity}:{item.uid}"

    def _delivery(self, item: _Item, raw: bytes | Path, size: int) -> Delivery:
        return Delivery(
            account=self.config.name,
            stream=self.folder.name,
            transport_id=self._transport_id(item),
            received_at=item.taken,
            raw=raw,
            size=size,
            meta={"folder": self.folder.name, "role": self.folder.role.value},
        )
