"""A greeting waits for what follows, whatever happens meanwhile; and nobody is forgotten."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import inbound
from pipeline.conversation.held import held_due
from store import deliveries, failpoint
from store.states import Disposition
from store.tables import Alert, Complaint, Delivery, Message
from tests.pipeline.conftest import Desk
from tests.pipeline.conversation.talks import chat_desk

SITI, BUDI = "+628110000001", "+628110000002"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    with chat_desk(tmp_path) as made:
        yield made


def ends(town: Desk) -> list[tuple[str, str]]:
    return [(row.disposition, row.reason) for row in town.all(Delivery)]


def test_it_waits_without_a_case_and_then_stands_first(town: Desk) -> None:
    town.arrive("Assalamualaikum", SITI)
    town.settle()
    [message] = town.all(Message)
    assert (message.complaint_id, message.set_aside) == (None, "")
    assert message.held_until is not None
    hold = (message.held_until - message.received_at).total_seconds()
    assert hold == town.ctx.settings.hold_seconds
    assert ends(town) == [("set-aside", "greeting")]
    assert not town.all(Alert)
    town.clock.forward(60)
    town.arrive("poli gigi buka?", SITI)
    town.settle()
    case = town.complaint()
    rows = town.all(Message)
    assert [(row.text, row.complaint_id, row.held_until) for row in rows] == [
        ("Assalamualaikum", case.id, None),
        ("poli gigi buka?", case.id, None),
    ]
    assert ends(town) == [("joined", ""), ("recorded", "")]
    assert len(town.all(Alert)) == 1
    assert case.medium == "sms"


def test_when_nothing_follows_a_person_answers(town: Desk) -> None:
    town.arrive("halo", SITI)
    town.settle()
    assert held_due(town.ctx) == town.all(Message)[0].held_until
    town.later(town.ctx.settings.hold_seconds)
    case = town.complaint()
    assert case.medium == "sms"
    assert case.received_at == town.all(Message)[0].received_at
    assert ends(town) == [("recorded", "")]
    assert case.alerted_at is not None
    assert held_due(town.ctx) is None


def test_a_clock_that_stands_in_the_past_opens_nothing(town: Desk) -> None:
    town.arrive("halo", SITI)
    town.settle()
    town.clock.forward(-86400 * 365)
    held_due(town.ctx)
    assert not town.all(Complaint)


@pytest.mark.parametrize("point", ["held.open:before", "held.open:after"])
def test_a_kill_leaves_it_held_or_opened(
    town: Desk, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.arrive("P", SITI)
    town.arrive("P", SITI)
    town.settle()
    town.clock.forward(town.ctx.settings.hold_seconds)

    def die(label: str) -> None:
        if label == point:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(failpoint, "hit", die)
        with pytest.raises(KeyboardInterrupt):
            held_due(town.ctx)
    town.settle()
    assert len(town.all(Complaint)) == 1
    assert {row.complaint_id for row in town.all(Message)} == {town.complaint().id}
    assert ends(town) == [("recorded", ""), ("joined", "")]


def test_many_workers_open_each_once(town: Desk) -> None:
    for number in range(12):
        town.arrive("halo", f"+62811{number:07}")
    town.settle()
    town.clock.forward(town.ctx.settings.hold_seconds)
    threads = [threading.Thread(target=held_due, args=(town.ctx,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    town.settle()
    assert len(town.all(Complaint)) == 12
    assert len(town.all(Alert)) == 12
    assert set(ends(town)) == {("recorded", "")}


def test_a_replay_of_what_is_held_changes_nothing(town: Desk) -> None:
    town.arrive("halo", SITI)
    town.arrive("STOP", BUDI)
    town.settle()
    ids = [row.id for row in town.all(Delivery)]
    with town.store.write("test.replay", facility=town.office.id) as db:
        deliveries.replay(db, town.office.id, ids)
    town.settle()
    assert ends(town) == [("set-aside", "greeting"), ("set-aside", "command")]
    town.arrive("halo", SITI, identity="letter-1")
    town.settle()
    assert ends(town)[-1] == ("duplicate", "")
    town.later(town.ctx.settings.hold_seconds)
    assert ends(town) == [("recorded", ""), ("set-aside", "command"), ("duplicate", "")]


def test_what_is_imported_in_silence_opens_in_silence(town: Desk) -> None:
    town.arrive("halo", SITI, meta={"alert": "no"})
    town.settle()
    town.later(town.ctx.settings.hold_seconds)
    assert len(town.all(Complaint)) == 1
    assert not town.all(Alert)


def test_of_two_accounts_each_opens_with_its_own(town: Desk) -> None:
    town.arrive("halo", SITI)
    inbound.record_due(town.ctx)
    town.clock.forward(town.ctx.settings.hold_seconds + 1)
    town.arrive("loket tutup", BUDI)
    town.settle()
    cases = town.all(Complaint)
    assert len({case.contact_id for case in cases}) == 2
    assert all(row.disposition is Disposition.RECORDED for row in town.all(Delivery))
