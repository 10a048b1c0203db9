"""The chain: whatever is changed afterwards is found; a text may leave."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlmodel import func, select

from store import events, facilities
from store.engine import Store
from store.tables import Event
from tests.engines import open_store, open_with_tables

NOW = datetime(2026, 11, 20, 3, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def facility(store: Store) -> int:
    with store.write("test") as db:
        ids = [
            facilities.ensure_facility(
                db, slug=slug, name=slug, zone="Asia/Jakarta", profile="ayah", now=NOW
            )
            for slug in ("melati", "mawar")
        ]
        for number in range(3):
            for id_ in ids:
                events.append(
                    db,
                    "note",
                    facility_id=id_,
                    now=NOW + timedelta(seconds=number),
                    text=f"catatan {number}",
                    params={"version": number, "role": "clerk"},
                )
    return ids[0]


def broken(store: Store, facility: int) -> int | None:
    with store.read() as db:
        return events.first_broken(db, facility)


def change(store: Store, statement: str) -> None:
    with store.write("test") as db:
        db.connection().exec_driver_sql(statement)


def test_each_facility_has_its_own_whole_chain(store: Store, facility: int) -> None:
    assert broken(store, facility) is None
    assert broken(store, facility + 1) is None
    assert broken(store, 99) is None
    change(store, "UPDATE event SET kind = 'x' WHERE id = 2")  # the other's
    assert broken(store, facility) is None
    assert broken(store, facility + 1) == 2


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE event SET kind = 'x' WHERE id = 3", 3),
        ("UPDATE event SET params = '{}' WHERE id = 3", 3),
        ("UPDATE event SET actor_id = NULL, at = '2026-11-20 03:00:09.000000' WHERE id = 3", 3),
        ("UPDATE event SET text_digest = '' WHERE id = 3", 3),
        ("UPDATE event SET hash = 'x' WHERE id = 3", 3),
        ("UPDATE event SET previous = 'x' WHERE id = 1", 1),
        ("UPDATE event SET facility_id = 2 WHERE id = 3", 5),
        ("UPDATE event_text SET text = 'lain' WHERE event_id = 3", 3),
        ("UPDATE event_text SET salt = 'x' WHERE event_id = 5", 5),
        ("DELETE FROM event_text; DELETE FROM event WHERE id = 1", 3),
        ("DELETE FROM event_text; DELETE FROM event WHERE id = 3", 5),
    ],
)
def test_a_change_is_found(store: Store, facility: int, statement: str, found: int) -> None:
    for each in statement.split(";"):
        change(store, each)
    assert broken(store, facility) == found


def test_a_text_put_beside_an_event_without_one_is_found(store: Store, facility: int) -> None:
    with store.write("test") as db:
        id_ = events.append(db, "taken", facility_id=facility, now=NOW)
        assert db.get_one(Event, id_).text_digest == ""
    change(store, f"INSERT INTO event_text (event_id, salt, text) VALUES ({id_}, '', 'x')")
    assert broken(store, facility) == id_


def test_an_erased_text_breaks_nothing(store: Store, facility: int) -> None:
    change(store, "DELETE FROM event_text")
    assert broken(store, facility) is None
    with store.write("test") as db:
        events.append(db, "erased", facility_id=facility, now=NOW)
    assert broken(store, facility) is None


def test_the_same_words_have_another_digest_each_time(store: Store, facility: int) -> None:
    """Or whoever has the erased digests could try out what it said."""
    with store.write("test") as db:
        ids = [events.append(db, "note", facility_id=facility, now=NOW, text="ya") for _ in "ab"]
        digests = {db.get_one(Event, id_).text_digest for id_ in ids}
    assert len(digests) == 2


def test_many_at_once_hang_together_and_the_zone_does_not_matter(
    store: Store, facility: int
) -> None:
    jakarta = NOW.astimezone(timezone(timedelta(hours=7)))
    with store.write("test") as db:
        events.append_many(db, "recorded", facility_id=facility, now=jakarta, complaints=[])
        events.append(db, "note", facility_id=facility, now=jakarta, text="x")
        events.append(db, "note", facility_id=facility, now=NOW)
    assert broken(store, facility) is None


def test_a_rollback_leaves_no_trace(store: Store, facility: int) -> None:
    def failing() -> None:
        with store.write("test") as db:
            events.append(db, "note", facility_id=facility, now=NOW, text="x")
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        failing()
    with store.write("test") as db:
        events.append(db, "note", facility_id=facility, now=NOW, text="y")
    assert broken(store, facility) is None


def test_two_processes_write_one_chain(tmp_path: Path) -> None:
    # Given two that know nothing of each other
    first, second = open_with_tables(tmp_path), open_store(tmp_path)
    with first.write("test") as db:
        facility = facilities.ensure_facility(
            db, slug="melati", name="melati", zone="Asia/Jakarta", profile="ayah", now=NOW
        )
    together = threading.Barrier(2)

    def append(store: Store) -> None:
        together.wait()
        for number in range(40):
            with store.write("test", facility=facility) as db:
                events.append(db, "note", facility_id=facility, now=NOW, text=f"{number}")

    threads = [threading.Thread(target=append, args=(store,)) for store in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Then each event follows from the one before it
    with first.read() as db:
        assert db.exec(select(func.count()).select_from(Event)).one() == 80
        assert events.first_broken(db, facility) is None
    first.close()
    second.close()
