"""What every implementation of Blobs keeps, and what each of them keeps in its own way."""

import hashlib
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from channels.base import Batch
from channels.message import Delivery as Raw
from store import cleanup, deliveries, facilities
from store.blobs import Blobs, FolderBlobs
from store.chunks import CHUNK, ChunkBlobs
from store.clock import database_seconds
from store.engine import Store
from store.tables import Blob, BlobChunk
from tests.doubles import START
from tests.engines import open_with_tables

DAY = timedelta(days=1)


@dataclass
class Place:
    """One host's blobs, and what only the implementation itself knows how to do."""

    store: Store
    blobs: Blobs
    another_host: Callable[[], Blobs]
    grow_old: Callable[[str], None]
    """As if nobody had brought it for two days."""
    damage: Callable[[str], None]
    """The bytes are still there, in part."""

    def put(self, data: bytes, name: str = "besar") -> str:
        return put(self.blobs, data, name)

    def keys(self) -> set[str]:
        return {key for batch in self.blobs.old(-DAY) for key in batch}


def put(blobs: Blobs, data: bytes, name: str = "besar") -> str:
    file = blobs.spool / name
    file.write_bytes(data)
    key = blobs.adopt(file)
    assert not file.exists()
    return key


@pytest.fixture(
    params=[
        pytest.param("folder", marks=pytest.mark.sqlite),
        pytest.param("chunks", marks=pytest.mark.sqlite),
        pytest.param("chunks", marks=pytest.mark.postgresql),
    ],
    ids=["folder", "chunks-sqlite", "chunks-postgresql"],
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    store = open_with_tables(tmp_path)
    yield folder(store, tmp_path) if request.param == "folder" else chunks(store, tmp_path)
    store.close()


def folder(store: Store, tmp_path: Path) -> Place:
    kept = tmp_path / "blobs"

    def grow_old(key: str) -> None:
        ago = time.time() - 2 * DAY.total_seconds()
        os.utime(kept / key[:2] / key, (ago, ago))

    def damage(key: str) -> None:
        (kept / key[:2] / key).unlink()

    blobs = store.blobs = FolderBlobs(kept)
    return Place(store, blobs, lambda: FolderBlobs(kept), grow_old, damage)


def chunks(store: Store, tmp_path: Path) -> Place:
    hosts = 0

    def another_host() -> Blobs:
        nonlocal hosts
        hosts += 1
        return ChunkBlobs(store, tmp_path / f"host-{hosts}")

    def grow_old(key: str) -> None:
        with store.write("test") as db:
            ago = database_seconds(db.connection()) - 2 * DAY.total_seconds()
            db.execute(update(Blob).where(Blob.key == key).values(adopted=ago))  # type: ignore[arg-type]

    def damage(key: str) -> None:
        with store.write("test") as db:
            db.execute(update(BlobChunk).where(BlobChunk.key == key).values(data=b"?"))  # type: ignore[arg-type]
        (tmp_path / "blobs" / "cache" / key).unlink()

    blobs = store.blobs = ChunkBlobs(store, tmp_path / "blobs")
    return Place(store, blobs, another_host, grow_old, damage)


def test_the_bytes_are_kept_under_their_digest_once(place: Place) -> None:
    data = os.urandom(3 * CHUNK + 17)
    key = place.put(data)
    assert key == hashlib.sha256(data).hexdigest()
    assert place.blobs.path(key).read_bytes() == data
    assert place.put(data, "lagi") == key
    assert place.keys() == {key}
    assert list(place.blobs.spool.iterdir()) == []


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1])
def test_every_size_comes_back_on_every_host(place: Place, size: int) -> None:
    data = os.urandom(size)
    key = place.put(data)
    for _ in range(2):  # made there, then found there
        assert place.another_host().path(key).read_bytes() == data


def test_hosts_that_bring_the_same_bytes_at_once_keep_them_once(place: Place) -> None:
    data = os.urandom(4 * CHUNK + 1)
    hosts = [place.blobs, *(place.another_host() for _ in range(3))]
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(lambda it: put(it[1], data, f"dari-{it[0]}"), enumerate(hosts)))
    [key] = keys
    assert place.keys() == keys
    for host in [*hosts, place.another_host()]:
        assert host.path(key).read_bytes() == data


def test_what_has_gone_or_is_damaged_is_not_found(place: Place) -> None:
    key = place.put(os.urandom(10))
    place.damage(key)
    for missing in (key, "0" * 64):
        with pytest.raises(FileNotFoundError):
            place.blobs.path(missing)
    assert list(place.blobs.spool.iterdir()) == []


