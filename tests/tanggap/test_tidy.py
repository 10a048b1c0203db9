import os
import time
from datetime import timedelta
from pathlib import Path

from store.blobs import FolderBlobs
from store.clock import database_seconds
from store.tables import Blob
from tanggap.tidy import Tidy, tidy_spool
from tests.doubles import ManualClock
from tests.engines import open_with_tables

TWO_DAYS = timedelta(days=2)


def test_what_a_crash_left_in_the_spool_goes_after_a_day(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    old, fresh = blobs.spool / "old.part", blobs.spool / "fresh.part"
    for file in (old, fresh):
        file.write_bytes(b"x")
    age(old)
    tidy_spool(blobs)
    assert list(blobs.spool.iterdir()) == [fresh]


def test_it_looks_an_hour_after_the_start_and_then_daily(tmp_path: Path) -> None:
    store, clock = open_with_tables(tmp_path), ManualClock()
    tidy = Tidy(store, clock)
    part = store.blobs.spool / "part"
    for wait, goes in ((0, False), (3500, False), (200, True), (80_000, False), (7000, True)):
        part.write_bytes(b"x")
        age(part)
        clock.forward(wait)
        tidy()
        assert part.exists() is not goes
    store.close()


def test_what_no_delivery_names_goes(tmp_path: Path) -> None:
    store, clock = open_with_tables(tmp_path), ManualClock()
    tidy = Tidy(store, clock)
    file = store.blobs.spool / "mail"
    file.write_bytes(b"besar")
    key = store.blobs.adopt(file)
    if store.is_sqlite:
        age(store.blobs.path(key))
    else:
        with store.write("test") as db:
            ago = TWO_DAYS.total_seconds()
            db.get_one(Blob, key).adopted = database_seconds(db.connection()) - ago  # type: ignore[assignment]
    clock.forward(4000)
    tidy()
    assert [*store.blobs.old(-TWO_DAYS)] == []
    store.close()


def age(file: Path) -> None:
    ago = time.time() - TWO_DAYS.total_seconds()
    os.utime(file, (ago, ago))
