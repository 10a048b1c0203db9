from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from channels.base import Batch
from channels.message import Delivery as Raw
from store import claims, cursors, deliveries, facilities
from store.claims import Claim
from store.engine import Store
from store.states import Disposition
from store.tables import Delivery

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def ids(store: Store) -> tuple[int, int]:
    with store.write("test") as db:
        facility = facilities.ensure_facility(
            db, slug="melati", name="Melati", zone="Asia/Jakarta", profile="ayah", now=NOW
        )
        account = facilities.ensure_account(db, facility, channel="email", name="kotak", now=NOW)
    return facility, account


def raw(uid: int, body: bytes | Path = b"isi", **kwargs: object) -> Raw:
    values: dict[str, object] = {
        "account": "kotak",
        "stream": "INBOX",
        "transport_id": f"INBOX:1:{uid}",
        "received_at": NOW,
        "raw": body,
        "size": 3,
        "meta": {"role": "inbox"},
    }
    return Raw(**(values | kwargs))  # type: ignore[arg-type]


def batch(*items: Raw, cursor: str | None = "9") -> Batch:
    return Batch(stream="INBOX", deliveries=items, cursor=cursor)


def keep(store: Store, ids: tuple[int, int], *items: Raw, cursor: str | None = "9") -> int:
    filled = batch(*items, cursor=cursor)
    keys = deliveries.adopt(store.blobs, filled)
    with store.write("ingest.keep") as db:
        return deliveries.keep(db, *ids, filled, NOW, keys)


def claim(store: Store, ids: tuple[int, int]) -> Claim:
    with store.write("test") as db:
        return claims.claim(db, ids[0], [ids[1]], "here")


def disposition(store: Store, id_: int) -> tuple[str, str]:
    with store.read() as db:
        row = db.get_one(Delivery, id_)
        return row.disposition, row.reason


def test_what_is_kept_comes_back_as_the_adapter_made_it(store: Store, ids: tuple[int, int]) -> None:
    given = raw(7, bytes(range(256)), revision="2", size=900)
    assert keep(store, ids, given) == 1
    [row] = claim(store, ids).rows
    assert deliveries.load(row, store.blobs) == given
    assert (row.channel, row.attempts) == ("email", 0)


def test_a_second_time_adds_nothing_but_a_new_revision_does(
    store: Store, ids: tuple[int, int]
) -> None:
    assert keep(store, ids, raw(1), raw(2)) == 2
    assert keep(store, ids, raw(2, b"lain"), raw(3)) == 1
    assert keep(store, ids, raw(2, revision="1")) == 1
    with store.read() as db:
        assert len(db.exec(select(Delivery)).all()) == 4


def test_the_cursor_moves_with_the_rows_or_not_at_all(store: Store, ids: tuple[int, int]) -> None:
    keep(store, ids, raw(1), cursor="1:1")
    with store.read() as db, pytest.raises(DBAPIError):  # a reader cannot commit
        deliveries.keep(db, *ids, batch(raw(2), cursor="1:2"), NOW)
    with store.write("ingest.keep") as db:
        deliveries.keep(db, *ids, batch(raw(2), cursor="1:2"), NOW)
        db.rollback()
    with store.read() as db:
        assert cursors.all_of(db, ids[1]) == {"INBOX": "1:1"}
        assert len(db.exec(select(Delivery)).all()) == 1
    keep(store, ids, raw(2), cursor=None)
    keep(store, ids, cursor="1:5")
    with store.read() as db:
        assert cursors.all_of(db, ids[1]) == {"INBOX": "1:5"}


def test_a_file_becomes_a_blob(store: Store, ids: tuple[int, int]) -> None:
    file = store.blobs.spool / "besar"
    file.write_bytes(b"x" * 5000)
    keep(store, ids, raw(1, file, size=5000))
    assert not file.exists()
    [row] = claim(store, ids).rows
    loaded = deliveries.load(row, store.blobs)
    assert isinstance(loaded.raw, Path)
    assert loaded.raw.read_bytes() == b"x" * 5000
    assert row.blob
    assert store.blobs.remove(row.blob, timedelta(days=-1))
    with pytest.raises(FileNotFoundError):
        deliveries.load(row, store.blobs)


def test_an_end_is_given_once(store: Store, ids: tuple[int, int]) -> None:
    keep(store, ids, raw(1), raw(2))
    with store.write("test") as db:
        assert deliveries.still_pending(db, [1, 2]) == {1, 2}
        deliveries.settle(db, [(1, Disposition.SET_ASIDE, "list")])
        deliveries.settle(db, [(1, Disposition.RECORDED, ""), (2, Disposition.JOINED, "")])
        assert deliveries.still_pending(db, [1, 2]) == set()
    assert disposition(store, 1) == ("set-aside", "list")
    assert disposition(store, 2) == ("joined", "")


def test_chosen_deliveries_are_replayed_whatever_became_of_them(
    store: Store, ids: tuple[int, int]
) -> None:
    keep(store, ids, raw(1), raw(2))
    with store.write("test") as db:
        ends = [(1, Disposition.RECORDED, ""), (2, Disposition.RECORDED, "")]
        deliveries.settle(db, ends)
        assert deliveries.replay(db, ids[0]) == []
        assert deliveries.replay(db, ids[0], [2]) == [2]
        assert deliveries.still_pending(db, [1, 2]) == {2}
        assert deliveries.unrecorded(db, [1, 2]) == {2: Disposition.PENDING}
