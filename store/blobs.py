"""Where raw deliveries live that are too large for a row."""

import hashlib
import os
from pathlib import Path
from typing import Protocol


class Blobs(Protocol):
    """Large files by key. A key is known once the bytes are safe."""

    @property
    def spool(self) -> Path:
        """A folder for files in the making, on the same disk."""
        ...

    def adopt(self, file: Path) -> str:
        """Take a finished file over and return its key; safe on disk before this returns."""
        ...

    def path(self, key: str) -> Path:
        """A local file with the bytes; it may have gone."""
        ...


class FolderBlobs:
    """A folder; the key is the SHA-256 of the bytes, so the same bytes are kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def spool(self) -> Path:
        """A folder for files in the making."""
        spool = self._folder / "spool"
        spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        return spool

    def adopt(self, file: Path) -> str:
        """Sync, rename, sync the folder; only then may a row name the key."""
        digest = hashlib.sha256()
        with file.open("rb+") as source:
            while chunk := source.read(1 << 20):
                digest.update(chunk)
            os.fsync(source.fileno())
        key = digest.hexdigest()
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.replace(target)
        _sync_folder(target.parent)
        _sync_folder(self._folder)  # where the folder of two characters itself is listed
        return key

    def path(self, key: str) -> Path:
        """Two characters of the key make the folder, so that no folder grows too long."""
        return self._folder / key[:2] / key


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder; there the rename itself is journalled.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
