import threading

import pytest
from sqlmodel import col, select, update
from structlog.testing import capture_logs

from channels.base import Batch
from channels.errors import AuthFailed, Permanent, Transient
from ingest.poller import Poller
from pipeline.ports import DeskSettings
from store import cursors
from store.engine import Store
from store.tables import Account, Delivery, Lease
from tests.ingest.world import START, Desk, Gateway, desk

EVERYTHING = {f"inbox:{n}" for n in range(1, 6)} | {f"junk:{n}" for n in range(1, 4)}


class Killed(BaseException):
    """What a power cut is to the code that runs: no clean-up by anybody who catches Exception."""


def poller(at: Desk, gateway: Gateway, stop: threading.Event | None = None) -> Poller:
    return Poller(at.ctx, at.office, gateway, stop or threading.Event())


def kept(store: Store) -> list[str]:
    with store.read() as db:
        return list(db.exec(select(Delivery.transport_id).order_by(col(Delivery.id))))


def account(store: Store) -> Account:
    with store.read() as db:
        return db.exec(select(Account)).one()


def let_leases_run_out(store: Store) -> None:
    with store.write("test") as db:
        db.execute(update(Lease).values(expires=0.0))


def test_everything_is_kept_raw_and_the_next_poll_brings_only_what_is_new(store: Store) -> None:
    gateway = Gateway()
    at = desk(store, gateway)
    one = poller(at, gateway)
    assert one.round() == at.ctx.settings.poll_seconds
    assert set(kept(store)) == EVERYTHING
    assert set(at.woken) == {"record"}
    at.woken.clear()
    one.round()
    assert at.woken == []
    gateway.streams["inbox"] = 6
    one.round()
    assert kept(store)[-1] == "inbox:6"
    assert len(kept(store)) == 9
    assert gateway.closed == gateway.polls == 3


def test_a_poll_that_brings_nothing_writes_nothing_but_its_lease(store: Store) -> None:
    gateway = Gateway(streams={"inbox": 2})
    at = desk(store, gateway)
    one = poller(at, gateway)
    one.round()
    with store.read() as db:
        [before] = db.connection().exec_driver_sql("SELECT updated_at FROM cursor").all()
    at.clock.forward(seconds=30)
    one.round()
    with store.read() as db:
        assert db.connection().exec_driver_sql("SELECT updated_at FROM cursor").all() == [before]
    assert account(store).polled_at == START


@pytest.mark.parametrize("batches", [1, 2, 3, 4, 5])
def test_killed_after_any_batch_nothing_is_lost_and_nothing_is_doubled(
    store: Store, batches: int
) -> None:
    def die(number: int) -> None:
        if number == batches:
            raise Killed

    gateway = Gateway(on_batch=die)
    first = poller(desk(store, gateway), gateway)
    with pytest.raises(Killed):
        first.round()
    assert len(kept(store)) == min(2 * batches, 5) + max(0, min(2 * (batches - 3), 3))
    with store.read() as db:
        known = cursors.all_of(db, 1)
    assert sum(map(int, known.values())) == len(kept(store))

    gateway.on_batch = lambda _number: None
    again = desk(store, gateway)
    second = poller(again, gateway)
    assert second.round() < again.ctx.settings.lease_seconds  # the dead one's lease still stands
    assert gateway.polls == 1
    let_leases_run_out(store)
    second.round()
    assert len(kept(store)) == len(EVERYTHING)
    assert set(kept(store)) == EVERYTHING


def test_a_lease_lost_between_batches_keeps_neither_rows_nor_cursor(store: Store) -> None:
    gateway = Gateway(streams={"inbox": 4})
    here, there = desk(store, gateway), desk(store, gateway)

    def overtaken(number: int) -> None:
        if number == 1:
            gateway.on_batch = lambda _number: None
            let_leases_run_out(store)
            gateway.streams["inbox"] = 6
            poller(there, gateway).round()
            gateway.streams["inbox"] = 4

    gateway.on_batch = overtaken
    slow = poller(here, gateway)
    assert slow.round() == here.ctx.settings.poll_seconds
    assert kept(store) == [f"inbox:{n}" for n in range(1, 7)]
    with store.read() as db:
        assert cursors.all_of(db, 1) == {"inbox": "6"}
    assert account(store).error == ""


def test_a_slow_batch_outlives_its_lease_when_nobody_followed(store: Store) -> None:
    gateway = Gateway(on_batch=lambda _number: let_leases_run_out(store))
    poller(desk(store, gateway), gateway).round()
    assert set(kept(store)) == EVERYTHING


