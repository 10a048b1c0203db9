"""Two of every process on one PostgreSQL, as on several hosts: each kind killed, paused and cut
off in the middle of its work. The other goes on; the one that comes back late changes nothing.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from simulator.dovecot import DovecotServer
from simulator.faults import DROP_BEFORE_COMMIT, Call
from simulator.redis import RedisServer
from simulator.wire import Wire
from store.engine import open_store
from tests.engines import engines
from tests.faults.cases import Cases
from tests.faults.many import NAMES, Many, many
from tests.faults.site import dovecot
from tests.faults.team import Team
from tests.soak.keeper import Slot

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.dovecot,
    pytest.mark.slow,
    pytest.mark.timeout(900),
]


@dataclass
class Place:
    """In the middle of what: a request that goes well, and who makes it."""

    method: str
    who: Callable[[Many], Slot | None]
    where: Callable[[Call], bool] = field(default=lambda _call: True)


PLACES = {
    "fetching": Place(
        "UID FETCH", lambda site: site.holder("poll"), lambda call: "BODY" in str(call.params)
    ),
    "posting": Place(
        "sendMessage",
        lambda site: site.holder("post"),
        lambda call: "ADU-" in str(call.params.get("text")),
    ),
    "sending": Place("DATA", lambda site: site.sender()),
    "listening": Place(
        "getUpdates", lambda site: site.holder("bot"), lambda call: "offset" in call.params
    ),
}


@pytest.fixture(scope="module")
def server() -> Iterator[DovecotServer]:
    with dovecot() as running:
        yield running


@pytest.fixture(scope="module")
def cases(server: DovecotServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cases]:
    with many(tmp_path_factory.mktemp("many"), server) as site, Team(site) as team:
        made = Cases(site, team)
        made.settle(made.complain())
        yield made


def site_of(cases: Cases) -> Many:
    assert isinstance(cases.site, Many)
    return cases.site


def struck(cases: Cases, place: Place, strike: Callable[[Slot], object]) -> tuple[Slot, str]:
    """Who was struck in the middle of a new case, and whose case it is."""
    site, hit = site_of(cases), list[Slot]()

    def at(call: Call) -> bool:
        if not hit and place.where(call) and (slot := place.who(site)) is not None:
            strike(slot)
            hit.append(slot)
        return False  # nothing goes wrong at the gateway

    site.faults.add(DROP_BEFORE_COMMIT, method=place.method, where=at)
    address = cases.complain()
    site.until(lambda: hit, place.method)
    site.faults.clear()
    return hit[0], address


def comes_back(cases: Cases, slot: Slot, back: Callable[[], object], proof: str) -> None:
    """It finds out, and neither the truth nor the gateways change by it."""
    site = site_of(cases)
    site.rest()
    said, before, sent = len(site.said(slot)), site.snapshot(), site.sent()
    back()
    site.until(lambda: proof in site.said(slot)[said:], f"{slot.name}: {proof}")
    site.rest()
    after = site.snapshot()
    assert {name for name in before if before[name] != after[name]} <= _trail(proof)
    assert site.sent() == sent


def _trail(proof: str) -> set[str]:
    """That a gateway took it is kept, though it comes late."""
    return {"event", "reply_part"} if proof == "reply.late-receipt" else set()


# Killed


@pytest.mark.parametrize("place", PLACES)
def test_killed_in_the_middle_the_other_goes_on(cases: Cases, place: str) -> None:
    site = site_of(cases)
    slot, address = struck(cases, PLACES[place], lambda it: site.crew.signal(it, 9))
    cases.settle(address)
    site.until(lambda: slot.pid, "its next start")
    assert cases.damage() == []


# Paused


PROOFS = {
    "fetching": "poll.lease-lost",
    "posting": "post.lease-lost",
    "sending": "reply.late-receipt",
    "listening": '"bot.',  # trouble, where Telegram hung up on it meanwhile
}


@pytest.mark.parametrize("place", PLACES)
def test_paused_in_the_middle_it_wakes_late_and_changes_nothing(cases: Cases, place: str) -> None:
    site = site_of(cases)
    slot, address = struck(cases, PLACES[place], site.stop)
    try:
        cases.settle(address)
        cases.settle(cases.complain())
        comes_back(cases, slot, lambda: site.wake(slot), PROOFS[place])
    finally:
        site.wake(slot)
    assert cases.damage() == []


def test_paused_while_it_records_it_wakes_late_and_changes_nothing(cases: Cases) -> None:
    site = site_of(cases)
    claimed = text(
        "SELECT claimed_by FROM delivery"
        " WHERE disposition = 'pending' AND claimed_by IS NOT NULL LIMIT 1"
    )

    def at_it() -> Slot | None:
        with site.database() as db:
            holder = db.scalar(claimed)
        return site.by_holder(holder) if holder else None

    # Given a worker that has deliveries in hand, and no transaction open
    for _ in range(40):
        address, slot = cases.complain(), None
        while slot is None and not cases.finished(address):
            slot = at_it()
        if slot is None:
            continue
        site.stop(slot)
        if at_it() is slot:
            break
        site.wake(slot)
        cases.settle(address)
    else:
        raise AssertionError("never found at it")
    try:
        cases.settle(address)
        # Its lease is another's; and a transaction that the pause fell into has been ended.
        comes_back(cases, slot, lambda: site.wake(slot), '"record.')
    finally:
        site.wake(slot)
    assert cases.damage() == []


# Cut off from the database


@pytest.mark.parametrize("place", PLACES)
def test_cut_off_in_the_middle_it_comes_back_late_and_changes_nothing(
    cases: Cases, place: str
) -> None:
    site = site_of(cases)
    slot, address = struck(cases, PLACES[place], lambda it: site.wires[it.name].cut())
    wire = site.wires[slot.name]
    try:
        cases.settle(address)
        cases.settle(cases.complain())
        comes_back(cases, slot, wire.mend, PROOFS[place])
    finally:
        wire.mend()
    assert cases.damage() == []


def test_a_transaction_that_nobody_ends_holds_the_facility_for_ten_seconds(tmp_path: Path) -> None:
    server, cut_off = engines.running(), threading.Event()
    ended: list[BaseException] = []
    url = server.create_database("half_open")
    with Wire(server.port) as wire:
        mine, others = tmp_path / "mine", tmp_path / "others"
        lost = open_store(mine, url.replace(f":{server.port}/", f":{wire.port}/"))
        store = open_store(others, url)

        def work() -> None:
            try:
                with lost.write("test", facility=1) as db:
                    db.execute(text("SELECT 1"))
                    wire.cut()
                    cut_off.set()
                    db.execute(text("SELECT 2"))
            except Exception as error:  # noqa: BLE001  (looked at below)
                ended.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        cut_off.wait(10)
        begun = time.monotonic()
        with store.write("test", facility=1):
            waited = time.monotonic() - begun
        wire.mend()
        thread.join(10)
        lost.close()
        store.close()
    server.drop_database("half_open")
    assert ended
    assert 5 < waited < 14
    print(f"\na half-open transaction held the facility for {waited:.1f} s")


# Started together


def test_six_started_at_once_on_an_empty_database(server: DovecotServer, tmp_path: Path) -> None:
    with many(tmp_path, server, empty=True) as site, Team(site) as team:
        made = Cases(site, team)
        made.settle(made.complain())
        assert [it.deaths.total() for it in site.processes.values()] == [0] * len(NAMES)
        with site.database() as db:
            for table, count in (("alembic_version", 1), ("facility", 1), ("team_group", 1)):
                assert db.scalar(text(f"SELECT count(*) FROM {table}")) == count
            names = db.execute(text("SELECT name FROM account ORDER BY name")).scalars().all()
        assert len(names) == len(set(names)) == 3
        assert made.damage() == []


# With Redis, and how long it takes


@pytest.mark.redis
def test_with_redis_between_them_killed_in_turn(server: DovecotServer, tmp_path: Path) -> None:
    with (
        RedisServer() as redis,
        many(tmp_path, server, redis=redis.url) as site,
        Team(site) as team,
    ):
        made = Cases(site, team)
        made.settle(made.complain())
        for place in PLACES.values():
            _, address = struck(made, place, lambda it: site.crew.signal(it, 9))
            made.settle(address)
        assert made.damage() == []


def test_a_worker_killed_while_it_records_is_replaced_within_fifteen_seconds(
    server: DovecotServer, tmp_path: Path
) -> None:
    with many(tmp_path, server, lease=30) as site, Team(site) as team:
        made = Cases(site, team)
        made.settle(made.complain())
        workers = site.crew.of("work")
        took = []
        for _ in range(2):
            # Given a worker that dies with claimed and parsed mail in its hands, and stays dead
            for worker in workers:
                site.crew.resting.add(worker.name)
                worker.orders.write_text("record.commit:before:1")
            deaths = [it.deaths.total() for it in workers]
            made.complain()
            site.until(lambda: [it.deaths.total() for it in workers] != deaths, "the death")  # noqa: B023
            begun = time.monotonic()
            for worker in workers:
                worker.orders.unlink(missing_ok=True)
            # Then the other records it
            site.until(lambda: _recorded(made), "the recording")
            took.append(time.monotonic() - begun)
            for worker in workers:
                site.crew.resting.discard(worker.name)
                if not worker.pid:
                    site.crew.start_again(worker)
                    site.until(lambda: worker.pid, "its start")  # noqa: B023
        print(f"\nreplaced within {', '.join(f'{it:.1f}' for it in took)} s")
        assert max(took) <= 15


def _recorded(cases: Cases) -> bool:
    with cases.site.database() as db:
        query = text("SELECT count(*) FROM delivery WHERE disposition = 'pending'")
        messages = db.scalar(text("SELECT count(*) FROM message"))
        return not db.scalar(query) and messages == len(cases.citizens)
