"""Who may: only rows of the staff table count, never presence in a chat."""

from datetime import timedelta

from sqlmodel import select

from pipeline import desk as decisions
from pipeline import posts
from store.states import Role, Status
from store.tables import Complaint, Invite, Staff
from tests.notifier.conftest import World
from tests.notifier.test_sample_chat import labels


def invite(world: World, staff_id: int, code: str) -> None:
    with world.desk.store.write("test") as db:
        db.add(
            Invite(
                staff_id=staff_id,
                code_hash=decisions.code_hash(code),
                expires_at=world.desk.clock.now + timedelta(days=1),
            )
        )


def test_a_code_makes_a_person_staff_once(world: World) -> None:
    invite(world, world.add_staff("Rini", Role.CLERK, None), "AB12-CD34")
    rini = world.telegram.world.user(21, "Rini")
    rini.start("AB12-CD34")
    world.settle()
    assert rini.private.last().text.startswith("Selamat datang, Rini. Anda terdaftar sebagai")
    thief = world.telegram.world.user(22, "Orang lain")
    thief.start("AB12-CD34")
    world.settle()
    assert thief.private.last().text == "Kode itu salah, sudah dipakai, atau kedaluwarsa."
    by_id = {staff.telegram_id: staff for staff in world.desk.all(Staff)}
    assert by_id[21].started
    assert 22 not in by_id


def test_a_code_shown_in_the_group_enrols_nobody(world: World) -> None:
    invite(world, world.add_staff("Rini", Role.CLERK, None), "AB12-CD34")
    world.head.say(world.group, "/start AB12-CD34")
    world.settle()
    assert [it.used_at for it in world.desk.all(Invite)] == [None]


def test_whoever_never_pressed_start_gets_the_case_once_they_do(world: World) -> None:
    world.add_staff("Rini", Role.CLERK, 21)
    rini = world.telegram.world.user(21, "Rini")
    world.group.join(rini)
    card = world.arrive("loket tutup")
    assert "Tekan [Buka bot], lalu Start" in world.tap(rini, card, "Saya tangani")
    assert rini.private.messages() == ()
    assert "Ditangani Rini" in world.group.last().text
    rini.tap(world.group, card.id, "Buka bot")
    world.settle()
    texts = [it.text for it in rini.private.messages() if it.from_bot]
    assert any(text.startswith('Aduan 0001: "loket tutup"') for text in texts)
    assert any(text.startswith("Selamat datang") for text in texts)


def test_a_stranger_is_refused_once_an_hour(world: World) -> None:
    stranger = world.telegram.world.user(66, "Orang")
    for _ in range(3):
        stranger.say(stranger.private, "halo")
        world.settle()
    said = [it.text for it in stranger.private.messages() if it.from_bot]
    assert len(said) == 1
    assert said[0].startswith("Akun ini belum terdaftar")
    assert {row.raw for row in world.rows()} == {"{}"}  # nothing of theirs is kept
    world.desk.clock.forward(3601)
    stranger.say(stranger.private, "halo")
    world.settle()
    assert len([it for it in stranger.private.messages() if it.from_bot]) == 2


def test_a_stranger_in_the_group_takes_nothing(world: World) -> None:
    stranger = world.telegram.world.user(66, "Orang")
    world.group.join(stranger)
    assert "belum terdaftar" in world.tap(stranger, world.arrive("loket tutup"), "Saya tangani")
    assert world.desk.complaint().status is Status.NEW


def test_whoever_left_lost_access_at_once(world: World) -> None:
    case = world.taken("loket tutup")
    with world.desk.store.write("test") as db:
        staff = db.exec(select(Staff).where(Staff.telegram_id == 11)).one()
        decisions.leave(db, world.desk.clock.now, staff)
    world.desk.settle()
    assert labels(world.group.last()) == ["Saya tangani", "Buka bot"]  # it is free again
    assert "belum terdaftar" in world.tap(world.clerk, case, "Lainnya")
    shown = case.text
    with world.desk.store.write("test") as db:
        db.get_one(Complaint, 1).status = Status.ESCALATED
        posts.touch(db, 1)
    world.desk.settle()
    assert world.find(world.clerk, "Aduan 0001").text == shown


def test_an_anonymous_admin_is_told_why(world: World) -> None:
    world.group.say_anonymously("/daftar")
    world.settle()
    assert "Matikan “Tetap anonim”" in world.group.last().text


def test_the_bot_leaves_a_group_that_is_none_of_ours(world: World) -> None:
    other = world.telegram.world.group("Lain", [world.clerk])
    other.add_bot(world.clerk)
    world.settle()
    world.telegram.journal.wait(lambda entry: entry.method == "leaveChat")
    assert other.chat.members[world.telegram.world.bot.id] == "left"
    assert world.group.chat.members[world.telegram.world.bot.id] == "member"


def test_a_group_that_moved_is_followed(world: World) -> None:
    moved = world.group.migrate()
    world.settle()
    assert [row.chat_id for row in world.groups()] == [moved.id]
    world.group = moved
    assert world.arrive("loket tutup").text.startswith("Aduan baru")


def test_a_card_follows_the_group(still: World) -> None:
    moved = still.group.migrate()
    still.desk.arrive("loket tutup")
    still.desk.settle()
    assert moved.last().text.startswith("Aduan baru")


def test_a_move_learnt_by_being_added_is_no_foreign_group(still: World) -> None:
    moved = still.group.migrate()
    still.telegram.world.updates.clear()
    moved.add_bot(still.coordinator)
    with still.listening():
        still.settle()
        assert [row.chat_id for row in still.groups()] == [moved.id]
        assert moved.chat.members[still.telegram.world.bot.id] == "member"


def test_being_thrown_out_is_told_to_the_coordinators(world: World) -> None:
    world.group.kick_bot(world.head)
    world.settle()
    for lead in (world.coordinator, world.head):
        assert "Bot tidak ada lagi di grup tim" in lead.private.last().text
    [row] = world.groups()
    assert row.broken == "removed"
    world.desk.arrive("loket tutup")
    world.settle()
    cards = [it for it in world.group.messages() if it.from_bot]
    assert cards == []
    world.group.add_bot(world.head)
    world.settle()
    assert [row.broken for row in world.groups()] == [""]
    assert world.group.last().text.startswith("Aduan baru")  # at once


def test_whoever_blocks_the_bot_is_waited_for(world: World) -> None:
    world.clerk.block()
    world.settle()
    by_id = {staff.telegram_id: staff for staff in world.desk.all(Staff)}
    assert not by_id[11].started
    card = world.arrive("loket tutup")
    world.tap(world.clerk, card, "Saya tangani")
    world.clerk.start()
    world.settle()
    assert world.find(world.clerk, "Aduan 0001")


def test_a_tampered_button_reaches_nothing_of_another_office(world: World) -> None:
    case = world.taken("loket tutup")
    for data in ("more:999", "take:999", "undo:999", "ask:999", "promote:999", "nope:1", "x"):
        query = world.clerk.press(world.clerk.id, case.id, data)
        world.settle()
        answer = world.telegram.world.answer(query)["text"]
        assert answer not in ("", "Baik."), data
    assert labels(world.find(world.clerk, "Aduan 0001")) == ["Tanya pengadu", "Lainnya"]
