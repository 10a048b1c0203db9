"""Since when the chat is away, and why, by what was last tried."""

from datetime import timedelta

import pytest

from channels.errors import Ambiguous, AuthFailed, Permanent, Transient
from pipeline import chathealth
from pipeline.chathealth import Trouble, Why
from pipeline.ports import GroupGone
from store.tables import Group
from tests.doubles import START
from tests.pipeline.conftest import Desk


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (GroupGone("x"), Why.REMOVED),
        (GroupGone("x", "restricted"), Why.RESTRICTED),
        (GroupGone("x", "what is this"), Why.REMOVED),
        (AuthFailed("x"), Why.TOKEN),
        (Transient("x", detail="409"), Why.CONFLICT),
        (Transient("x", detail="429", retry_after=1), Why.BUSY),
        (Transient("x"), Why.AWAY),
        (Ambiguous("x"), Why.SILENT),
        (Permanent("x"), Why.REFUSED),
        (KeyError("x"), Why.REFUSED),
    ],
)
def test_what_an_error_stands_for(error: Exception, why: Why) -> None:
    assert chathealth.why(error) is why


def test_without_a_group_the_oldest_alert_that_waits_dates_it(desk_of_one: Desk) -> None:
    office = desk_of_one.office.id
    with desk_of_one.store.write("test", facility=office) as db:
        db.delete(db.get_one(Group, office))
    with desk_of_one.store.read() as db:
        assert chathealth.chat_down_since(db, office) is None
    desk_of_one.arrive("satu")
    desk_of_one.settle()
    desk_of_one.clock.forward(60)
    desk_of_one.arrive("dua", sender="b@contoh.id")
    desk_of_one.settle()
    with desk_of_one.store.read() as db:
        assert chathealth.chat_trouble(db, office) == Trouble(START, Why.NO_GROUP)


def test_the_first_failure_dates_it_and_a_card_ends_it(desk_of_one: Desk) -> None:
    def away(_post: object) -> None:
        raise Transient("x")

    desk_of_one.chat.fault = away
    desk_of_one.arrive("satu")
    desk_of_one.settle()
    office = desk_of_one.office.id
    for _ in range(3):
        desk_of_one.later(60)
        with desk_of_one.store.read() as db:
            assert chathealth.chat_down_since(db, office) == START
    desk_of_one.chat.fault = None
    desk_of_one.later(300)
    with desk_of_one.store.read() as db:
        assert chathealth.chat_down_since(db, office) is None
    assert desk_of_one.complaint().alerted_at == START + timedelta(seconds=480)


def test_a_name_that_nobody_knows_is_a_refusal(desk_of_one: Desk) -> None:
    office = desk_of_one.office.id
    with desk_of_one.store.write("test", facility=office) as db:
        group = db.get_one(Group, office)
        group.failing_since, group.failing_why = START, "of a later version"
    with desk_of_one.store.read() as db:
        assert chathealth.chat_trouble(db, office) == Trouble(START, Why.REFUSED)
        assert chathealth.listening_trouble(db, 1) is None
