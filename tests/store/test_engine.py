import re
import threading

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from store import facilities
from store.engine import Store, WriterLock
from store.tables import Contact, Facility
from tests.store.test_events import NOW


def waiting(lock: WriterLock, count: int) -> None:
    """Until so many threads stand at the lock."""
    for _ in range(10_000):
        with lock._condition:
            if len(lock._condition._waiters) == count:  # type: ignore[attr-defined]
                return
        threading.Event().wait(0.001)
    raise AssertionError("they never came")


def test_a_tap_goes_before_the_bulk_that_waits_longer() -> None:
    lock, order, threads = WriterLock(), [], []

    def work(name: str, urgent: bool) -> None:
        with lock.hold(urgent=urgent):
            order.append(name)

    with lock.hold(urgent=False):
        for number, name in enumerate(("bulk 1", "bulk 2", "tap")):
            threads.append(threading.Thread(target=work, args=(name, name == "tap")))
            threads[-1].start()
            waiting(lock, number + 1)
    for thread in threads:
        thread.join(10)
    assert order[0] == "tap"
    assert sorted(order[1:]) == ["bulk 1", "bulk 2"]


def test_what_fails_inside_gives_the_lock_back() -> None:
    lock = WriterLock()

    def failing() -> None:
        with lock.hold(urgent=True):
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        failing()
    with lock.hold(urgent=False):
        pass


def facility(store: Store, slug: str = "melati") -> int:
    with store.write("test") as db:
        return facilities.ensure_facility(
            db, slug=slug, name="Melati", zone="Asia/Jakarta", profile="ayah", now=NOW
        )


def test_a_reader_cannot_write(store: Store) -> None:
    with store.read() as db, pytest.raises(DBAPIError, match=r"read-?only"):
        db.connection().exec_driver_sql("INSERT INTO counter VALUES (1, 2026, 1)")


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.read() as db:
        assert db.exec(select(Facility)).all() == []
        facility(store)
        assert db.exec(select(Facility)).all() == []
    with store.read() as db:
        assert len(db.exec(select(Facility)).all()) == 1


def test_an_error_s_text_holds_no_citizen_s_words(store: Store) -> None:
    facility(store)

    def twice() -> None:
        with store.write("test") as db:
            for _ in range(2):
                contact = Contact(
                    facility_id=1,
                    channel="email",
                    address="siti@contoh.id",
                    name="Siti",
                    created_at=NOW,
                )
                db.add(contact)
                db.flush()

    with pytest.raises(IntegrityError) as caught:
        twice()
    assert "siti" not in str(caught.value).lower()
    assert re.search("contact.*address", str(caught.value))  # the key's own name


def test_what_raises_is_rolled_back(store: Store) -> None:
    def failing() -> None:
        with store.write("test") as db:
            db.add(Facility(slug="x", name="x", zone="x", profile="x", created_at=NOW))
            db.flush()
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        failing()
    facility(store)
    with store.read() as db:
        assert [row.slug for row in db.exec(select(Facility))] == ["melati"]


def test_a_commit_that_fails_does_not_block_the_next(store: Store) -> None:
    with store.write("test") as db:
        for statement in (
            "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
            "CREATE TABLE child (id INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)",
        ):
            db.connection().exec_driver_sql(statement)

    def failing() -> None:
        with store.write("test") as db:
            db.connection().exec_driver_sql("INSERT INTO child VALUES (9)")

    with pytest.raises(IntegrityError):  # at COMMIT, which leaves the transaction open
        failing()
    facility(store)
    with store.read() as db:
        assert db.connection().exec_driver_sql("SELECT count(*) FROM child").scalar() == 0
