"""Rows follow the configuration, and what a row remembers survives it."""

from datetime import UTC, datetime, timedelta

from store.engine import Store
from store.facilities import accounts, ensure_account, ensure_facility, facilities, rename_only

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def facility(store: Store, slug: str, name: str = "Uji", profile: str = "ayah") -> int:
    with store.write("test") as db:
        return ensure_facility(
            db, slug=slug, name=name, zone="Asia/Jakarta", profile=profile, now=NOW
        )


def test_a_facility_keeps_its_row(store: Store) -> None:
    first = facility(store, "uji")
    assert facility(store, "uji", "Nama Baru", "arjuno") == first
    with store.read() as db:
        [row] = facilities(db)
    assert (row.name, row.profile, row.created_at) == ("Nama Baru", "arjuno", NOW)


def test_the_only_facility_may_be_renamed(store: Store) -> None:
    first = facility(store, "lama")
    with store.write("test") as db:
        rename_only(db, "baru")
    assert facility(store, "baru") == first


def test_one_of_several_is_never_renamed(store: Store) -> None:
    facility(store, "satu")
    facility(store, "dua")
    with store.write("test") as db:
        rename_only(db, "tiga")
    with store.read() as db:
        assert [row.slug for row in facilities(db)] == ["satu", "dua"]


def test_the_first_start_stays_the_border_of_what_is_news(store: Store) -> None:
    owner = facility(store, "uji")

    def ensure(since: datetime | None, now: datetime) -> datetime:
        with store.write("test") as db:
            ensure_account(db, owner, channel="email", name="hotline", since=since, now=now)
        with store.read() as db:
            [row] = accounts(db, owner)
        return row.since

    later = NOW + timedelta(days=1)
    assert ensure(None, NOW) == NOW
    assert ensure(None, later) == NOW
    assert ensure(later, later) == later
    assert ensure(None, later + timedelta(days=1)) == later
