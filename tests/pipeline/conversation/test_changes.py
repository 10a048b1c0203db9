"""What citizens change of what they wrote: marked, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from pipeline import desk
from pipeline.posts import View
from store.states import Kind
from store.tables import Alert, Delivery, Event, EventText, Message, Post
from tests.pipeline.conftest import Desk
from tests.pipeline.conversation.talks import chat_desk

SITI = "+628110000001"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    with chat_desk(tmp_path) as made:
        yield made


def change(town: Desk, what: str, original: str, text: str = "") -> tuple[str, str]:
    town.arrive(text, SITI, in_reply_to=original, meta={"change": what})
    town.settle()
    last = town.all(Delivery)[-1]
    return last.disposition, last.reason


def test_an_edit_is_shown_and_the_first_words_stay(town: Desk) -> None:
    key = town.arrive("loket 2 tutup", SITI)
    town.settle()
    town.decide(desk.take, "clerk", town.complaint().id)
    assert change(town, "edit", key, "loket 3 tutup") == ("joined", "edited")
    [message] = town.all(Message)
    assert message.text == "loket 3 tutup"
    assert b"loket 2 tutup" in town.all(Delivery)[0].raw
    with town.store.read() as db:
        assert db.exec(select(EventText.text)).all() == ["loket 3 tutup"]
    assert len(town.all(Alert)) == 2
    assert [post.kind for post in town.all(Post)].count(View.JOINED) == 1


def test_an_edit_may_raise_the_alarm(town: Desk) -> None:
    key = town.arrive("loket 2 tutup", SITI)
    town.settle()
    change(town, "edit", key, "loket tutup dan ibu saya pingsan")
    assert town.complaint().kind is Kind.EMERGENCY


def test_a_withdrawal_is_marked_and_deletes_nothing(town: Desk) -> None:
    key = town.arrive("loket 2 tutup", SITI)
    town.settle()
    for _ in range(2):
        assert change(town, "withdraw", key) == ("status", "withdrawn")
    [message] = town.all(Message)
    assert message.text == "loket 2 tutup"
    assert message.withdrawn_at is not None
    assert [row.kind for row in town.all(Event)].count("message-withdrawn") == 1


@pytest.mark.parametrize("what", ["edit", "withdraw"])
def test_of_an_unknown_message_it_is_set_aside(town: Desk, what: str) -> None:
    assert change(town, what, "never-seen", "halo") == ("set-aside", "unknown-message")


def test_in_one_batch_with_its_message(town: Desk) -> None:
    key = town.arrive("halo", SITI)
    town.arrive("", SITI, in_reply_to=key, meta={"change": "withdraw"})
    town.settle()
    assert town.all(Message)[0].withdrawn_at is not None
    assert town.all(Message)[0].held_until is not None
