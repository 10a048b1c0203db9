"""Who is let in at the PC, and who is locked out."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from pipeline.desk import Refused, leave, pin
from pipeline.posts import View
from store import events, pins
from store.states import Role
from store.tables import Event, Post, Staff
from tests.pipeline.conftest import Desk

RIGHT, WRONG = "271828", "314159"


@pytest.fixture
def desk(desk_of_one: Desk) -> Desk:
    give(desk_of_one, "clerk", RIGHT)
    return desk_of_one


def give(desk: Desk, who: str, secret: str) -> None:
    stored = pins.hashed(secret)
    with desk.store.write("test", facility=desk.office.id) as db:
        row = db.get_one(Staff, desk.staff[who].id)
        pins.keep(db, desk.clock.now, row, stored, reset=False)


def enter(desk: Desk, secret: str, who: str = "clerk") -> pin.Entry:
    staff_id = desk.staff[who].id or 0
    return pin.enter(desk.store, desk.clock.now, desk.office, staff_id, secret)


def refusal(desk: Desk, secret: str, who: str = "clerk") -> Refused:
    with pytest.raises(Refused) as caught:
        enter(desk, secret, who)
    return caught.value


def kinds(desk: Desk) -> list[str]:
    return [event.kind for event in desk.all(Event)]


def test_the_right_pin_lets_in_and_is_written_down(desk: Desk) -> None:
    assert enter(desk, RIGHT).name == desk.staff["clerk"].name
    assert kinds(desk) == ["pin-set", "desk-entered"]
    with desk.store.read() as db:
        assert events.first_broken(db, desk.office.id) is None


def test_five_wrong_ones_lock_for_a_quarter_of_an_hour_and_the_coordinator_hears(
    desk: Desk,
) -> None:
    assert [refusal(desk, WRONG).params for _ in range(4)] == [{"left": n} for n in (4, 3, 2, 1)]
    locked = refusal(desk, WRONG)
    assert (locked.key, locked.params) == ("pin-locked", {"minutes": 15})
    assert refusal(desk, RIGHT).key == "pin-locked", "the lock outlives the process"
    desk.settle()
    told = [post for post in desk.chat.shown if post.kind == View.NOTICE]
    assert [post.staff_id for post in told] == [desk.staff["coordinator"].id]
    assert json.loads(told[0].params)["key"] == "pin-locked"
    desk.clock.forward(15 * 60 + 1)
    assert enter(desk, RIGHT)
    assert kinds(desk) == ["pin-set", *["pin-failed"] * 4, "pin-locked", "desk-entered"]


def test_guessing_side_by_side_buys_no_more_tries(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        refusals = list(pool.map(lambda _: refusal(desk, WRONG).key, range(12)))
    assert sorted(refusals) == [*["pin-locked"] * 8, *["pin-wrong"] * 4]
    assert kinds(desk).count("pin-locked") == 1


def test_a_right_one_forgets_the_wrong_ones(desk: Desk) -> None:
    for _ in range(2):
        for _ in range(4):
            assert refusal(desk, WRONG).key == "pin-wrong"
        enter(desk, RIGHT)


def test_a_lock_by_a_clock_that_jumped_does_not_last(desk: Desk) -> None:
    desk.clock.forward(86400)
    for _ in range(5):
        refusal(desk, WRONG)
    desk.clock.forward(-86400)
    assert enter(desk, RIGHT)


def test_nobody_without_a_pin_and_nobody_who_left(desk: Desk) -> None:
    assert refusal(desk, RIGHT, "coordinator").key == "pin-none"
    entry = enter(desk, RIGHT)
    with desk.store.write("test", facility=desk.office.id) as db:
        leave(db, desk.clock.now, db.get_one(Staff, desk.staff["clerk"].id))
    assert refusal(desk, RIGHT).key == "pin-none"
    with desk.store.read() as db:
        assert pin.still_in(db, desk.office, entry) is None
        assert db.get_one(Staff, entry.staff_id).pin_hash == ""


def test_a_role_without_work_is_not_let_in_and_leaves_no_session(desk: Desk) -> None:
    with desk.store.write("test", facility=desk.office.id) as db:
        db.get_one(Staff, desk.staff["clerk"].id).role = Role.DINAS
    assert refusal(desk, RIGHT).key == "not-allowed"
    assert "desk-entered" not in kinds(desk)


def test_the_old_pin_buys_a_new_one_and_ends_what_began_with_it(desk: Desk) -> None:
    entry = enter(desk, RIGHT)
    staff_id, fresh = entry.staff_id, pins.hashed("161803")
    with pytest.raises(Refused, match="pin-wrong"):
        pin.change(desk.store, desk.clock.now, desk.office, staff_id, WRONG, fresh)
    pin.change(desk.store, desk.clock.now, desk.office, staff_id, RIGHT, fresh)
    assert enter(desk, "161803")
    with desk.store.read() as db:
        assert pin.still_in(db, desk.office, entry) is None


def test_no_pin_stands_anywhere(desk: Desk) -> None:
    refused = refusal(desk, WRONG)
    enter(desk, RIGHT)
    with desk.store.read() as db:
        rows = [repr(row) for table in (Event, Post, Staff) for row in db.exec(select(table))]
        stored = db.get_one(Staff, desk.staff["clerk"].id).pin_hash
    said = " ".join([*rows, repr(refused), str(refused.params)])
    assert RIGHT not in said
    assert WRONG not in said
    assert stored not in said
