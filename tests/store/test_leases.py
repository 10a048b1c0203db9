import pytest
from sqlmodel import update

from store import leases
from store.clock import database_seconds
from store.engine import Store
from store.leases import LeaseLost
from store.tables import Lease

TTL = 30.0


def expire(store: Store, seconds: float = -1.0) -> None:
    with store.write("test") as db:
        db.execute(update(Lease).values(expires=database_seconds(db.connection()) + seconds))


def test_one_holds_it_until_it_is_given_back(store: Store) -> None:
    with store.write("test") as db:
        first = leases.acquire(db, "poll:1", "a", TTL)
        assert first is not None
        assert leases.acquire(db, "poll:1", "b", TTL) is None
        assert leases.holder_of(db, "poll:1") == "a"
        leases.release(db, first)
        assert leases.holder_of(db, "poll:1") is None
        second = leases.acquire(db, "poll:1", "b", TTL)
    assert second is not None
    assert second.fence > first.fence


def test_whoever_was_followed_loses_it(store: Store) -> None:
    with store.write("test") as db:
        first = leases.acquire(db, "poll:1", "a", TTL)
    assert first is not None
    expire(store)
    with store.write("test") as db:
        assert leases.acquire(db, "poll:1", "b", TTL) is not None
    with pytest.raises(LeaseLost), store.write("test") as db:
        leases.renew(db, first)


def test_slow_but_not_followed_goes_on(store: Store) -> None:
    with store.write("test") as db:
        first = leases.acquire(db, "poll:1", "a", TTL)
    assert first is not None
    expire(store)
    with store.write("test") as db:
        leases.renew(db, first)
        assert leases.holder_of(db, "poll:1") == "a"


def test_an_end_far_ahead_is_a_clock_that_jumped(store: Store) -> None:
    with store.write("test") as db:
        leases.acquire(db, "poll:1", "a", TTL)
    expire(store, 3 * TTL)
    with store.write("test") as db:
        assert leases.acquire(db, "poll:1", "b", TTL) is not None
