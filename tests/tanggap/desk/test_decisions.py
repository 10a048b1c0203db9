"""Every decision of the chat, made at the PC."""

import inspect
import json
from pathlib import Path

from sqlmodel import select

from notifier.buttons import Verb
from pipeline import desk as decisions
from pipeline.posts import View
from store.states import SendState, Status, SuggestionState
from store.tables import (
    Complaint,
    Delivery,
    Event,
    Prompt,
    Reply,
    ReplyPart,
    Suggestion,
)
from tanggap.desk.actions import ACTIONS, SCREENS
from tanggap.desk.words import WORDS
from tests.pipeline.conftest import Desk, make_desk
from tests.tanggap.desk.conftest import Counter, at, choice


def waits(desk: Desk) -> bool:
    """Whether the chat still waits for somebody's next message."""
    with desk.store.read() as db:
        return db.exec(select(Prompt)).first() is not None


def test_every_decision_of_the_chat_is_here() -> None:
    place = ["db", "now", "office", "actor"]
    known = {
        getattr(decisions, name)
        for name in decisions.__all__
        if inspect.isfunction(getattr(decisions, name))
        and list(inspect.signature(getattr(decisions, name)).parameters)[:4] == place
    }
    assert {action.decision for action in ACTIONS.values()} == known - {decisions.show}
    assert set(Verb) == {name for name in ACTIONS if name in set(Verb)} | SCREENS
    assert {name for name in ACTIONS if name not in set(Verb)} == {"draft", "note", "record"}


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["id"].keys() == WORDS["en"].keys()


