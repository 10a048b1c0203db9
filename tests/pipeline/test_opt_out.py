"""STOP and MULAI: nothing leaves by itself for somebody who wants no messages."""

import pytest

from pipeline import autoreplies
from pipeline.conversation.words import command
from pipeline.heard import Heard
from store.states import AutoReplyKind
from store.tables import AutoReply, Contact, Event
from tests.pipeline.auto_desk import drawn, hear, leave, receipts, said
from tests.pipeline.conftest import Desk


def told(desk: Desk, text: str, message: int, channel: str = "letters") -> None:
    """A word of command, as a chat channel hands it on."""
    [person] = desk.all(Contact)
    item = Heard(
        message_id=message,
        complaint_id=None,
        contact_id=person.id,
        account_id=desk.office.accounts["hotline"],
        account="hotline",
        channel=channel,
        text=text,
        received_at=desk.clock.now,
        opened=False,
        news=True,
        urgent=False,
        command=command(text),
    )
    with desk.store.write("test.command", facility=desk.office.id) as db:
        autoreplies.heard(db, desk.office, desk.clock.now, [item])


def wishes(desk: Desk) -> list[AutoReply]:
    return said(desk, AutoReplyKind.OPT_OUT) + said(desk, AutoReplyKind.OPT_IN)


@pytest.mark.parametrize("word", ["BERHENTI", "Stop.", "berhenti!"])
def test_it_is_kept_confirmed_once_and_stands_in_the_trail(town: Desk, word: str) -> None:
    hear(town, "obat habis")
    told(town, word, 77)
    told(town, word, 78)
    assert town.all(Contact)[0].opted_out_at == town.clock.now
    [row] = wishes(town)
    assert (row.kind, row.key) == (AutoReplyKind.OPT_OUT, "opt-out:77")
    words = drawn(town, row)
    assert words is not None
    assert "Balas MULAI bila ingin menerima pesan lagi" in words.text
    assert [event.kind for event in town.all(Event)].count("opted-out") == 1


def test_nothing_more_leaves_by_itself(town: Desk) -> None:
    hear(town, "obat habis")
    [row] = receipts(town)
    told(town, "BERHENTI", 77)
    assert leave(town, row) is None
    hear(town, "wc kotor, ibu saya pingsan")
    assert len(receipts(town)) == 1
    assert said(town, AutoReplyKind.EMERGENCY) == []


def test_and_then_again(town: Desk) -> None:
    hear(town, "obat habis")
    told(town, "MULAI", 76)  # nothing to undo
    told(town, "BERHENTI", 77)
    told(town, "MULAI", 78)
    assert town.all(Contact)[0].opted_out_at is None
    gone, back = wishes(town)
    assert (back.kind, back.key) == (AutoReplyKind.OPT_IN, "opt-in:78")
    assert drawn(town, back) is not None
    assert drawn(town, gone) is None  # overtaken
    assert drawn(town, receipts(town)[0]) is not None


@pytest.mark.parametrize(
    ("word", "confirmed"), [("STOP", False), ("BERHENTI", True), ("stop ", False), ("stop.", True)]
)
def test_what_a_provider_confirms_itself_is_not_confirmed_twice(
    town: Desk, word: str, confirmed: bool
) -> None:
    hear(town, "obat habis")
    told(town, word, 77, channel="twilio")
    assert town.all(Contact)[0].opted_out_at is not None
    assert bool(wishes(town)) is confirmed


def test_may_reach(town: Desk) -> None:
    hear(town, "obat habis")
    told(town, "BERHENTI", 77)
    with town.store.read() as db:
        [person] = town.all(Contact)
        assert not autoreplies.may_reach(db, person)
        assert autoreplies.may_reach(db, replace_contact(person))


def replace_contact(person: Contact) -> Contact:
    return Contact(**{**person.model_dump(), "opted_out_at": None})
