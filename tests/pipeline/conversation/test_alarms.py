"""What the team sees of a conversation: few cards, danger at once, commands not at all."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from pipeline import desk
from pipeline.posts import View
from store.states import Kind, SendState, Status
from store.tables import Alert, Complaint, Event, Group, Message, Post, Suggestion
from tests.pipeline.conftest import Desk
from tests.pipeline.conversation.talks import chat_desk

SITI, BUDI = "+628110000001", "+628110000002"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    with chat_desk(tmp_path) as made:
        yield made


def heard(town: Desk, text: str, sender: str = SITI, after: float = 0, **fields: object) -> str:
    town.clock.forward(after)
    key = town.arrive(text, sender, **fields)
    town.settle()
    return key


def cards(town: Desk) -> list[Post]:
    return [post for post in town.all(Post) if post.kind == View.CARD]


def test_a_burst_has_one_card_which_is_drawn_anew(town: Desk) -> None:
    heard(town, "antri dari jam 7")
    heard(town, "yg datang belakangan malah duluan", after=30)
    heard(town, "tolong dong", after=30)
    [card] = cards(town)
    assert [row.post_id for row in town.all(Alert)] == [card.id] * 3
    assert [row.joined for row in town.all(Alert)] == [False, True, True]
    assert card.shown == card.wanted == 2
    assert len(town.chat.edits) == 2


def test_a_card_as_old_as_a_burst_is_not_used_any_more(town: Desk) -> None:
    heard(town, "antri dari jam 7")
    heard(town, "masih antri", after=800)
    heard(town, "belum dipanggil juga", after=800)
    assert len(cards(town)) == 2
    assert [row.post_id for row in town.all(Alert)][-1] == cards(town)[-1].id


def test_a_card_on_its_way_takes_the_rest_of_the_burst(town: Desk) -> None:
    def refuse(_: Post) -> None:
        raise RuntimeError

    town.chat.fault = refuse
    heard(town, "antri dari jam 7")
    heard(town, "panas", after=1)
    [card] = cards(town)
    assert card.state is SendState.PENDING
    assert {row.post_id for row in town.all(Alert)} == {card.id}
    town.chat.fault = None
    town.later(600)
    [card] = cards(town)
    assert card.state is SendState.ACCEPTED
    assert town.complaint().alerted_at is not None


@pytest.mark.parametrize("lost", ["broken", "moved"])
def test_a_card_that_nobody_reads_takes_nothing(town: Desk, lost: str) -> None:
    heard(town, "antri dari jam 7")
    with town.store.write("test", facility=town.office.id) as db:
        group = db.exec(select(Group)).one()
        if lost == "broken":
            group.broken = "removed"
        else:
            group.chat_id = -999
    heard(town, "panas", after=10)
    first, second = town.all(Alert)
    assert second.post_id != first.post_id


def test_whoever_has_it_in_hand_gets_every_message(town: Desk) -> None:
    heard(town, "antri dari jam 7")
    town.decide(desk.take, "clerk", town.complaint().id)
    heard(town, "panas", after=10)
    heard(town, "", after=10, form="voice")
    shown = [post for post in town.all(Post) if post.kind == View.JOINED]
    assert [post.staff_id for post in shown] == [town.staff["clerk"].id] * 2


def test_danger_is_an_emergency_and_a_card_of_its_own(town: Desk) -> None:
    heard(town, "antri dari jam 7")
    heard(town, "ibu saya pingsan!!", after=30)
    case = town.complaint()
    assert (case.kind, case.urgency) == (Kind.EMERGENCY, "red")
    assert len(cards(town)) == 2
    heard(town, "cepat pak", after=30)
    assert len(cards(town)) == 2
    assert [row.kind for row in town.all(Event)].count("emergency") == 1


def test_a_letter_of_danger_is_an_emergency_too(desk_of_one: Desk) -> None:
    desk_of_one.arrive("mohon bantuannya", subject="Anak saya kejang")
    desk_of_one.arrive("loket tutup", "budi@contoh.id")
    desk_of_one.settle()
    kinds = [(case.kind, case.urgency) for case in desk_of_one.all(Complaint)]
    assert kinds == [(Kind.EMERGENCY, "red"), (Kind.COMPLAINT, None)]


def test_a_command_alerts_nobody(town: Desk) -> None:
    heard(town, "antri dari jam 7")
    town.decide(desk.take, "clerk", town.complaint().id)
    before = len(town.all(Alert)), len([p for p in town.all(Post) if p.kind == View.JOINED])
    heard(town, "STOP", after=60)
    heard(town, "berhenti", BUDI)
    assert (len(town.all(Alert)), len([p for p in town.all(Post) if p.kind == View.JOINED])) == (
        before
    )
    assert [row.set_aside for row in town.all(Message)] == ["", "", "command"]
    assert town.all(Message)[1].complaint_id == town.complaint().id


def answered(town: Desk, text: str = "Sudah.") -> None:
    town.answered(text)
    town.later(town.ctx.settings.undo_seconds + 1)
    assert town.complaint().status is Status.ANSWERED


def test_verdicts_are_in_the_trail_and_belum_opens_again(town: Desk) -> None:
    heard(town, "kran bocor")
    answered(town)
    heard(town, "PUAS", after=60)
    assert town.complaint().status is Status.ANSWERED
    heard(town, "ya, sudah jelas", after=60)
    alerts = len(town.all(Alert))
    heard(town, "Belum", after=60)
    assert town.complaint().status is Status.TAKEN
    assert len(town.all(Alert)) == alerts + 1
    kinds = [row.kind for row in town.all(Event)]
    assert [kind for kind in kinds if kind in ("satisfied", "agreed", "unsatisfied")] == [
        "satisfied",
        "agreed",
        "unsatisfied",
    ]


def test_a_new_matter_is_suggested_to_be_the_open_one(town: Desk) -> None:
    heard(town, "kran bocor")
    heard(town, "parkiran gelap", after=5000)
    heard(town, "parkiran gelap", BUDI, after=1)
    [suggestion] = town.all(Suggestion)
    assert (suggestion.complaint_id, suggestion.other_id) == (2, 1)
    assert suggestion.reason == "same-person"


def test_a_burst_ends_a_day_after_its_case_was_opened(town: Desk) -> None:
    pause = town.ctx.settings.burst_seconds - 1
    begun = town.clock.now
    while town.clock.now - begun <= timedelta(hours=25):
        town.arrive("antri lagi", SITI)
        town.clock.forward(pause)
    town.settle()
    first, second = town.all(Complaint)
    assert second.received_at - first.received_at > timedelta(hours=24)
    assert second.received_at - first.received_at < timedelta(hours=24, seconds=pause + 1)


@pytest.mark.parametrize("apart", [True, False])
def test_a_greeting_before_thanks_opens_nothing_again(town: Desk, apart: bool) -> None:
    heard(town, "kran bocor")
    answered(town)
    shown = len(town.all(Post))
    town.arrive("pak", SITI)
    if apart:
        town.settle()
    town.arrive("makasih infonya", SITI)
    town.settle()
    assert town.complaint().status is Status.ANSWERED
    assert [row.complaint_id for row in town.all(Message)] == [town.complaint().id] * 3
    assert [row.kind for row in town.all(Event)].count("held-released") == 1
    assert [post.kind for post in town.all(Post)[shown:]].count(View.JOINED) == 1
