import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from pipeline.clockguard import BUILT, ClockWatch, clock_is_sane
from store.engine import Store
from store.migrate import migrate
from store.states import Role
from store.tables import Account, Contact, Delivery, Message, Post, Staff
from tests.engines import open_store
from tests.ingest.world import START, Desk, Gateway, desk


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def at(store: Store) -> Desk:
    return desk(store, Gateway())


def record(store: Store, at: Desk, when: datetime) -> None:
    """A recorded message, and what it needs to stand on."""
    with store.write("test") as db:
        account = db.exec(select(Account)).one()
        contact = Contact(
            facility_id=at.office.id, channel="memory", address="a@b.example", created_at=when
        )
        delivery = Delivery(
            facility_id=at.office.id,
            account_id=account.id or 0,
            stream="inbox",
            transport_id="inbox:1",
            received_at=when,
            fetched_at=when,
            size=1,
            raw=b"x",
        )
        db.add_all([contact, delivery])
        db.flush()
        db.add(
            Message(
                facility_id=at.office.id,
                channel="memory",
                identity="inbox:1",
                external_id="1",
                delivery_id=delivery.id or 0,
                contact_id=contact.id or 0,
                conversation="a@b.example",
                received_at=when,
                recorded_at=when,
            )
        )


def sane(store: Store, now: datetime) -> bool:
    with store.read() as db:
        return clock_is_sane(db, now)


def test_before_the_build_no_clock_is_right(store: Store) -> None:
    assert not sane(store, datetime(1970, 1, 1, 0, 5, tzinfo=UTC))
    assert sane(store, BUILT)
    assert datetime.now(UTC) > BUILT


def test_before_the_newest_message_neither(store: Store, at: Desk) -> None:
    record(store, at, START)
    assert not sane(store, START - timedelta(hours=1))
    assert sane(store, START - timedelta(seconds=30))  # a clock that is being set
    assert sane(store, START)


def test_the_coordinators_are_told_once_for_one_standstill(store: Store, at: Desk) -> None:
    record(store, at, START)
    with store.write("test") as db:
        for number, role in enumerate([Role.COORDINATOR, Role.CLERK]):
            db.add(
                Staff(
                    facility_id=at.office.id,
                    name=f"Petugas {number}",
                    role=role,
                    telegram_id=10 + number,
                    created_at=START,
                )
            )
    watch = ClockWatch(at.ctx)
    watch()
    at.clock.now = datetime(1970, 1, 1, tzinfo=UTC)
    for _ in range(3):
        watch()
    with store.read() as db:
        [post] = db.exec(select(Post)).all()
    assert post.staff_id == 1
    assert json.loads(post.params) == {
        "key": "clock-behind",
        "newest": "2026-11-20T03:00+00:00",
    }
    assert at.woken == ["post"]
