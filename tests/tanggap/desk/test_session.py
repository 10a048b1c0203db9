"""Who sits at the PC, for how long, and what may appear on its screen."""

from dataclasses import replace

import pytest

from pipeline import desk as decisions
from pipeline.desk import Refused, leave
from pipeline.posts import View
from store import leases
from store.states import SendState, Status
from store.tables import Event, Post, Reply, Staff
from tanggap.desk import menu, oneshot
from tanggap.desk.session import Session
from tanggap.desk.terminal import Ended, Interrupted, harmless
from tests.pipeline.conftest import Desk
from tests.tanggap.desk.conftest import PIN, Counter, Script, choice


def test_the_second_of_two_is_told_and_nothing_is_done_twice(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Obat habis.")
    desk.settle()
    counter.once("clerk", "draft", "1", text="Sudah ada.")
    approve = choice(counter.sit("coordinator", "1"), "Setujui & kirim")

    def colleague() -> None:
        counter.once("coordinator", "approve", "1", "1")

    assert "Konsep ini sudah disetujui." in counter.sit("coordinator", "1", colleague, approve, "y")
    taken = counter.desk.all(Event)
    assert [event.kind for event in taken].count("approved") == 1


def test_a_case_in_other_hands_shows_no_words(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Rahasia sekali.")
    desk.settle()
    desk.decide(decisions.take, "coordinator", desk.complaint().id)
    seen = counter.sit("clerk", "1")
    assert desk.staff["coordinator"].name in seen
    assert "Rahasia" not in seen
    assert "1. Saya tangani" not in seen
    assert not counter.once("clerk", "take", "1")
    assert not counter.once("clerk", "draft", "1", text="Coba.")


def test_what_the_chat_would_only_say_is_said_here_and_not_there(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Obat habis.")
    desk.settle()
    before = len(desk.chat.shown)
    aside = choice(counter.sit("coordinator", "1"), "Bukan aduan")
    assert "Ditandai bukan aduan." in counter.sit("coordinator", "1", aside)
    told = [post.kind for post in desk.chat.shown[before:]]
    assert View.NOTICE not in told
    assert [post.state for post in desk.all(Post) if post.kind == View.NOTICE] == [
        SendState.CANCELLED
    ]


def test_ten_idle_minutes_cost_the_pin_and_what_was_typed(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Obat habis.")
    desk.settle()

    def pause() -> None:
        desk.clock.forward(601)

    seen = counter.sit("clerk", pause, "1", "000001", PIN["clerk"], "1", "1")
    assert "Sepuluh menit tidak dipakai" in seen
    assert "PIN salah. Sisa percobaan: 4." in seen
    assert counter.status() is Status.TAKEN
    script = Script([PIN["clerk"], pause, "1", *["000001"] * 5])
    session = Session(desk.ctx, desk.office, script)
    session.log_in(desk.staff["clerk"].name)
    with pytest.raises(Refused, match="pin-locked"):
        menu.run(session)


def test_a_session_ends_with_the_access(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Obat habis.")
    desk.settle()

    def revoke() -> None:
        with desk.store.write("test", facility=desk.office.id) as db:
            leave(db, desk.clock.now, db.get_one(Staff, desk.staff["clerk"].id))

    seen = counter.sit("clerk", revoke, "1")
    assert seen.endswith("Sesi Anda berakhir: akses dicabut atau PIN diganti.")
    assert counter.status() is Status.NEW


def test_nothing_a_citizen_writes_steers_the_terminal(counter: Counter) -> None:
    counter.desk.arrive("[bold]tebal[/bold] \x1b[2J\x07 \u202egnp.exe \x9b31m\r\nbaris dua")
    counter.desk.settle()
    seen = counter.sit("coordinator", "1")
    assert "[bold]tebal[/bold] \\x1b[2J\\x07 \\u202egnp.exe \\x9b31m\nbaris dua" in seen
    assert all(char.isprintable() or char == "\n" for char in seen)


def test_emoji_stay_whole() -> None:
    assert harmless("👩\u200d⚕️ ok\tya") == "👩\u200d⚕️ ok    ya"


def test_paging_and_what_is_overdue(counter: Counter) -> None:
    desk = counter.desk
    for position in range(12):
        desk.arrive(f"Keluhan {position}.", sender=f"orang{position}@contoh.id")
    desk.settle()
    seen = counter.sit("clerk", "l", "l", "m", "99", "abc")
    assert seen.count("(halaman 1 dari 2)") == 4
    assert seen.count("(halaman 2 dari 2)") == 2
    assert "TERLAMBAT" not in seen
    assert seen.count("Aduan dengan nomor itu tidak ada.") == 2
    desk.clock.forward(30 * 86400)
    assert counter.sit("clerk").count("TERLAMBAT") == 10


def test_it_says_when_nothing_runs(counter: Counter) -> None:
    assert "belum pernah ada yang berjalan" in counter.sit("clerk")
    with counter.desk.store.write("test") as db:
        assert leases.acquire(db, "poll:1", "somebody", 60)
    assert "tanggap run" not in counter.sit("clerk")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dance",), "approve, changes, note"),
        (("approve", "1"), "approve NOMOR KONSEP-KE"),
        (("take",), "take NOMOR"),
        (("show",), "NOMOR"),
        (("approve", "1", "satu"), "approve NOMOR KONSEP-KE"),
        (("join", "1", "1"), "Tidak ada yang cocok"),
        (("record", "merpati"), "record MEDIUM"),
        (("files", "1"), "files NOMOR FOLDER"),
    ],
)
def test_words_that_name_nothing(counter: Counter, words: tuple[str, ...], said: str) -> None:
    counter.desk.arrive("Obat habis.")
    counter.desk.settle()
    with pytest.raises(oneshot.Usage, match=said):
        counter.once("coordinator", *words)


@pytest.mark.parametrize(("who", "name"), [("2", "coordinator"), ("petugas 11", "clerk")])
def test_people_are_chosen_by_position_or_name(counter: Counter, who: str, name: str) -> None:
    script = Script(["9", who, PIN[name]])
    session = Session(counter.desk.ctx, counter.desk.office, script)
    session.log_in()
    session.title()
    assert "Nama itu tidak ada di daftar." in script.text
    assert counter.desk.staff[name].name in script.shown[-1]


def test_whoever_has_no_pin_is_not_let_in(desk_of_one: Desk) -> None:
    script = Script(["1"])
    session = Session(desk_of_one.ctx, desk_of_one.office, script)
    with pytest.raises(Refused, match="pin-none"):
        session.log_in("Petugas 11")
    with pytest.raises(Ended):
        session.log_in()
    assert "tanggap staff pin" in script.text


def test_english_where_the_desk_speaks_it(counter: Counter) -> None:
    counter.desk.arrive("Obat habis.")
    counter.desk.settle()
    office = counter.desk.office
    counter.desk.office = replace(office, settings=replace(office.settings, language="en"))
    seen = counter.sit("coordinator", "1")
    assert "Open complaints: 1 (page 1 of 1)" in seen
    assert choice(seen, "Write a reply") == "2"
    assert "Ketik" not in seen


def test_ctrl_c_in_the_middle_of_a_draft_leaves_no_draft(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Obat habis.")
    desk.settle()

    def ctrl_c() -> None:
        raise Interrupted

    draft = choice(counter.sit("coordinator", "1"), "Tulis balasan")
    seen = counter.sit("coordinator", "1", draft, "Setengah", ctrl_c)
    assert "Dibatalkan; tidak ada yang berubah." in seen
    assert counter.status() is Status.NEW


def test_a_draft_survives_an_idle_spell_but_for_the_line_after_it(counter: Counter) -> None:
    desk = counter.desk
    desk.arrive("Obat habis.")
    desk.settle()

    def pause() -> None:
        desk.clock.forward(601)

    draft = choice(counter.sit("coordinator", "1"), "Tulis balasan")
    lines = ("Baris satu.", pause, "Bukan saya.", PIN["coordinator"], "Baris dua.", ".")
    counter.sit("coordinator", "1", draft, *lines)
    assert [reply.text for reply in desk.all(Reply)] == ["Baris satu.\nBaris dua."]
