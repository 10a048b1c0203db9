"""What was changed after it was sent, who cannot be told apart, and taps from anywhere."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from notifier.dispatch import Dispatcher
from pipeline import desk as decisions
from store.states import Role, Status, UpdateState
from store.tables import Complaint, Event, Facility, Reply, Staff, Update
from tests.notifier.conftest import World
from tests.notifier.test_sample_chat import labels

LIFE_OF_A_TAP = timedelta(minutes=16)


def drafted(world: World, text: str = "Loket bukak.") -> int:
    """The clerk writes a draft; the id of his message."""
    case = world.taken("loket tutup")
    message = world.clerk.say(world.clerk.private, text, reply_to=case.id)
    world.settle()
    return message


def change(world: World, message: int, text: str) -> None:
    world.clerk.edit(world.clerk.private, message, text)
    world.settle()


def versions(world: World) -> list[str]:
    return [reply.text for reply in world.desk.all(Reply)]


def test_a_corrected_draft_is_the_next_version(world: World) -> None:
    message = drafted(world)
    first = world.find(world.coordinator, "Aduan dan konsep ke-1")
    change(world, message, "Loket buka.")
    change(world, message, "Loket buka jam 7.")
    assert versions(world) == ["Loket bukak.", "Loket buka.", "Loket buka jam 7."]
    approve = next(it.data for it in first.buttons if it.text == "Setujui & kirim")
    query = world.coordinator.press(world.coordinator.id, first.id, approve)
    world.settle()
    assert "terbaru: konsep ke-3" in world.telegram.world.answer(query)["text"]
    world.tap(world.coordinator, world.find(world.coordinator, "konsep ke-3"), "Setujui & kirim")
    world.desk.later(world.ctx.settings.undo_seconds)
    assert [sent.text for sent in world.desk.letters.sent] == ["Loket buka jam 7."]


def test_a_changed_reply_command_is_the_next_version_of_its_case(world: World) -> None:
    world.taken("loket tutup")
    message = world.clerk.say(world.clerk.private, "/balas 0001 Loket bukak.")
    world.settle()
    change(world, message, "/balas 0001 Loket buka.")
    assert versions(world) == ["Loket bukak.", "Loket buka."]
    change(world, message, "/balas 0001 Loket buka.")  # nothing that a person changed
    assert len(versions(world)) == 2


def test_what_is_approved_stays_as_it_was_approved(world: World) -> None:
    message = drafted(world, "Loket buka.")
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    change(world, message, "Loket tutup.")
    assert "Konsep itu sudah disetujui" in world.find(world.clerk, "disetujui, jadi").text
    world.desk.later(world.ctx.settings.undo_seconds)
    change(world, message, "Loket hancur.")
    assert versions(world) == ["Loket buka."]
    assert [sent.text for sent in world.desk.letters.sent] == ["Loket buka."]


def test_an_old_draft_is_not_brought_back_by_a_change(world: World) -> None:
    message = drafted(world)
    world.say(world.clerk, "Konsep baru.", reply_to=world.find(world.clerk, "Aduan 0001"))
    change(world, message, "Loket buka.")
    assert "bukan lagi konsep terbaru" in world.clerk.private.last().text
    assert versions(world) == ["Loket bukak.", "Konsep baru."]


def test_nobody_changes_a_draft_that_was_taken_from_their_hands(world: World) -> None:
    message = drafted(world)
    with world.desk.store.write("test") as db:
        db.get_one(Complaint, 1).taken_by = world.desk.staff["coordinator"].id
    change(world, message, "Loket buka.")
    assert "Sudah ditangani Petugas 12" in world.clerk.private.last().text
    assert versions(world) == ["Loket bukak."]


@pytest.mark.parametrize("text", ["/setujui 0001", "/daftar", "/bantuan", "halo"])
def test_other_changes_are_said_not_to_count(world: World, text: str) -> None:
    drafted(world)
    before = [it.id for it in world.coordinator.private.messages()]
    message = world.coordinator.say(world.coordinator.private, "/bantuan")
    world.settle()
    world.coordinator.edit(world.coordinator.private, message, text)
    world.settle()
    new = [it for it in world.coordinator.private.messages() if it.id not in before and it.from_bot]
    assert len(new) == 2
    assert new[1].text.startswith("Perubahan pada pesan lama tidak dibaca")
    assert world.desk.complaint().status is Status.DRAFTED


def test_a_command_changed_in_the_group_does_nothing_and_says_so(world: World) -> None:
    message = world.clerk.say(world.group, "siapa piket?")
    world.clerk.edit(world.group, message, "/daftar")
    world.settle()
    assert "tidak dibaca" in world.clerk.private.last().text


def test_a_strangers_change_is_nobodys_business(world: World) -> None:
    stranger = world.telegram.world.user(66, "Orang")
    message = stranger.say(stranger.private, "halo")
    stranger.edit(stranger.private, message, "rahasia")
    world.settle()
    assert len([it for it in stranger.private.messages() if it.from_bot]) == 1
    assert {row.raw for row in world.rows()} == {"{}"}


@pytest.mark.parametrize("where", ["private", "group"])
def test_what_comes_through_another_bot_decides_nothing(world: World, where: str) -> None:
    world.taken("loket tutup")
    chat = world.clerk.private if where == "private" else world.group
    world.clerk.say_via_bot(chat, "/balas 0001 Dari bot lain.")
    world.settle()
    assert versions(world) == []
    assert "Pesan lewat bot lain tidak diterima" in world.clerk.private.last().text


def test_whoever_writes_as_a_channel_is_told_once_why_nothing_happens(world: World) -> None:
    world.group.say_as_channel("/setujui 0001")
    world.group.say_as_channel("/daftar")
    world.settle()
    [said] = [it.text for it in world.group.messages() if it.from_bot and "saluran" in it.text]
    assert "atas nama sendiri, atau di chat pribadi" in said
    assert {row.raw for row in world.rows()} == {"{}"}


def test_posts_of_a_linked_channel_are_not_for_us(world: World) -> None:
    world.group.say_as_channel("/daftar", forwarded=True)
    world.say(world.clerk, "/daftar")
    assert len(world.rows()) == 1


def test_a_tap_of_an_anonymous_admin_carries_the_person(world: World) -> None:
    card = world.arrive("loket tutup")
    world.group.chat.members[world.clerk.id] = "administrator"
    assert world.tap(world.clerk, card, "Saya tangani") == "Baik."
    assert world.desk.complaint().taken_by == world.desk.staff["clerk"].id


def test_a_second_tap_decides_nothing(world: World) -> None:
    card = world.arrive("loket tutup")
    first = world.clerk.press(card.chat_id, card.id, card.buttons[0].data)
    again = world.clerk.press(card.chat_id, card.id, card.buttons[0].data)
    other = world.head.press(card.chat_id, card.id, card.buttons[0].data)
    world.settle()
    said = [world.telegram.world.answer(query)["text"] for query in (first, again, other)]
    assert said[0] == "Baik."
    assert said[2] == "Sudah ditangani Petugas 11."
    taken = [event for event in world.desk.all(Event) if event.kind == "taken"]
    assert len(taken) == 1


def other_office(world: World, telegram_id: int) -> int:
    """The person works for a second facility, too, where a complaint waits; its id."""
    from dataclasses import replace

    office = world.desk.office
    with world.desk.store.write("test") as db:
        facility = Facility(
            slug="dua",
            name="Dua",
            zone="Asia/Jakarta",
            profile="arjuno",
            created_at=world.desk.clock.now,
        )
        db.add(facility)
        db.flush()
        assert facility.id
        db.add(
            Staff(
                facility_id=facility.id,
                name="Sama",
                role=Role.CLERK,
                telegram_id=telegram_id,
                started=True,
                created_at=world.desk.clock.now,
            )
        )
        old = db.exec(select(Complaint)).one()
        fields = old.model_dump(exclude={"id"}) | {"facility_id": facility.id}
        complaint = Complaint(**fields)
        db.add(complaint)
        db.flush()
        assert complaint.id
    offices = {office.id: office, facility.id: replace(office, id=facility.id, slug="dua")}
    from dataclasses import replace as with_

    world.desk.ctx = with_(world.desk.ctx, offices=offices)
    world.restart()
    return complaint.id


def test_a_tap_whose_message_is_lost_still_finds_its_facility(still: World) -> None:
    still.arrive("loket tutup")
    complaint = other_office(still, still.clerk.id)
    with still.listening():
        query = still.clerk.press_lost(f"take:{complaint}")
        still.settle()
        assert still.telegram.world.answer(query)["text"] == "Baik."
    with still.desk.store.read() as db:
        taken = db.get_one(Complaint, complaint)
        assert db.get_one(Staff, taken.taken_by).facility_id == taken.facility_id


def test_a_card_of_another_facility_is_out_of_reach(still: World) -> None:
    card = still.arrive("loket tutup")
    complaint = other_office(still, 99)
    with still.listening():
        query = still.clerk.press(card.chat_id, card.id, f"take:{complaint}")
        still.settle()
        assert "tidak ada" in still.telegram.world.answer(query)["text"]


def test_a_tap_that_comes_too_late_is_answered_in_private(still: World) -> None:
    card = still.arrive("loket tutup")
    still.clerk.tap(still.group, card.id, "Saya tangani")
    still.head.tap(still.group, card.id, "Saya tangani")
    still.desk.clock.now += LIFE_OF_A_TAP
    with still.listening():
        still.settle()
    assert "Aduan 0001" in still.clerk.private.last().text
    assert still.head.private.last().text == "Sudah ditangani Petugas 11."


def test_a_long_queue_is_done_in_order_and_undoes_nothing_decided_meanwhile(
    still: World,
) -> None:
    first = still.arrive("loket tutup")
    still.arrive("obat habis", sender="b@contoh.id")
    data = first.buttons[0].data
    for number in range(150):
        still.clerk.say(still.clerk.private, f"/tak-dikenal{number}")
    still.clerk.press(first.chat_id, first.id, data)
    still.coordinator.press(first.chat_id, first.id, data)
    still.telegram.world.updates.push("poll_answer", {"poll_id": "1"})
    still.telegram.world.updates.push("message", {"chat": "?"})
    with still.desk.store.write("test") as db:
        # Decided at the PC meanwhile.
        head = db.get_one(Staff, still.desk.staff["head"].id)
        decisions.take(db, still.desk.clock.now, still.desk.office, head, 1)
    with still.listening():
        still.settle()
    assert still.desk.complaint().taken_by == still.desk.staff["head"].id
    rows = still.rows()
    assert [row.update_id for row in rows] == sorted(row.update_id for row in rows)
    assert {row.state for row in rows} == {UpdateState.PROCESSED}


@pytest.mark.parametrize("words", ["/balas 0001 \ud83d", "/balas 0001 \0", "\0"])
def test_half_a_character_stops_nobody(still: World, words: str) -> None:
    still.telegram.world.updates.push(
        "message",
        {
            "message_id": 1,
            "from": still.clerk.user.json(),
            "chat": {"id": still.clerk.id, "type": "private"},
            "date": 1,
            "text": words,
        },
    )
    still.arrive("loket tutup")
    with still.listening():
        still.say(still.clerk, "/daftar")
    assert "Aduan terbuka" in still.clerk.private.last().text
    assert labels(still.clerk.private.last())[:1] == ["Saya tangani 0001"]


def test_what_is_no_update_of_ours_is_processed_into_nothing(still: World) -> None:
    row = Update(bot_id=1, update_id=1, raw="{}", received_at=still.desk.clock.now)
    with still.desk.store.write("test") as db:
        outcome = Dispatcher(still.ctx.offices).process(db, still.desk.clock.now, row)
    assert (outcome.toast, row.state) == ("", UpdateState.PROCESSED)
    assert json.loads(row.raw) == {}
