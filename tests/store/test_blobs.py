import hashlib
import os
from pathlib import Path

import pytest

from store.blobs import FolderBlobs


def put(blobs: FolderBlobs, data: bytes, name: str = "besar") -> str:
    file = blobs.spool / name
    file.write_bytes(data)
    return blobs.adopt(file)


def test_the_bytes_are_kept_under_their_digest_once(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    data = os.urandom(3 << 20)
    key = put(blobs, data)
    assert key == hashlib.sha256(data).hexdigest()
    assert blobs.path(key).read_bytes() == data
    assert put(blobs, data, "lagi") == key
    assert [file for file in (tmp_path / "blobs").rglob("*") if file.is_file()] == [blobs.path(key)]


def test_an_empty_one_is_kept_too(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    assert blobs.path(put(blobs, b"")).read_bytes() == b""


def test_it_is_on_the_disk_before_its_key_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes, then the rename, then the two folders that name it."""
    synced: list[str] = []
    plain = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        plain(handle)

    blobs = FolderBlobs(tmp_path / "blobs")
    monkeypatch.setattr(os, "fsync", fsync)
    key = put(blobs, b"isi")
    assert synced == ["besar", key[:2], "blobs"]


def test_nobody_else_may_look(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    key = put(blobs, b"isi")
    assert blobs.spool.stat().st_mode & 0o077 == 0
    assert blobs.path(key).parent.stat().st_mode & 0o077 == 0
