"""What a provider brings is kept once, with what polling knows, and only when it is genuine."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import func
from sqlmodel import select

from channels.base import Hook
from channels.errors import AuthFailed
from channels.message import Delivery
from ingest import receiver
from ingest.poller import Poller
from store import cursors
from store.engine import Store
from store.tables import Delivery as Row
from tests.ingest.world import START, Desk, Gateway, desk


@dataclass
class Caller(Gateway):
    """Also calls: a form's fields name items, as `inbox` → `3`."""

    genuine: bool = True

    def receive(self, hook: Hook) -> Sequence[Delivery]:
        if not self.genuine:
            raise AuthFailed("Tidak ditandatangani.")
        items: list[Delivery] = []
        for stream, number in hook.form:
            items += self._batch(stream, int(number) - 1, int(number)).deliveries
        return items


@pytest.fixture
def caller() -> Caller:
    return Caller()


@pytest.fixture
def at(store: Store, caller: Caller) -> Desk:
    return desk(store, caller)


def call(at: Desk, caller: Caller, *form: tuple[str, str]) -> int:
    hook = Hook(path="/hook/kotak", headers={}, form=form, now=START)
    return receiver.take(at.ctx, at.office, caller.account, caller, hook)


def rows(store: Store) -> int:
    with store.read() as db:
        return db.exec(select(func.count()).select_from(Row)).one()


def test_a_call_is_kept_and_told_to_whoever_records(at: Desk, caller: Caller, store: Store) -> None:
    assert call(at, caller, ("inbox", "1"), ("junk", "2")) == 2
    assert rows(store) == 2
    assert at.woken == ["record"]


def test_a_call_that_comes_again_changes_nothing(at: Desk, caller: Caller, store: Store) -> None:
    call(at, caller, ("inbox", "1"))
    assert call(at, caller, ("inbox", "1")) == 0
    assert rows(store) == 1
    assert at.woken == ["record"]


def test_polling_finds_the_rest_and_nothing_twice(at: Desk, caller: Caller, store: Store) -> None:
    call(at, caller, ("inbox", "4"))
    with store.read() as db:
        assert cursors.all_of(db, at.office.accounts["kotak"]) == {}, "a call skips nothing"
    poller = Poller(at.ctx, at.office, caller, threading.Event())
    poller.round()
    assert rows(store) == 8
    assert call(at, caller, ("inbox", "5")) == 0


def test_a_call_that_is_not_genuine_leaves_nothing(at: Desk, caller: Caller, store: Store) -> None:
    caller.genuine = False
    with pytest.raises(AuthFailed):
        call(at, caller, ("inbox", "1"))
    assert (rows(store), at.woken) == (0, [])


def test_a_call_about_nothing_of_ours_is_no_write(at: Desk, caller: Caller, store: Store) -> None:
    assert call(at, caller) == 0
    assert (rows(store), at.woken) == (0, [])
