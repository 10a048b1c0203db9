"""Where raw deliveries live that are too large for a row."""

import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol

_BATCH = 200


class Blobs(Protocol):
    """Large files by key. A key is known once the bytes are safe."""

    @property
    def spool(self) -> Path:
        """A folder on this machine for files in the making."""
        ...

    def adopt(self, file: Path) -> str:
        """Take a finished file out of the spool and return its key; safe before this returns."""
        ...

    def path(self, key: str) -> Path:
        """A file on this machine with the bytes, to be read soon and not changed.

        Raises FileNotFoundError when they have gone or are not what the key says.
        """
        ...

    def old(self, age: timedelta) -> Iterator[Sequence[str]]:
        """Keys that nobody brought for so long, in batches."""
        ...

    def remove(self, key: str, age: timedelta) -> bool:
        """Forget it unless somebody has brought it meanwhile; whether it went.

        Whoever calls knows that no delivery names it.
        """
        ...


class FolderBlobs:
    """A folder; the key is the SHA-256 of the bytes, so the same bytes are kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def spool(self) -> Path:
        """A folder for files in the making."""
        return spool_in(self._folder)

    def adopt(self, file: Path) -> str:
        """Sync, rename, sync the folder; only then may a row name the key."""
        with file.open("rb+") as source:
            key = digest_of(source.fileno())
            os.fsync(source.fileno())
        os.utime(file)  # from now on, however long ago its last byte came
        target = self._place(key)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.replace(target)
        _sync_folder(target.parent)
        _sync_folder(self._folder)  # where the folder of two characters itself is listed
        return key

    def path(self, key: str) -> Path:
        """Where it stands. Its bytes are not looked through each time."""
        file = self._place(key)
        if not file.exists():
            raise FileNotFoundError(key)
        return file

    def old(self, age: timedelta) -> Iterator[Sequence[str]]:
        """By the time of the last adoption."""
        before = time.time() - age.total_seconds()
        batch: list[str] = []
        for file in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < before:
                    batch.append(file.name)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def remove(self, key: str, age: timedelta) -> bool:
        """Moved aside first: what was adopted since it was looked at goes back."""
        file, aside = self._place(key), self.spool / f"{key}.{secrets.token_hex(4)}"
        try:
            file.rename(aside)
        except OSError:
            return False  # somebody was quicker, or reads it (Windows)
        if aside.stat().st_mtime >= time.time() - age.total_seconds():
            aside.replace(file)
            return False
        aside.unlink()
        return True

    def _place(self, key: str) -> Path:
        """Two characters of the key make the folder, so that no folder grows too long."""
        return self._folder / key[:2] / key


def spool_in(folder: Path) -> Path:
    """`spool` in there, made when it is missing, for nobody else's eyes."""
    spool = folder / "spool"
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    return spool


def digest_of(handle: int) -> str:
    """The SHA-256 of an open file from its beginning, a megabyte at a time."""
    digest = hashlib.sha256()
    os.lseek(handle, 0, os.SEEK_SET)
    while chunk := os.read(handle, 1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder; there the rename itself is journalled.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
