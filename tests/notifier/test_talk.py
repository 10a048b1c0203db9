"""What a text is for: by what it answers, what was asked, what is in hand, or by asking."""

from pipeline.posts import View
from store.states import Status
from store.tables import Complaint, Counter, Post, Reply
from tests.notifier.conftest import World
from tests.notifier.test_sample_chat import labels


def drafts(world: World) -> list[tuple[int, str]]:
    by_id = {case.id: case.serial for case in world.desk.all(Complaint)}
    return [(by_id[reply.complaint_id], reply.text) for reply in world.desk.all(Reply)]


def test_text_that_answers_nothing_goes_to_the_one_case_in_hand(world: World) -> None:
    world.taken("loket tutup")
    world.say(world.clerk, "Loket buka jam 8.")
    assert drafts(world) == [(1, "Loket buka jam 8.")]


def test_with_two_cases_the_bot_asks(world: World) -> None:
    world.taken("loket tutup")
    world.taken("obat habis", sender="b@contoh.id")
    world.say(world.clerk, "Mohon maaf,")
    world.say(world.clerk, "obat datang besok.")
    asked = world.clerk.private.last()
    assert labels(asked) == ["ADU-2026-0001", "ADU-2026-0002", "Batal"]
    assert drafts(world) == []
    world.tap(world.clerk, asked, "ADU-2026-0002")
    assert drafts(world) == [(2, "Mohon maaf,\nobat datang besok.")]


def test_thanks_do_not_replace_what_was_approved(world: World) -> None:
    world.say(world.clerk, "Loket buka jam 8.", reply_to=world.taken("loket tutup"))
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    world.say(world.clerk, "terima kasih")
    assert labels(world.clerk.private.last()) == ["ADU-2026-0001", "Batal"]
    world.desk.later(120)
    assert [sent.text for sent in world.desk.letters.sent] == ["Loket buka jam 8."]


def test_with_nothing_in_hand_it_says_how(world: World) -> None:
    world.say(world.clerk, "halo?")
    assert "Tekan [Saya tangani] dulu" in world.clerk.private.last().text
    assert drafts(world) == []


def test_an_answer_finds_its_case_among_several(world: World) -> None:
    first = world.taken("loket tutup")
    world.taken("obat habis", sender="b@contoh.id")
    world.say(world.clerk, "Loket buka jam 8.", reply_to=first)
    assert drafts(world) == [(1, "Loket buka jam 8.")]


def test_an_answer_to_a_message_never_learnt_goes_by_the_number_it_quotes(world: World) -> None:
    first = world.taken("loket tutup")
    world.taken("obat habis", sender="b@contoh.id")
    with world.desk.store.write("test") as db:
        for post in world.desk.all(Post):
            if post.kind == View.CASE:
                db.get_one(Post, post.id).message_id = None
    world.say(world.clerk, "Loket buka jam 8.", reply_to=first)
    assert drafts(world) == [(1, "Loket buka jam 8.")]


def test_an_answer_to_an_approval_is_no_draft(world: World) -> None:
    world.say(world.clerk, "Loket buka jam 8.", reply_to=world.taken("loket tutup"))
    world.say(world.coordinator, "bagus", reply_to=world.coordinator.private.last())
    assert "tekan [Minta perbaikan]" in world.coordinator.private.last().text
    assert len(drafts(world)) == 1


def test_an_answer_to_the_approval_after_asking_for_changes_is_the_note(world: World) -> None:
    world.say(world.clerk, "Loket buka jam 8.", reply_to=world.taken("loket tutup"))
    asked = world.coordinator.private.last()
    world.tap(world.coordinator, asked, "Minta perbaikan")
    world.say(world.coordinator, "sebut harinya", reply_to=asked)
    assert "sebut harinya" in world.clerk.private.last().text
    assert len(drafts(world)) == 1


def test_balas_names_its_case(world: World) -> None:
    world.taken("loket tutup")
    world.taken("obat habis", sender="b@contoh.id")
    world.say(world.clerk, "/balas@tanggap_bot 0002\nObat datang besok.")
    assert drafts(world) == [(2, "Obat datang besok.")]
    world.say(world.clerk, "/balas 77 Halo")
    assert world.clerk.private.last().text == "Aduan dengan nomor itu tidak ada."
    world.say(world.clerk, "/balas")
    assert "misalnya: /balas 0042" in world.clerk.private.last().text


