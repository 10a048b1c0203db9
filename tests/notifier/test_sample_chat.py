"""The sample chat of the procedures, word for word, and what hangs on its buttons."""

import pytest

from store.states import ReplyKind, SendState, Status
from store.tables import Delivery, Reply, ReplyPart
from tests.notifier.conftest import World

WORDS = "antri dr jam 7 smp 11 blm dipanggil"
ANSWER = "Mohon maaf atas antreannya, Bapak/Ibu. Alur antrean sedang kami perbaiki."


def labels(message: object) -> list[str]:
    return [button.text for button in message.buttons]  # type: ignore[attr-defined]


def test_from_the_card_to_the_receipt(world: World) -> None:
    card = world.arrive(WORDS)
    assert card.text.startswith("Aduan baru ADU-2026-0001 · ")
    assert "Lapor tim s.d. " in card.text
    assert " · Jawab s.d. " in card.text
    assert labels(card) == ["Saya tangani", "Buka bot"]
    assert not card.protected
    assert world.tap(world.clerk, card, "Saya tangani") == "Baik."
    assert "Ditangani Petugas 11" in world.group.last().text
    assert labels(world.group.last()) == ["Buka bot"]

    case = world.clerk.private.last()
    assert case.text.startswith(f'Aduan 0001: "{WORDS}"')
    assert case.text.endswith("Silakan tulis balasan, atau")
    assert labels(case) == ["Tanya pengadu", "Lainnya"]
    assert case.protected
    world.say(world.clerk, ANSWER, reply_to=case)
    forwarded = world.clerk.private.last()
    assert forwarded.text.startswith("Konsep ke-1 diteruskan ke koordinator.")

    first = world.coordinator.private.last()
    assert first.text.startswith("Aduan dan konsep ke-1. Tujuan: ")
    assert ", PRIBADI." in first.text
    assert ANSWER in first.text
    assert labels(first) == ["Setujui & kirim", "Minta perbaikan"]
    world.tap(world.coordinator, first, "Minta perbaikan")
    assert labels(world.find(world.coordinator, "Aduan dan konsep ke-1")) == []
    world.say(world.coordinator, '"Sudah" diganti "sedang", ya.')
    note = world.clerk.private.last()
    assert '"Sudah" diganti "sedang", ya.' in note.text
    world.say(world.clerk, ANSWER + " Terima kasih.", reply_to=note)

    assert "Konsep ke-2 siap, Dok." in world.coordinator.private.last().text
    world.say(world.coordinator, "/setujui 0001")
    shown = world.coordinator.private.last()
    assert labels(shown) == ["Setujui & kirim", "Minta perbaikan"]
    assert ANSWER + " Terima kasih." in shown.text
    world.tap(world.coordinator, shown, "Setujui & kirim")
    approved = world.coordinator.private.last()
    assert approved.text.startswith("✅ Konsep ke-2 disetujui ")
    assert ", dikirim " in approved.text
    assert labels(approved) == ["Batal kirim"]
    assert world.desk.letters.sent == []

    world.desk.later(120)
    [sent] = world.desk.letters.sent
    assert sent.text == ANSWER + " Terima kasih."
    assert world.coordinator.private.last().text.startswith("📨 Diterima gateway ")
    assert labels(world.find(world.coordinator, "✅ Konsep ke-2")) == ["Kirim ralat"]
    assert "Status: dijawab" in world.group.last().text


def test_coordinator_then_head(world_of_two: World) -> None:
    world = world_of_two
    world.say(world.clerk, ANSWER, reply_to=world.taken(WORDS))
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    assert "diteruskan ke kepala Puskesmas" in world.coordinator.private.last().text
    asked = world.head.private.last()
    world.tap(world.head, asked, "Setujui & kirim")
    world.desk.later(120)
    assert len(world.desk.letters.sent) == 1


def test_whose_step_it_is_not_is_refused(world_of_two: World) -> None:
    world = world_of_two
    world.say(world.clerk, ANSWER, reply_to=world.taken(WORDS))
    world.say(world.head, "/setujui 1")
    shown = world.head.private.last()
    assert "Menunggu persetujuan koordinator." in shown.text
    assert labels(shown) == []
    [reply] = world.desk.all(Reply)
    query = world.head.press(world.head.id, shown.id, f"approve:{reply.id}:{reply.digest[:16]}")
    world.settle()
    answer = world.telegram.world.answer(query)["text"]
    assert answer == "Sekarang giliran koordinator yang menyetujui."


def test_a_button_of_an_older_version_is_void(world: World) -> None:
    case = world.taken(WORDS)
    world.say(world.clerk, "Satu.", reply_to=case)
    old = world.coordinator.private.last()
    data = old.buttons[0].data
    world.say(world.clerk, "Dua.", reply_to=case)
    query = world.coordinator.press(world.coordinator.id, old.id, data)
    world.settle()
    answer = world.telegram.world.answer(query)["text"]
    assert answer == "Konsep ini tidak berlaku lagi; terbaru: konsep ke-2."
    assert all(part.state is not SendState.PENDING for part in world.desk.all(ReplyPart))


