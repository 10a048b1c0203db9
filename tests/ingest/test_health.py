import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from channels.base import Batch, ChannelState
from channels.errors import AuthFailed, ChannelError, Permanent, Transient
from ingest.health import SilenceWatch
from ingest.poller import Poller
from store.engine import Store
from store.states import Role
from store.tables import Account, Lease, Post, Staff
from tests.ingest.world import START, Desk, Gateway, desk


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def at(store: Store, gateway: Gateway) -> Desk:
    return desk(store, gateway)


def enrol(store: Store, at: Desk, telegram_id: int) -> None:
    with store.write("test") as db:
        db.add(
            Staff(
                facility_id=at.office.id,
                name=f"Koordinator {telegram_id}",
                role=Role.COORDINATOR,
                telegram_id=telegram_id,
                created_at=START,
            )
        )


def notices(store: Store) -> list[tuple[int | None, str, str]]:
    with store.read() as db:
        rows = db.exec(select(Post).order_by(col(Post.id))).all()
    found = [(row, json.loads(row.params)) for row in rows]
    return [(row.staff_id, params["key"], params["account"]) for row, params in found]


def poller(at: Desk, gateway: Gateway) -> Poller:
    return Poller(at.ctx, at.office, gateway, threading.Event())


@pytest.mark.parametrize(
    ("failure", "key"),
    [(AuthFailed("Login ditolak."), "channel-auth"), (Permanent("Ditutup."), "channel-broken")],
)
def test_every_coordinator_is_told_once_and_told_when_it_is_back(
    store: Store, at: Desk, gateway: Gateway, failure: ChannelError, key: str
) -> None:
    enrol(store, at, 11)
    enrol(store, at, 12)
    gateway.failure = failure
    one = poller(at, gateway)
    for _ in range(3):
        one.round()
        at.clock.forward(minutes=5)
    assert notices(store) == [(1, key, "kotak"), (2, key, "kotak")]
    assert at.woken == ["post"]

    gateway.failure = None
    for _ in range(3):
        one.round()
        at.clock.forward(minutes=5)
    assert notices(store)[2:] == [(1, "channel-back", "kotak"), (2, "channel-back", "kotak")]


def test_a_restart_does_not_repeat_the_alarm(store: Store, at: Desk, gateway: Gateway) -> None:
    enrol(store, at, 11)
    gateway.failure = AuthFailed("Login ditolak.")
    first = poller(at, gateway)
    first.round()
    again = desk(store, gateway)
    again.clock.forward(hours=1)
    first._release()
    poller(again, gateway).round()
    assert len(notices(store)) == 1


def test_a_coordinator_who_comes_later_learns_of_it(
    store: Store, at: Desk, gateway: Gateway
) -> None:
    gateway.failure = AuthFailed("Login ditolak.")
    one = poller(at, gateway)
    one.round()
    assert notices(store) == []
    enrol(store, at, 11)
    one.round()
    assert notices(store) == [(1, "channel-auth", "kotak")]


def test_a_short_outage_is_nobodys_business(store: Store, at: Desk, gateway: Gateway) -> None:
    enrol(store, at, 11)
    watch = SilenceWatch(at.ctx)
    gateway.failure = Transient("Putus.")
    one = poller(at, gateway)
    for _ in range(5):
        one.round()
        watch()
        at.clock.forward(minutes=5)
    gateway.failure = None
    one.round()
    assert notices(store) == []


def test_half_an_hour_of_silence_is_told_once_and_its_end_too(
    store: Store, at: Desk, gateway: Gateway
) -> None:
    enrol(store, at, 11)
    watch = SilenceWatch(at.ctx)
    one = poller(at, gateway)
    one.round()
    gateway.failure = Transient("Putus.")
    for _ in range(10):
        at.clock.forward(minutes=5)
        one.round()
        watch()
    assert notices(store) == [(1, "channel-silent", "kotak")]
    gateway.failure = None
    one.round()
    assert notices(store)[1:] == [(1, "channel-back", "kotak")]


def test_a_poller_that_hangs_is_silent_too(store: Store, at: Desk, gateway: Gateway) -> None:
    enrol(store, at, 11)
    watch = SilenceWatch(at.ctx)
    one = poller(at, gateway)
    one.round()
    for _ in range(4):
        at.clock.forward(minutes=10)
        watch()
    assert notices(store) == [(1, "channel-silent", "kotak")]
    one.round()
    assert notices(store)[1:] == [(1, "channel-back", "kotak")]


def test_a_night_switched_off_is_no_silence(store: Store, at: Desk, gateway: Gateway) -> None:
    enrol(store, at, 11)
    one = poller(at, gateway)
    one.round()
    one._release()
    morning = desk(store, gateway)
    morning.clock.forward(hours=12)
    watch = SilenceWatch(morning.ctx)
    morning.clock.forward(minutes=2)
    watch()
    poller(morning, gateway).round()
    assert notices(store) == []


def test_a_poller_that_wakes_late_says_nothing_about_the_account(
    store: Store, at: Desk, gateway: Gateway
) -> None:
    # Given one that sleeps while it asks, and another that polls meanwhile
    enrol(store, at, 11)
    other = poller(at, gateway)

    class Sleeper(Gateway):
        def poll(self, state: ChannelState) -> Iterator[Batch]:
            at.clock.forward(hours=1)
            with store.write("test") as db:
                db.execute(update(Lease).values(expires=0.0))
            other.round()
            # When it wakes to a connection that refuses it
            raise AuthFailed("Login ditolak.")

    Poller(at.ctx, at.office, Sleeper(), threading.Event()).round()
    # Then the account is as the other found it
    with store.read() as db:
        row = db.exec(select(Account)).one()
    assert (row.polled_at, row.failing_since, row.error) == (at.clock.now, None, "")
    assert notices(store) == []


def test_a_healthy_account_is_written_down_once_a_minute(
    store: Store, at: Desk, gateway: Gateway
) -> None:
    one = poller(at, gateway)
    seen = set()
    for _ in range(6):
        one.round()
        with store.read() as db:
            [(polled,)] = db.connection().exec_driver_sql("SELECT polled_at FROM account").all()
        seen.add(polled)
        at.clock.forward(seconds=30)
    assert len(seen) == 3
    assert at.clock.now - START == timedelta(minutes=3)