def test_two_matches_ask(world: World) -> None:
    for _ in range(2):
        world.arrive("loket tutup")
    with world.desk.store.write("test") as db:
        second = db.get_one(Complaint, 2)
        second.year, second.serial, second.number = 2025, 1, "ADU-2025-0001"
        db.add(Counter(facility_id=second.facility_id, year=2025, last=1))
    world.say(world.clerk, "/balas 0001 Loket buka jam 8.")
    asked = world.clerk.private.last()
    assert labels(asked) == ["ADU-2026-0001", "ADU-2025-0001", "Batal"]
    world.tap(world.clerk, asked, "ADU-2025-0001")
    assert drafts(world) == [(1, "Loket buka jam 8.")]
    [reply] = world.desk.all(Reply)
    assert reply.complaint_id == 2
    world.say(world.coordinator, "/setujui 0001")
    which = world.coordinator.private.last()
    world.tap(world.coordinator, which, "ADU-2025-0001")
    assert "Setujui & kirim" in labels(world.coordinator.private.last())


def test_a_draft_that_could_not_be_shown_whole_is_refused(world: World) -> None:
    world.taken("loket tutup")
    world.say(world.clerk, "x" * 3001)
    assert world.clerk.private.last().text == "Terlalu panjang; paling banyak 3000 huruf."
    assert drafts(world) == []


def test_daftar_lists_what_is_open(world: World) -> None:
    world.arrive("loket tutup")
    world.arrive("promo", automated="list", sender="b@contoh.id")
    world.say(world.clerk, "/daftar")
    listed = world.clerk.private.last()
    assert listed.text.startswith("Aduan terbuka: 1\nADU-2026-0001 · letters · baru")
    assert "loket tutup" not in listed.text
    world.tap(world.clerk, listed, "Saya tangani 0001")
    assert labels(world.find(world.clerk, "Aduan terbuka")) == ["Yang disisihkan"]
    world.tap(world.clerk, listed, "Yang disisihkan")
    aside = world.clerk.private.last()
    assert "1. milis" in aside.text
    world.tap(world.clerk, aside, "Jadikan aduan 1")
    assert len(world.desk.all(Complaint)) == 2


def test_a_photo_alone_and_an_unknown_command(world: World) -> None:
    world.clerk.send_file(world.clerk.private, b"x")
    world.settle()
    assert "Baru tulisan" in world.clerk.private.last().text
    world.say(world.clerk, "/rekap")
    assert "belum dikenal" in world.clerk.private.last().text
    world.say(world.clerk, "/bantuan")
    assert "/catat ISI" in world.clerk.private.last().text


def test_answers_in_the_group_are_sent_to_the_private_chat(world: World) -> None:
    card = world.arrive("loket tutup")
    world.clerk.say(world.group, "Loket buka jam 8.", reply_to=card.id)
    world.settle()
    assert world.clerk.private.last().text == "Tulis balasan di chat pribadi ini, bukan di grup."
    assert drafts(world) == []


def test_what_was_begun_survives_a_restart(still: World) -> None:
    with still.listening():
        still.say(still.clerk, "/catat")
    still.restart()
    with still.listening():
        still.say(still.clerk, "Obat habis.")
        assert "Telepon" in labels(still.clerk.private.last())


def test_the_words_under_a_photo_are_a_draft_and_the_photo_is_not(world: World) -> None:
    world.taken("loket tutup")
    world.clerk.send_file(world.clerk.private, b"x", caption="Loket buka lagi.")
    world.settle()
    assert world.find(world.clerk, "Baru tulisan")
    assert "Loket buka lagi." in world.find(world.coordinator, "konsep ke-1").text


def test_what_nobody_chose_a_case_for_is_no_part_of_what_is_written_later(world: World) -> None:
    for text, sender in (("loket tutup", "a@contoh.id"), ("obat habis", "b@contoh.id")):
        world.taken(text, sender=sender)
    world.say(world.clerk, "terima kasih dok")
    world.say(world.clerk, "maksud saya siang")  # in one breath: one text
    asked = world.clerk.private.last()
    assert labels(asked) == ["ADU-2026-0001", "ADU-2026-0002", "Batal"]
    world.desk.clock.forward(180)
    with world.desk.store.write("test") as db:
        db.get_one(Complaint, 1).status = Status.CLOSED
    world.say(world.clerk, "Obat datang besok.")
    assert drafts(world) == [(2, "Obat datang besok.")]


def test_a_text_for_no_case_can_be_dropped(world: World) -> None:
    for text, sender in (("loket tutup", "a@contoh.id"), ("obat habis", "b@contoh.id")):
        world.taken(text, sender=sender)
    world.say(world.clerk, "terima kasih dok")
    asked = world.clerk.private.last()
    world.tap(world.clerk, asked, "Batal")
    assert labels(world.find(world.clerk, "yang mana")) == []
