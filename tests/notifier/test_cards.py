"""What is on a card, and what never is."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from pipeline.errors import UserError
from pipeline.quiet import is_quiet, quiet_hours
from simulator.faults import DROP_AFTER_COMMIT
from store.states import SendState
from store.tables import Complaint, Message, Post, ReplyPart
from tests.notifier.conftest import World
from tests.notifier.test_sample_chat import labels

MARKED = {
    "text": "KATA-RAHASIA anak saya sakit",
    "sender": "nama.rahasia@contoh.id",
    "subject": "PERIHAL-RAHASIA",
}


def group_texts(world: World) -> str:
    return "\n".join(
        text for it in world.group.messages() for text in (it.text, *it.history) if it.from_bot
    ) + str([it.buttons for it in world.group.messages()])


def test_the_group_reads_no_word_of_a_citizens(world: World) -> None:
    case = world.taken(**MARKED)
    world.say(world.clerk, "JAWABAN-RAHASIA", reply_to=case)
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    world.desk.later(120)
    assert "rahasia" not in group_texts(world).lower()
    assert "KATA-RAHASIA" in case.text
    assert "nama.rahasia@contoh.id" in case.text
    assert all(it.protected for it in world.clerk.private.messages() if it.from_bot)


def test_a_burst_becomes_one_card_with_every_number_and_a_button_each(world: World) -> None:
    world.arrive("satu")
    for number in range(12):
        world.desk.arrive(f"aduan {number}", sender=f"s{number}@contoh.id")
    world.desk.clock.forward(world.ctx.settings.card_seconds)
    world.desk.settle()
    card = world.group.last()
    assert card.text.startswith("Aduan baru: 12\n")
    numbers = [f"ADU-2026-{number:04}" for number in range(2, 14)]
    assert all(number in card.text for number in numbers)
    takes = [f"Saya tangani {number:04}" for number in range(2, 14)]
    assert labels(card) == [*takes, "Buka bot"]
    world.tap(world.clerk, card, "Saya tangani 0005")
    assert "Saya tangani 0005" not in labels(world.group.last())
    assert "ADU-2026-0005 · letters · Jawab s.d. " in world.group.last().text
    assert "Ditangani Petugas 11" in world.group.last().text


def test_a_further_message_says_so(world: World) -> None:
    world.taken("satu", identity="a")
    world.arrive("terus gimana?", in_reply_to="a", vouched=True)
    assert world.group.last().text.startswith("Pesan susulan untuk ADU-2026-0001 · ")
    joined = world.clerk.private.last()
    assert joined.text == 'Pesan susulan untuk ADU-2026-0001: "terus gimana?"'
    case = world.find(world.clerk, "Aduan 0001")
    assert '"satu" (+1 pesan)' in case.text
    assert 'Pesan ke-2, 09.00: "terus gimana?"' in case.text


def test_what_could_not_be_read_and_what_is_long_is_said(world: World) -> None:
    case = world.taken("<b>&" + "panjang 😡" * 900, unreadable="rusak", truncated=True)
    assert "Perlu dibaca" in case.text
    assert "terpotong" in case.text
    assert '(dipotong; selengkapnya di register)"' in case.text
    assert case.text.startswith('Aduan 0001: "<b>&panjang')
    assert case.text.endswith("Silakan tulis balasan, atau")


def test_quiet_hours_are_silent_and_cards_still_come(world: World) -> None:
    assert not world.arrive("siang").silent
    world.desk.clock.forward(12 * 3600)
    assert world.arrive("malam", sender="b@contoh.id").silent


@pytest.mark.parametrize(
    ("setting", "clock", "quiet"),
    [
        ("20.00-06.00", time(20), True),
        ("20.00-06.00", time(5, 59), True),
        ("20.00-06.00", time(6), False),
        ("20:00 - 06:00", time(19, 59), False),
        ("12.00-13.00", time(12, 30), True),
        ("12.00-13.00", time(13), False),
        ("", time(23), False),
    ],
)
def test_quiet_hours_may_pass_midnight(setting: str, clock: time, quiet: bool) -> None:
    assert is_quiet(setting, clock) is quiet


@pytest.mark.parametrize("setting", ["malam", "20.00", "25.00-06.00", "1-2-3"])
def test_quiet_hours_that_cannot_be_read_name_the_setting(setting: str) -> None:
    with pytest.raises(UserError, match=r"\[desk\] quiet"):
        quiet_hours(setting)


def test_english_is_a_setting(still: World) -> None:
    office = still.desk.office
    settings = replace(office.settings, language="en")
    offices = {office.id: replace(office, settings=settings)}
    still.desk.ctx = replace(still.desk.ctx, offices=offices)
    still.restart()
    card = still.arrive("loket tutup")
    assert card.text.startswith("New complaint ADU-2026-0001")
    assert labels(card) == ["I take it", "Open bot"]


def test_a_post_whose_end_nobody_saw_comes_again(world: World) -> None:
    world.faults.add(DROP_AFTER_COMMIT, method="sendMessage")
    world.arrive("loket tutup")
    world.desk.later(5)
    cards = [it.text for it in world.group.messages()]
    assert len(cards) == 2
    assert cards[0] == cards[1]


def test_what_stands_no_more_is_no_trouble(world: World) -> None:
    card = world.arrive("loket tutup")
    world.group.chat.messages[card.id].deleted = True
    chat = world.ctx.chat
    assert chat is not None
    [post] = world.desk.all(Post)
    chat.edit(post)
    other = world.arrive("obat habis", sender="b@contoh.id")
    [_, post] = world.desk.all(Post)
    chat.edit(post)  # nothing to change is success
    assert world.group.last().text == other.text


@pytest.mark.parametrize(
    ("state", "words", "buttons"),
    [
        (SendState.UNKNOWN, "Belum pasti apakah balasan", ["Kirim ulang", "Sudah terkirim"]),
        (SendState.FAILED, "gagal dikirim", ["Kirim ulang"]),
    ],
)
def test_trouble_with_a_reply_asks_a_person(
    world: World, state: SendState, words: str, buttons: list[str]
) -> None:
    from pipeline.desk import outcome

    world.say(world.clerk, "Loket buka.", reply_to=world.taken("loket tutup"))
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    with world.desk.store.write("test") as db:
        part = db.get_one(ReplyPart, world.desk.all(ReplyPart)[0].id)
        part.state, part.reason = state, "5.1.1"
        if state is SendState.UNKNOWN:
            outcome.in_doubt(db, world.desk.clock.now, part)
        else:
            outcome.failed(db, world.desk.clock.now, part, "5.1.1")
    world.desk.settle()
    asked = world.find(world.coordinator, words)
    assert labels(asked) == buttons
    told = world.find(world.clerk, words)
    assert (labels(told), told.text.splitlines()[-1]) == ([], "Koordinator yang memutuskan.")
    assert ("Alamatnya tidak ada (5.1.1)." in told.text) is (state is SendState.FAILED)
    approved = world.find(world.coordinator, "✅ Konsep ke-1")
    assert "terkirim" not in approved.text
    world.tap(world.coordinator, asked, "Kirim ulang")
    world.desk.later(1)
    assert [sent.text for sent in world.desk.letters.sent] == ["Loket buka."]
    assert labels(world.find(world.coordinator, "Sudah diputuskan")) == []


def test_an_answer_typed_elsewhere_holds_ours(world: World) -> None:
    from pipeline import posts

    world.taken("loket tutup")
    with world.desk.store.write("test") as db:
        complaint = db.get_one(Complaint, 1)
        complaint.foreign_answer = True
        posts.ask(
            db,
            posts.View.FOREIGN,
            facility_id=world.desk.office.id,
            now=world.desk.clock.now,
            staff_id=world.desk.staff["clerk"].id,
            complaint_id=1,
        )
    world.desk.settle()
    asked = world.clerk.private.last()
    assert labels(asked) == ["Sudah dijawab", "Tetap kirim"]
    world.tap(world.clerk, asked, "Sudah dijawab")
    assert labels(world.find(world.clerk, "sudah diputuskan")) == []


def test_a_suggestion_can_be_joined_split_and_refused(world: World) -> None:
    from store.tables import Suggestion

    world.arrive("loket tutup")
    with world.desk.store.write("test") as db:
        other = db.get_one(Complaint, 1)
        other.received_at -= timedelta(days=1)
    card = world.arrive("loket tutup lagi", sender="b@contoh.id")
    with world.desk.store.write("test") as db:
        db.add(
            Suggestion(
                facility_id=world.desk.office.id,
                complaint_id=2,
                other_id=1,
                reason="similar",
                created_at=world.desk.clock.now,
            )
        )
    world.tap(world.clerk, card, "Saya tangani")
    case = world.clerk.private.last()
    assert "Mungkin sama dengan ADU-2026-0001." in case.text
    world.tap(world.clerk, case, "Gabungkan dengan 0001")
    case = world.find(world.clerk, "Aduan 0002")
    assert "Digabungkan dengan ADU-2026-0001." in case.text
    world.tap(world.clerk, case, "Lainnya")
    world.tap(world.clerk, world.clerk.private.last(), "Pisahkan")
    case = world.find(world.clerk, "Aduan 0002")
    world.tap(world.clerk, case, "Beda dengan 0001")
    assert "0001" not in world.find(world.clerk, "Aduan 0002").text


def test_attachments_are_listed_by_name(world: World) -> None:
    from store.tables import Attachment

    card = world.arrive("loket tutup")
    with world.desk.store.write("test") as db:
        message = db.get_one(Message, 1)
        for name, size in (("wc <kotor>.jpg", 24_000), ("video.mp4", 5_000_000)):
            db.add(
                Attachment(
                    message_id=message.id or 0, name=name, content_type="image/jpeg", size=size
                )
            )
    world.tap(world.clerk, card, "Saya tangani")
    assert "Lampiran: wc <kotor>.jpg (23 KB), video.mp4 (4.8 MB)" in world.clerk.private.last().text


def test_a_message_that_somebody_else_wrote_is_said(world: World) -> None:
    case = world.taken("loket tutup", external_id="a")
    assert "balasan tetap hanya ke pengadu" not in case.text
    world.say(world.clerk, "Loket buka.", reply_to=case)
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    world.desk.later(120)
    part = world.desk.all(ReplyPart)[0].id
    world.desk.arrive("saya juga", sender="lain@contoh.id", answers_part=part)
    world.desk.settle()
    further = world.find(world.clerk, "Pesan susulan")
    assert "Ada pesan dari lain@contoh.id; balasan tetap hanya ke pengadu." in further.text
    world.say(world.clerk, "Loket buka terus.", reply_to=further)
    assert "Kepada: siti@contoh.id" in world.find(world.coordinator, "Konsep ke-2 siap").text
