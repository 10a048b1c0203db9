"""Large raws in the database itself, so that every host reads what any of them took in.

A blob is written a chunk a transaction and named by a delivery only once it is whole. Its key is
the hash of its bytes, so two hosts that bring the same one write the same chunks, and one that a
crash left half done is completed by whoever brings it next.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from store.blobs import digest_of, spool_in
from store.clock import database_seconds
from store.tables import Blob, BlobChunk
from store.upsert import insert_into

if TYPE_CHECKING:
    from store.engine import Store

CHUNK = 1 << 20
"""Bytes in a chunk. Never to be changed: chunks written before would no longer fit."""
CACHE_BYTES = 500 << 20
"""What the copies on this machine's disk may take."""
_IN_USE = 300.0
"""Seconds for which a copy stays after it was asked for, whatever the cache holds."""
_BATCH = 200

_blobs: Any = Blob.__table__  # type: ignore[attr-defined]
_chunks: Any = BlobChunk.__table__  # type: ignore[attr-defined]


class ChunkBlobs:
    """See `store.blobs.Blobs`. `folder` holds the spool and the copies of this machine."""

    def __init__(self, store: "Store", folder: Path, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._store = store
        self._folder = folder
        self._cache_bytes = cache_bytes

    @property
    def spool(self) -> Path:
        """A folder for files in the making."""
        return spool_in(self._folder)

    def adopt(self, file: Path) -> str:
        """Write what is missing of it, a chunk a transaction; then the file is the first copy."""
        with file.open("rb") as source:
            key = digest_of(source.fileno())
            size = source.seek(0, os.SEEK_END)
            for position in self._missing(key, size):
                source.seek(position * CHUNK)
                self._write(key, position, source.read(CHUNK))
        self._keep_copy(file, key)
        return key

    def path(self, key: str) -> Path:
        """This machine's copy, made and checked where there is none."""
        copy = self._copy(key)
        try:
            os.utime(copy)  # it was used now: others go before it
        except FileNotFoundError:
            self._fetch(key)
        return copy

    def old(self, age: timedelta) -> Iterator[Sequence[str]]:
        """By the database's clock; also what a crash left half done."""
        last = ""
        while True:
            with self._store.read() as db:
                before = database_seconds(db.connection()) - age.total_seconds()
                query = select(_blobs.c.key).where(_blobs.c.adopted < before, _blobs.c.key > last)
                keys = list(db.execute(query.order_by(_blobs.c.key).limit(_BATCH)).scalars())
            if not keys:
                return
            yield keys
            last = keys[-1]

    def remove(self, key: str, age: timedelta) -> bool:
        """In one transaction, whose first statement keeps whoever brings it now waiting."""
        with self._store.write("blob.remove") as db:
            before = database_seconds(db.connection()) - age.total_seconds()
            held = db.execute(
                update(_blobs)
                .where(_blobs.c.key == key, _blobs.c.adopted < before)
                .values(adopted=0.0)
            )
            if not held.rowcount:  # type: ignore[attr-defined]
                return False
            db.execute(delete(_chunks).where(_chunks.c.key == key))
            db.execute(delete(_blobs).where(_blobs.c.key == key))
        self._copy(key).unlink(missing_ok=True)
        return True

    def _missing(self, key: str, size: int) -> list[int]:
        """Claim the key for a day, in its own transaction; the chunks that are not there yet."""
        with self._store.write("blob.begin") as db:
            seconds = database_seconds(db.connection())
            insert = insert_into(db, Blob).values(key=key, size=size, adopted=seconds)
            db.execute(
                insert.on_conflict_do_update(index_elements=["key"], set_={"adopted": seconds})
            )
            there = set(
                db.execute(select(_chunks.c.position).where(_chunks.c.key == key)).scalars()
            )
        return [position for position in range(-(-size // CHUNK)) if position not in there]

    def _write(self, key: str, position: int, data: bytes) -> None:
        """Also when another host is just writing it: then this waits until that one stands."""
        with self._store.write("blob.chunk") as db:
            db.connection().execute(
                insert_into(db, BlobChunk).on_conflict_do_nothing(),
                {"key": key, "position": position, "data": data},
            )

    def _fetch(self, key: str) -> None:
        """Copy it here. Raises FileNotFoundError unless these are the very bytes."""
        part = self.spool / f"{key}.{secrets.token_hex(4)}"
        try:
            with part.open("xb") as target:
                digest = hashlib.sha256()
                for chunk in self._read(key):
                    digest.update(chunk)
                    target.write(chunk)
            if digest.hexdigest() != key:
                raise FileNotFoundError(key)
            self._keep_copy(part, key)
        finally:
            part.unlink(missing_ok=True)

    def _read(self, key: str) -> Iterator[bytes]:
        """Chunk by chunk, each in its own transaction: nothing stays open while a disk is slow."""
        with self._store.read() as db:
            count = db.execute(select(func.count()).where(_chunks.c.key == key)).scalar_one()
        for position in range(count):
            with self._store.read() as db:
                chunk = db.execute(
                    select(_chunks.c.data).where(
                        _chunks.c.key == key, _chunks.c.position == position
                    )
                ).scalar_one_or_none()
            if chunk is None:
                raise FileNotFoundError(key)
            yield chunk

    def _keep_copy(self, file: Path, key: str) -> None:
        """Let a file with the right bytes be this machine's copy."""
        copy = self._copy(key)
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with file.open("rb+") as source:
            os.fsync(source.fileno())  # a name that outlives its bytes would be believed
        os.utime(file)
        file.replace(copy)
        self._make_room()

    def _make_room(self) -> None:
        """Let the copies go that were used longest ago, as far as there are too many bytes."""
        copies = []
        for file in self._cache.iterdir():
            with suppress(FileNotFoundError):
                stat = file.stat()
                copies.append((stat.st_mtime, stat.st_size, file))
        total = sum(size for _, size, _ in copies)
        for used, size, file in sorted(copies):
            if total <= self._cache_bytes or used > time.time() - _IN_USE:
                return
            with suppress(OSError):  # another process was quicker, or reads it (Windows)
                file.unlink()
            total -= size

    @property
    def _cache(self) -> Path:
        return self._folder / "cache"

    def _copy(self, key: str) -> Path:
        return self._cache / key