def test_a_second_tap_does_nothing(world: World) -> None:
    world.say(world.clerk, ANSWER, reply_to=world.taken(WORDS))
    asked = world.coordinator.private.last()
    data = asked.buttons[0].data
    world.tap(world.coordinator, asked, "Setujui & kirim")
    query = world.coordinator.press(world.coordinator.id, asked.id, data)
    world.settle()
    assert world.telegram.world.answer(query)["text"] == "Konsep ini sudah disetujui."
    world.desk.later(120)
    assert len(world.desk.letters.sent) == 1


def test_undo_and_submit_again(world: World) -> None:
    world.say(world.clerk, ANSWER, reply_to=world.taken(WORDS))
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    world.tap(world.coordinator, world.coordinator.private.last(), "Batal kirim")
    undone = world.clerk.private.last()
    assert undone.text.startswith("Konsep ke-1 dibatalkan dan tidak dikirim.")
    assert "dibatalkan" in world.find(world.coordinator, "✅ Konsep ke-1").text
    world.desk.later(3600)
    assert world.desk.letters.sent == []
    world.tap(world.clerk, undone, "Ajukan lagi")
    assert "Konsep ke-2 siap" in world.coordinator.private.last().text


def test_a_correction_is_approved_again(world: World) -> None:
    world.say(world.clerk, ANSWER, reply_to=world.taken(WORDS))
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    world.desk.later(120)
    world.tap(world.clerk, world.find(world.clerk, "✅ Konsep ke-1"), "Kirim ralat")
    world.say(world.clerk, "Ralat: antrean dibuka jam 7.")
    asked = world.coordinator.private.last()
    assert "Ini ralat atas balasan sebelumnya." in asked.text
    world.tap(world.coordinator, asked, "Setujui & kirim")
    world.desk.later(120)
    assert [sent.text for sent in world.desk.letters.sent] == [
        ANSWER,
        "Ralat: antrean dibuka jam 7.",
    ]


def test_asking_the_complainant(world: World) -> None:
    world.tap(world.clerk, world.taken(WORDS), "Tanya pengadu")
    world.say(world.clerk, "Di loket mana, Bapak/Ibu?")
    [reply] = world.desk.all(Reply)
    assert reply.kind is ReplyKind.QUESTION
    asked = world.coordinator.private.last()
    assert "Ini pertanyaan kepada pengadu" in asked.text
    world.tap(world.coordinator, asked, "Setujui & kirim")
    world.desk.later(120)
    assert world.desk.complaint().status is Status.AWAITING_COMPLAINANT


@pytest.mark.parametrize(
    ("there", "back", "status"),
    [
        ("Bukan aduan", "Kembalikan", Status.SET_ASIDE),
        ("Tutup", "Buka kembali", Status.CLOSED),
    ],
)
def test_more_and_back_again(world: World, there: str, back: str, status: Status) -> None:
    case = world.taken(WORDS)
    world.tap(world.clerk, case, "Lainnya")
    menu = world.clerk.private.last()
    assert labels(menu) == ["Bukan aduan", "Tutup"]
    world.tap(world.clerk, menu, there)
    assert world.desk.complaint().status is status
    redrawn = world.find(world.clerk, "Pilihan untuk ADU-2026-0001")
    assert back in labels(redrawn)
    world.tap(world.clerk, redrawn, back)
    assert world.desk.complaint().status is Status.TAKEN


def test_a_person_carries_the_answer_of_what_was_typed_in(world: World) -> None:
    world.say(world.clerk, "/catat Obat habis, disuruh beli di luar.")
    world.tap(world.clerk, world.clerk.private.last(), "WhatsApp")
    case = world.clerk.private.last()
    assert case.text.startswith("Tercatat dengan nomor ADU-2026-0001.")
    assert "Obat habis, disuruh beli di luar." in case.text
    world.desk.later(10)
    assert world.group.last().text.startswith("Aduan baru ADU-2026-0001 · WhatsApp")
    world.say(world.clerk, "Stok obat datang Senin.", reply_to=case)
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    copy = world.clerk.private.last()
    assert copy.text.endswith("Stok obat datang Senin.")
    assert "manual:" not in copy.text
    assert labels(copy) == ["Sudah dikirim"]
    world.tap(world.clerk, copy, "Sudah dikirim")
    assert world.desk.complaint().status is Status.ANSWERED


def test_catat_alone_asks_first_and_takes_a_paste_in_pieces(world: World) -> None:
    world.say(world.clerk, "/catat@tanggap_bot")
    world.say(world.clerk, "bagian satu")
    assert labels(world.clerk.private.last())[:2] == ["WhatsApp", "Telepon"]
    world.say(world.clerk, "bagian dua")
    asked = world.clerk.private.last()
    world.tap(world.clerk, asked, "Kotak saran")
    assert '"bagian satu\nbagian dua"' in world.clerk.private.last().text
    query = world.clerk.press(world.clerk.id, asked.id, "medium:0:box")
    world.settle()
    assert "tidak ada yang berubah" in world.telegram.world.answer(query)["text"]
    assert len(world.desk.all(Delivery)) == 1


def test_catat_can_be_dropped(world: World) -> None:
    world.say(world.clerk, "/catat salah ketik")
    toast = world.tap(world.clerk, world.clerk.private.last(), "Batal")
    assert toast == "Dibatalkan; tidak ada yang dicatat."
    assert labels(world.clerk.private.last()) == []
    assert world.desk.all(Delivery) == []
