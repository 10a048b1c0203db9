"""Somebody is in danger: a fixed text at once, whatever the hour and whatever else is off."""

from datetime import timedelta
from pathlib import Path

import pytest

from channels.message import Route, RouteKind
from pipeline import inbound
from pipeline.autoreplies.due import MOST_ALARMS
from simulator.mail import MailWorld
from store.states import AutoReplyKind, SendState
from store.tables import AutoReply, Contact, Message
from tests.doubles import START
from tests.pipeline.auto_desk import change, drawn, hear, leave, receipts, said
from tests.pipeline.conftest import Desk, make_desk, moment
from tests.pipeline.mail_desk import mail, mail_desk

FAINTED = "Ibu saya pingsan di ruang tunggu tidak ditangani!!"


def alarms(town: Desk) -> list[AutoReply]:
    return said(town, AutoReplyKind.EMERGENCY)


@pytest.mark.parametrize(
    "text",
    [
        FAINTED,
        "anak sy step",
        "ambulan ga bs dihub, ada yg mau lahiran",
    ],
)
def test_it_names_the_number_and_gives_no_advice(town: Desk, text: str) -> None:
    hear(town, text)
    [row] = alarms(town)
    assert (row.key, row.due_at) == (f"emergency:{town.all(Message)[0].id}", START)
    words = drawn(town, row)
    assert words is not None
    assert "119" in words.text
    assert "IGD" in words.text
    assert not {"obat", "minum", "baringkan", "kompres", "dosis"} & set(words.text.lower().split())


def test_who_does_not_want_to_live_on_reads_kinder_words(town: Desk) -> None:
    hear(town, "capek sakit terus, pgn akhiri hidup")
    words = drawn(town, alarms(town)[0])
    assert words is not None
    assert words.text.startswith("Anda tidak sendirian")
    assert "119" in words.text


def test_danger_in_a_mail_s_subject_is_danger(town: Desk) -> None:
    hear(town, "Tolong segera", subject="Ibu saya pingsan di ruang tunggu")
    assert len(alarms(town)) == 1


def test_at_night_and_with_receipts_off(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    desk.clock.now = moment(2026, 11, 24, 2, 30)
    hear(desk, FAINTED)
    [row] = desk.all(AutoReply)
    assert (row.kind, row.due_at) == (AutoReplyKind.EMERGENCY, desk.clock.now)
    assert drawn(desk, row) is not None
    desk.store.close()


def test_once_in_ten_minutes_a_person(town: Desk) -> None:
    town.arrive(FAINTED)
    town.arrive("tolong pingsan!!")
    hear(town, FAINTED, "budi@contoh.id")
    assert len(alarms(town)) == 2
    town.clock.forward(599)
    hear(town, "masih pingsan")
    assert len(alarms(town)) == 2
    town.clock.forward(2)
    hear(town, "masih pingsan ini")
    assert len(alarms(town)) == 3


def test_a_machine_that_speaks_of_danger_is_not_answered_for_ever(town: Desk) -> None:
    for _ in range(24):
        hear(town, FAINTED)
        town.clock.forward(1800)
    assert len(alarms(town)) == MOST_ALARMS
    town.clock.forward(24 * 3600)
    hear(town, FAINTED)
    assert len(alarms(town)) == MOST_ALARMS + 1


def test_one_that_failed_does_not_silence_the_next(town: Desk) -> None:
    hear(town, FAINTED)
    change(town, AutoReply, alarms(town)[0].id, state=SendState.FAILED)
    hear(town, "tolong pingsan!!")
    assert len(alarms(town)) == 2


def test_a_further_message_can_be_one(town: Desk) -> None:
    first = town.arrive("antri lama")
    hear(town, FAINTED, in_reply_to=first, vouched=True)
    [row] = alarms(town)
    assert row.complaint_id == town.complaint().id
    assert len(receipts(town)) == 1


def test_the_receipt_comes_later_as_usual(town: Desk) -> None:
    hear(town, FAINTED)
    [row] = receipts(town)
    assert row.due_at == START + timedelta(seconds=60)


def test_none_for_history_imports_machines_and_where_nobody_can_be_reached(town: Desk) -> None:
    hear(town, FAINTED, at=START - timedelta(days=2))
    hear(town, FAINTED, meta={"alert": "no"})
    hear(town, FAINTED, automated="automatic")
    town.letters.routes = lambda *_: [Route(kind=RouteKind.MANUAL, recipient="x")]  # type: ignore[method-assign]
    hear(town, FAINTED)
    assert alarms(town) == []


def test_not_to_somebody_who_wants_no_messages(town: Desk) -> None:
    hear(town, FAINTED)
    [row] = alarms(town)
    change(town, Contact, row.contact_id, opted_out_at=START)
    assert leave(town, row) is None
    town.clock.forward(3600)
    hear(town, FAINTED)
    assert len(alarms(town)) == 1


def test_a_mail_gets_it_in_its_own_thread(tmp_path: Path) -> None:
    with (
        MailWorld(user="meja", password="s4ndi") as sink,
        mail_desk(tmp_path, "aduan@melati.example", sink) as post,
    ):
        post.keep([mail("Siti <siti@contoh.id>", FAINTED, Message_ID="<a1@contoh.id>")])
        inbound.record_due(post.desk.ctx)
        [row] = alarms(post.desk)
        words = drawn(post.desk, row)
        assert words is not None
        assert words.subject == "Bila ada bahaya: telepon 119"
        assert words.in_reply_to == "a1@contoh.id"
        assert words.references == "a1@contoh.id"