def test_a_transient_error_is_tried_again_later_and_later(store: Store) -> None:
    gateway = Gateway(failure=Transient("Server sibuk."))
    at = desk(store, gateway)
    one = poller(at, gateway)
    first, second = one.round(), one.round()
    assert 15 <= first <= 30 <= second <= 60
    assert (account(store).failing_since, account(store).error) == (START, "Server sibuk.")
    assert at.woken == []

    gateway.failure = Transient("Server sibuk.", retry_after=1000)
    assert one.round() == 1000

    gateway.failure = None
    at.clock.forward(minutes=5)
    assert one.round() == 30
    assert (account(store).failing_since, account(store).error) == (None, "")
    assert account(store).polled_at == at.clock.now
    gateway.failure = Transient("Server sibuk.")
    assert one.round() <= 30


def test_a_bug_in_an_adapter_is_a_transient_error_and_says_nothing_of_its_words(
    store: Store,
) -> None:
    gateway = Gateway(failure=KeyError("nama warga"))
    at = desk(store, gateway)
    with capture_logs() as logs:
        assert 0 < poller(at, gateway).round() <= 30
    assert "nama warga" not in str(logs)
    assert account(store).failing_since == START
    assert "nama warga" not in account(store).error


@pytest.mark.parametrize("failure", [AuthFailed("Login ditolak."), Permanent("Akun ditutup.")])
def test_what_a_person_must_mend_is_tried_slowly(store: Store, failure: Exception) -> None:
    gateway = Gateway(failure=failure)
    at = desk(store, gateway)
    assert poller(at, gateway).round() == 300
    gateway.failure = None
    assert poller(at, gateway).round() < 300  # the first still holds the lease


def test_a_failure_after_some_batches_keeps_those(store: Store) -> None:
    gateway = Gateway()

    def break_off(number: int) -> None:
        if number == 2:
            raise Transient("Putus.")

    gateway.on_batch = break_off
    poller(desk(store, gateway), gateway).round()
    assert kept(store) == ["inbox:1", "inbox:2", "inbox:3", "inbox:4"]


def test_stop_ends_it_between_batches_and_gives_the_lease_back(store: Store) -> None:
    stop = threading.Event()
    gateway = Gateway(on_batch=lambda _number: stop.set())
    at = desk(store, gateway, settings=DeskSettings(poll_seconds=3600))
    thread = threading.Thread(target=poller(at, gateway, stop).run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert kept(store) == ["inbox:1", "inbox:2", "inbox:3", "inbox:4"]
    assert (gateway.closed, gateway.hung_up) == (1, True)
    follower = desk(store, gateway)
    assert poller(follower, gateway).round() == follower.ctx.settings.poll_seconds
    assert set(kept(store)) == EVERYTHING


def test_stop_is_noticed_at_once_while_waiting(store: Store) -> None:
    stop, polled = threading.Event(), threading.Event()

    class Told(Gateway):
        def poll(self, state):  # type: ignore[no-untyped-def]
            yield from super().poll(state)
            polled.set()

    gateway = Told()
    at = desk(store, gateway, settings=DeskSettings(poll_seconds=3600))
    thread = threading.Thread(target=poller(at, gateway, stop).run)
    thread.start()
    assert polled.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_broken_channel_does_not_stop_another(store: Store) -> None:
    class Broken(Gateway):
        def poll(self, state):  # type: ignore[no-untyped-def]
            raise MemoryError

    broken, well = Broken(account="rusak"), Gateway()
    at = desk(store, broken, well)
    for channel in (broken, well):
        poller(at, channel).round()
    assert set(kept(store)) == EVERYTHING


def test_an_empty_batch_without_a_cursor_is_nothing(store: Store) -> None:
    class Quiet(Gateway):
        def poll(self, state):  # type: ignore[no-untyped-def]
            yield Batch(stream="inbox", deliveries=[], cursor=None)

    gateway = Quiet()
    poller(desk(store, gateway), gateway).round()
    with store.read() as db:
        assert cursors.all_of(db, 1) == {}


def test_an_empty_batch_without_a_cursor_keeps_the_lease(store: Store) -> None:
    def expires() -> float:
        with store.read() as db:
            return db.exec(select(Lease.expires)).one()

    class Slow(Gateway):
        def poll(self, state):  # type: ignore[no-untyped-def]
            let_leases_run_out(store)
            yield Batch(stream="inbox", deliveries=[], cursor=None)
            assert expires() > 0

    gateway = Slow()
    poller(desk(store, gateway), gateway).round()
    assert account(store).error == ""