def test_only_what_is_old_and_named_by_nobody_goes(place: Place) -> None:
    named, forgotten, young = (place.put(os.urandom(50)) for _ in range(3))
    name_it(place.store, named)
    for key in (named, forgotten):
        place.grow_old(key)
    assert cleanup.forget_blobs(place.store) == 1
    assert place.keys() == {named, young}
    assert place.blobs.path(named).exists()
    with pytest.raises(FileNotFoundError):
        place.blobs.path(forgotten)
    assert list(place.blobs.spool.iterdir()) == []


def test_a_clean_up_is_bounded(place: Place) -> None:
    for number in range(5):
        place.grow_old(place.put(b"%d" % number))
    assert cleanup.forget_blobs(place.store, most=3) == 3
    assert cleanup.forget_blobs(place.store, most=3) == 2


def test_what_is_brought_while_it_is_cleaned_up_stays(place: Place) -> None:
    """Looked at as old, brought anew, then removed: the bytes brought last are named next."""
    data = os.urandom(100)
    key = place.put(data)
    place.grow_old(key)
    assert [key] in [list(batch) for batch in place.blobs.old(DAY)]
    assert place.put(data, "lagi") == key
    assert not place.blobs.remove(key, DAY)
    assert place.another_host().path(key).read_bytes() == data


def test_it_streams(place: Place) -> None:
    """Fifty megabytes never stand in memory."""
    size = 50 * CHUNK
    file = place.blobs.spool / "besar"
    with file.open("wb") as target:
        for number in range(50):
            target.write(bytes([number]) * CHUNK)
    tracemalloc.start()
    try:
        key = place.blobs.adopt(file)
        found = place.another_host().path(key)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.stat().st_size == size
    assert peak < 12 * CHUNK


def test_nobody_else_may_look(place: Place) -> None:
    key = place.put(b"isi")
    assert place.blobs.spool.stat().st_mode & 0o077 == 0
    assert place.blobs.path(key).parent.stat().st_mode & 0o077 == 0


def test_a_folder_has_it_on_the_disk_before_its_key_is_known(
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


@pytest.fixture
def chunked(tmp_path: Path, store: Store) -> ChunkBlobs:
    return ChunkBlobs(store, tmp_path / "blobs")


def test_what_a_crash_left_half_done_is_nobodys_and_is_completed(
    chunked: ChunkBlobs, store: Store, tmp_path: Path
) -> None:
    data = os.urandom(3 * CHUNK)
    key = put(chunked, data)
    with store.write("test") as db:
        db.execute(delete(BlobChunk).where(BlobChunk.position > 0))  # type: ignore[arg-type]
    other = ChunkBlobs(store, tmp_path / "another")
    with pytest.raises(FileNotFoundError):
        other.path(key)
    put(chunked, data, "lagi")
    assert other.path(key).read_bytes() == data


def test_what_goes_takes_its_chunks_along(chunked: ChunkBlobs, store: Store) -> None:
    key = put(chunked, os.urandom(2 * CHUNK))
    assert chunked.remove(key, -DAY)
    with store.read() as db:
        assert db.execute(select(func.count()).select_from(BlobChunk)).scalar_one() == 0
    assert not chunked.remove(key, -DAY)


def test_copies_used_longest_ago_make_room(store: Store, tmp_path: Path) -> None:
    blobs = ChunkBlobs(store, tmp_path / "blobs", cache_bytes=250)
    first, second, third = (put(blobs, os.urandom(100), f"{n}") for n in range(3))
    cache = tmp_path / "blobs" / "cache"
    assert len(list(cache.iterdir())) == 3  # all of them may be read at the moment
    for age, key in ((3000, second), (2000, first), (1000, third)):
        os.utime(cache / key, (time.time() - age,) * 2)
    assert blobs.path(second).exists()  # used now
    fourth = put(blobs, os.urandom(100), "4")
    assert {file.name for file in cache.iterdir()} == {second, fourth}
    assert blobs.path(first).read_bytes()  # it only has to be copied again


def name_it(store: Store, key: str) -> None:
    """A delivery is made of it."""
    file = Path("it")
    raw = Raw(
        account="hotline",
        stream="inbox",
        transport_id=key,
        received_at=START,
        raw=file,
        size=50,
        meta={},
    )
    with store.write("test") as db:
        office = facilities.ensure_facility(
            db, slug="uji", name="Uji", zone="Asia/Jakarta", profile="arjuno", now=START
        )
        account = facilities.ensure_account(
            db, office, channel="email", name="hotline", since=START, now=START
        )
        batch = Batch(stream="inbox", deliveries=[raw], cursor=None)
        deliveries.keep(db, office, account, batch, START, {file: key})
