"""Messages that are no plain text, in the private view; and danger, in the group."""

import pytest

from store.tables import Message
from tests.notifier.conftest import World

NIGHT = 14 * 3600.0


def test_a_voice_note_is_to_be_listened_to(world: World) -> None:
    case = world.taken("", form="voice")
    assert case.text.startswith('Aduan 0001: "[pesan suara]" · 🎧 dengarkan\n')


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("sticker", '"[stiker]"'),
        ("photo", '"[foto]"'),
        ("location", '"[lokasi]"'),
        ("contact", '"[kontak]"'),
        ("reaction", '"[reaksi]"'),
        ("forward", '"[pesan terusan]" · diteruskan'),
        ("unsupported", '"[jenis pesan yang tidak didukung]"'),
    ],
)
def test_what_has_no_words_is_named(world: World, form: str, shown: str) -> None:
    assert shown in world.taken("", form=form).text


def test_words_beside_a_photo_are_enough(world: World) -> None:
    assert world.taken("ini wc nya", form="photo").text.startswith('Aduan 0001: "ini wc nya"\n')


def test_what_was_taken_back_says_so(world: World) -> None:
    case = world.taken("satu", identity="a")
    with world.desk.store.write("test") as db:
        db.get_one(Message, 1).withdrawn_at = world.desk.clock.now
    world.arrive("dua", in_reply_to="a", vouched=True)
    assert case.text
    assert '"satu" · ditarik pengirim (+1 pesan)' in world.find(world.clerk, "Aduan 0001").text


def test_danger_comes_with_a_sound_at_night(world: World) -> None:
    world.desk.clock.forward(NIGHT)
    assert world.arrive("loket tutup").silent
    card = world.arrive("ibu saya pingsan", sender="b@contoh.id")
    assert not card.silent
    assert card.text.startswith("🔴 Darurat · Aduan baru ADU-2026-0002 · letters\n")


def test_a_card_says_how_many_messages_it_stands_for(world: World) -> None:
    world.desk.arrive("satu", identity="a")
    world.desk.arrive("dua", in_reply_to="a", vouched=True)
    world.desk.settle()
    assert world.group.last().text.startswith("Aduan baru ADU-2026-0001 · letters · 2 pesan\n")
