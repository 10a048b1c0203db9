"""The inbox folder as a stream: what lies there is handed over, and goes once it is kept.

The cursor lists the files that were committed and are still there, each with the hash of its
content. They are deleted at the next poll, when the cursor that comes back proves the commit: a
kill at any moment loses nothing, and gives nothing twice. A name that smsd has used again in the
meantime has another hash, and is new.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from channels.base import Batch, ChannelState
from channels.errors import Transient
from channels.gammu import backup
from channels.gammu.config import GammuConfig
from channels.message import Delivery

STREAM = "inbox"
PART_WAIT = timedelta(minutes=10)
"""So long a message waits for its missing segments; smsd itself has waited as long before."""
WRITE_WAIT = timedelta(minutes=1)
"""So long a file that does not look finished is left alone."""
BATCH = 50
"""Messages a batch."""
_LARGEST = 256 * 1024
"""Bytes of a file that are read: an SMS has some thousands."""
_MOST_KEPT = 1_000
"""Files that may lie there undeleted, until somebody has to look."""


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    raw: bytes
    size: int
    taken_at: datetime

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()[:16]


class Inbox:
    """For the one thread that polls: how long something waits is remembered in memory."""

    def __init__(self, config: GammuConfig, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._clock = clock
        self._seen: dict[tuple[str, str], datetime] = {}

    def poll(self, state: ChannelState) -> Iterator[Batch]:
        """What has come in whole, oldest first. Raises Transient."""
        before = state.cursors.get(STREAM, "")
        try:
            kept = self._delete(_kept(before))
            files = self._files(kept)
        except OSError as error:
            raise Transient(
                "Folder inbox gammu tidak dapat dibaca; periksa setelan spool dan hak aksesnya.",
                detail=type(error).__name__,
            ) from None
        if len(kept) > _MOST_KEPT:
            raise Transient(
                "SMS yang sudah dicatat tidak dapat dihapus dari folder inbox gammu; beri Tanggap "
                "hak tulis di folder itu.",
                detail=f"{len(kept)} files",
            )
        ready = self._ready(files)
        for at in range(0, len(ready), BATCH):
            some = ready[at : at + BATCH]
            kept |= {file.name: file.digest for group in some for file in group}
            deliveries = [self._delivery(group) for group in some]
            yield Batch(stream=STREAM, deliveries=deliveries, cursor=_cursor(kept))
        if not ready and _cursor(kept) != (before or _cursor({})):
            yield Batch(stream=STREAM, deliveries=(), cursor=_cursor(kept))

    def _delete(self, kept: Mapping[str, str]) -> dict[str, str]:
        """Delete what was committed; what could not be is kept in mind."""
        left = {}
        for name, digest in kept.items():
            path = self._config.inbox / name
            try:
                if path.parent == self._config.inbox and self._read(path).digest == digest:
                    path.unlink()
            except FileNotFoundError:
                continue
            except OSError:  # no right to, or open elsewhere (Windows): the next poll tries again
                left[name] = digest
        return left

    def _files(self, kept: Mapping[str, str]) -> list[_File]:
        """What is new, by name: date and time of the network come first in it."""
        files = []
        for path in sorted(self._config.inbox.iterdir()):
            if path.name.upper().startswith("IN") and path.is_file():
                file = self._read(path)
                if kept.get(file.name) != file.digest:
                    files.append(file)
        return files

    def _read(self, path: Path) -> _File:
        status = path.stat()
        with path.open("rb") as file:
            raw = file.read(_LARGEST)
        taken_at = datetime.fromtimestamp(status.st_mtime, UTC)
        return _File(path.name, raw, max(status.st_size, len(raw)), taken_at)

    def _ready(self, files: list[_File]) -> list[list[_File]]:
        """The files of each message that need not wait, in the order of their first."""
        now, waiting = self._clock(), {}
        groups: dict[object, list[_File]] = {}
        for file in files:
            if not backup.whole(file.raw):
                waiting[(file.name, file.digest)] = WRITE_WAIT
            groups.setdefault(_message(file), []).append(file)
        for group in groups.values():
            parts = [part for file in group for part in backup.segments(file.raw)]
            if parts and backup.missing(parts):
                for file in group:
                    waiting.setdefault((file.name, file.digest), PART_WAIT)
        self._seen = {key: self._seen.get(key, now) for key in waiting}
        return [
            group
            for group in groups.values()
            if not any(self._waits((it.name, it.digest), waiting, now) for it in group)
        ]

    def _waits(
        self, key: tuple[str, str], waiting: Mapping[tuple[str, str], timedelta], now: datetime
    ) -> bool:
        # A clock that was set back must not make it wait for ever.
        return key in waiting and timedelta() <= now - self._seen[key] < waiting[key]

    def _delivery(self, group: list[_File]) -> Delivery:
        first = group[0]
        raw = b"".join(file.raw for file in group)
        digest = hashlib.sha256(raw).hexdigest()[:16]
        return Delivery(
            account=self._config.name,
            stream=STREAM,
            transport_id=f"{first.name}:{digest}",
            received_at=max(file.taken_at for file in group),
            raw=raw,
            size=sum(file.size for file in group),
        )


def _message(file: _File) -> object:
    """What the files of one message have in common."""
    parts = backup.segments(file.raw)
    concat = parts[0].concat if parts else None
    if concat is None or not backup.missing(parts):
        return file.name
    return parts[0].sender, concat.reference, concat.total


def _kept(cursor: str) -> dict[str, str]:
    found = json.loads(cursor) if cursor else {}
    return {str(name): str(digest) for name, digest in found.items()}


def _cursor(kept: Mapping[str, str]) -> str:
    return json.dumps(dict(kept), sort_keys=True, separators=(",", ":"))