def test_from_the_list_to_an_answer_that_leaves(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Antre dua jam di loket.")
    desk.settle()
    seen = counter.sit("clerk", "1", "1", "1", "Mohon maaf,", "", "loket ditambah.", ".")
    assert "Isi aduan tampil setelah Anda menanganinya." in seen
    assert seen.index("Antre dua jam") > seen.index("Saya tangani")
    assert counter.status() is Status.DRAFTED
    seen = counter.sit("coordinator", "1")
    approve = choice(seen, "Setujui & kirim")
    assert "Mohon maaf,\n\nloket ditambah." in seen
    assert "Kepada: siti@contoh.id" in seen
    [reply] = desk.all(Reply)
    assert f"Sidik konsep: {reply.digest}" in seen
    assert "tidak ada yang berubah" in counter.sit("coordinator", "1", approve, "t")
    assert counter.status() is Status.DRAFTED
    seen = counter.sit("coordinator", "1", approve, "y")
    assert "kirim kepada siti@contoh.id?" in seen
    assert counter.status() is Status.APPROVED
    desk.later(desk.office.settings.undo_seconds + 1)
    assert [part.text for part in desk.letters.sent] == ["Mohon maaf,\n\nloket ditambah."]
    assert counter.status() is Status.ANSWERED


def test_both_words_are_needed_where_the_procedure_says_so(tmp_path: Path) -> None:
    made = make_desk(tmp_path, ("coordinator", "head"))
    counter = at(made)
    counter.desk.arrive("Obat habis.")
    counter.desk.settle()
    assert counter.once("clerk", "draft", "1", text="Obat sudah datang.")
    assert not counter.once("head", "approve", "1", "1"), "the coordinator's word comes first"
    assert counter.once("coordinator", "approve", "1", "1")
    assert counter.status() is Status.DRAFTED
    assert counter.once("head", "approve", "1", "1")
    assert counter.status() is Status.APPROVED
    made.store.close()


def test_changes_and_their_note_are_one_step(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Obat habis.")
    desk.settle()
    assert counter.once("clerk", "draft", "1", text="Tunggu.")
    assert not counter.once("coordinator", "changes", "1", "1")
    assert counter.status() is Status.DRAFTED, "without a note nothing is sent back"
    assert counter.once("coordinator", "changes", "1", "1", text="Lebih sopan.")
    assert counter.status() is Status.TAKEN
    assert not waits(desk)
    seen = counter.sit("clerk", "1")
    assert 'Diminta perbaikan untuk konsep ke-1, ADU-2026-0001: "Lebih sopan."' in seen
    words = [json.loads(p.params).get("key") for p in desk.chat.shown if p.kind == View.NOTICE]
    assert "write-note" not in words, "the chat does not ask for what has been given"


def test_a_note_that_the_chat_waits_for_can_be_given_here(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Obat habis.")
    desk.settle()
    counter.once("clerk", "draft", "1", text="Tunggu.")
    [reply] = desk.all(Reply)
    desk.decide(decisions.request_changes, "coordinator", reply.id, reply.digest)
    seen = counter.sit("coordinator", "1")
    number = choice(seen, "Tulis catatan perbaikan")
    counter.sit("coordinator", "1", number, "Lebih sopan.", ".")
    assert not waits(desk)
    assert "note" in [event.kind for event in desk.all(Event)]


def test_called_back_and_put_forward_again(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Obat habis.")
    desk.settle()
    counter.once("clerk", "draft", "1", text="Sudah ada.")
    counter.once("coordinator", "approve", "1", "1")
    seen = counter.sit("clerk", "1")
    seen = counter.sit("clerk", "1", choice(seen, "Batal kirim"))
    assert "Konsep ke-1 dibatalkan dan tidak dikirim." in seen
    counter.sit("clerk", "1", choice(seen, "Ajukan lagi"))
    assert [reply.version for reply in desk.all(Reply)] == [1, 2]
    desk.later(500)
    assert desk.letters.sent == []


def test_a_sending_in_doubt_is_the_coordinators(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Obat habis.")
    desk.settle()
    desk.answered()
    with desk.store.write("test", facility=desk.office.id) as db:
        db.get_one(ReplyPart, 1).state = SendState.UNKNOWN
    assert "Koordinator yang memutuskan." in counter.sit("clerk", "1")
    assert not counter.once("clerk", "sent", "1", "1")
    seen = counter.sit("coordinator", "1")
    counter.sit("coordinator", "1", choice(seen, "Sudah terkirim"))
    assert counter.status() is Status.ANSWERED
    assert not counter.once("coordinator", "resend", "1", "1")
    desk.later(500)
    assert desk.letters.sent == []


def test_suggestions_aside_and_closing_can_be_undone(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Obat habis.")
    desk.arrive("Obat habis lagi.")
    desk.settle()
    first, second = desk.complaint(1), desk.complaint(2)
    with desk.store.write("test", facility=desk.office.id) as db:
        db.add(
            Suggestion(
                facility_id=desk.office.id,
                complaint_id=second.id or 0,
                other_id=first.id or 0,
                reason="test",
                created_at=desk.clock.now,
            )
        )
    assert counter.once("coordinator", "join", "1", "2")
    assert counter.once("coordinator", "split", "2")
    assert counter.once("coordinator", "reject", "2", "1")
    assert [row.state for row in desk.all(Suggestion)] == [SuggestionState.REJECTED]
    for action, after in (
        ("aside", Status.SET_ASIDE),
        ("restore", Status.NEW),
        ("close", Status.CLOSED),
        ("reopen", Status.NEW),
    ):
        assert counter.once("coordinator", action, "1")
        assert counter.status() is after
    assert not counter.once("coordinator", "reopen", "1")


def test_what_the_headers_set_aside_can_be_made_a_complaint(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Saya sedang cuti.", automated="auto-submitted")
    desk.settle()
    assert desk.all(Complaint) == []
    seen = counter.sit("clerk", "s")
    counter.sit("clerk", "s", choice(seen, "Jadikan aduan 1"))
    assert counter.status() is Status.TAKEN


def test_what_comes_by_hand_is_recorded_once_and_is_the_clerks(counter: Counter) -> None:
    desk = counter.desk
    seen = counter.sit("clerk", "c", "2", "0812-000", "Bu Ani", "Telepon tak diangkat.", ".")
    assert "nomornya segera muncul" in seen
    [row] = desk.all(Delivery)
    assert json.loads(row.raw)["contact"] == "0812-000"
    assert desk.complaint().taken_by == desk.staff["clerk"].id
    counter.once("clerk", "draft", "1", text="Sekarang diangkat.")
    counter.once("coordinator", "approve", "1", "1")
    seen = counter.sit("clerk", "1")
    counter.sit("clerk", "1", choice(seen, "Sudah dikirim"))
    assert counter.status() is Status.ANSWERED
    assert "tidak ada yang berubah" in counter.sit("clerk", "c", "")
    assert "tidak ada yang berubah" in counter.sit("clerk", "c", "1", "", "", ".")
    assert len(desk.all(Delivery)) == 1
