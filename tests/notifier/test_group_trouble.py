"""The team's group moves, shuts the bot up, throws it out or is deleted: cards wait, and those
who lead the desk are told what to do.
"""

from collections.abc import Callable

import pytest

from pipeline import chathealth
from pipeline.chathealth import Trouble, Why
from store.states import SendState, Status
from store.tables import Post
from tests.notifier.conftest import World
from tests.notifier.test_sample_chat import labels


def trouble(world: World) -> Trouble | None:
    with world.desk.store.read() as db:
        return chathealth.chat_trouble(db, world.desk.office.id)


def cards(world: World) -> list[str]:
    return [it.text for it in world.group.messages() if it.from_bot]


def wait_a_minute(world: World) -> None:
    world.desk.later(60)
    world.settle()


def test_taps_on_cards_in_the_old_group_still_count(world: World) -> None:
    card = world.arrive("loket tutup")
    old, world.group = world.group, world.group.migrate()
    world.settle()
    assert world.tap(world.clerk, card, "Saya tangani") == "Baik."
    assert world.desk.complaint().taken_by == world.desk.staff["clerk"].id
    assert world.find(world.clerk, "Aduan 0001")
    assert world.arrive("obat habis", sender="b@contoh.id").chat_id == world.group.id != old.id
    assert trouble(world) is None
    assert all(post.wanted == post.shown for post in world.desk.all(Post))


def test_a_redraw_in_the_old_group_tells_where_it_moved(still: World) -> None:
    card = still.arrive("loket tutup")
    moved = still.group.migrate()
    still.telegram.world.updates.clear()
    still.clerk.press(still.group.id, card.id, card.buttons[0].data)
    with still.listening():
        still.settle()
    assert [row.chat_id for row in still.groups()] == [moved.id]


@pytest.mark.parametrize("first", ["from", "to", "card"])
def test_a_move_is_followed_whoever_tells_of_it(still: World, first: str) -> None:
    moved = still.group.migrate()
    updates = still.telegram.world.updates
    [to, from_] = [it for _, it in updates._waiting]
    updates.clear()
    if first == "card":
        still.desk.arrive("loket tutup")
        still.desk.settle()
    for update in [from_] if first == "from" else [to, from_]:
        updates.push("message", update["message"])
    with still.listening():
        still.settle()
        still.group = moved
        assert "Aduan baru" in still.arrive("obat habis", sender="b@contoh.id").text
    assert [row.chat_id for row in still.groups()] == [moved.id]


def test_a_new_name_and_new_members_change_nothing(world: World) -> None:
    world.group.rename(world.head, "Tim Aduan 2026")
    world.group.join(world.telegram.world.user(31, "Orang"))
    world.arrive("loket tutup")
    assert len(cards(world)) == 1
    assert world.rows() == []


def restricted(world: World) -> None:
    world.group.restrict_bot(world.head)


def closed(world: World) -> None:
    world.group.close_topic()


def kicked(world: World) -> None:
    world.group.kick_bot(world.head)


def deleted(world: World) -> None:
    world.group.delete()


@pytest.mark.parametrize(
    ("shut", "why", "words"),
    [
        (restricted, Why.RESTRICTED, "tidak boleh menulis di grup tim"),
        (closed, Why.RESTRICTED, "topik umumnya ditutup, buka kembali"),
        (kicked, Why.REMOVED, "Masukkan kembali bot"),
        (deleted, Why.REMOVED, "menunjuk grup lain"),
    ],
)
@pytest.mark.parametrize("noticed_by", ["update", "card"])
def test_cards_wait_and_the_leads_are_told_once(
    still: World, shut: Callable[[World], None], why: Why, words: str, noticed_by: str
) -> None:
    shut(still)
    if noticed_by == "card":
        still.telegram.world.updates.clear()
    with still.listening():
        still.settle()
        for number in range(5):
            still.desk.arrive(f"aduan {number}", sender=f"s{number}@contoh.id")
            still.desk.later(90)
        assert cards(still) == []
        wrong = trouble(still)
        assert wrong is not None
        assert wrong.why is why
        for lead in (still.coordinator, still.head):
            [told] = [it.text for it in lead.private.messages() if it.from_bot]
            assert words in told
        if why is Why.REMOVED and not still.group.chat.deleted:
            still.group.add_bot(still.head)
        elif shut is restricted:
            still.group.add_bot(still.head, status="administrator")
        else:
            still.group.chat.deleted = False
            still.group.chat.members[still.telegram.world.bot.id] = "member"
            still.group.close_topic(closed=False)
        wait_a_minute(still)
        still.desk.later(still.ctx.settings.card_seconds)
        assert trouble(still) is None
        shown = "\n".join(cards(still))
        assert all(f"ADU-2026-{number:04}" in shown for number in range(1, 6))
        assert len(cards(still)) == 2  # the one that waited, and everything since on one


def test_an_old_group_that_is_gone_says_nothing_of_todays(world: World) -> None:
    card = world.arrive("loket tutup")
    old = world.group
    world.group = world.telegram.world.group("Baru", [world.coordinator, world.clerk], bot=True)
    with world.desk.store.write("test") as db:
        [row] = world.groups()
        row.chat_id = world.group.id
        db.merge(row)
    old.kick_bot(world.head)
    query = world.clerk.press(old.id, card.id, card.buttons[0].data)
    world.settle()
    assert world.telegram.world.answer(query)["text"] == "Baik."
    assert [row.broken for row in world.groups()] == [""]
    assert all(post.wanted == post.shown for post in world.desk.all(Post))


def test_the_bot_leaves_a_strangers_group_also_when_it_is_spoken_to_there(world: World) -> None:
    other = world.telegram.world.group("Lain", [world.clerk], bot=True)
    world.telegram.world.updates.clear()
    world.clerk.say(other, "/daftar")
    world.settle()
    world.telegram.journal.wait(lambda entry: entry.method == "leaveChat")
    assert other.chat.members[world.telegram.world.bot.id] == "left"
    assert world.clerk.private.last().text == "Tidak ada aduan terbuka."


def test_a_person_who_blocks_the_bot_is_told_of_to_the_leads(world: World) -> None:
    world.clerk.block()
    world.settle()
    for lead in (world.coordinator, world.head):
        assert "Petugas 11 memblokir bot" in lead.private.last().text
    world.coordinator.user.blocked = True  # and nobody told us
    world.arrive("loket tutup")
    with world.desk.store.write("test") as db:
        chathealth.tell_leads(db, world.desk.office.id, world.desk.clock.now, "dropped")
    world.desk.settle()
    assert "Petugas 12 memblokir bot" in world.head.private.last().text


def test_privacy_mode_takes_nothing_that_is_needed(still: World) -> None:
    still.telegram.world.sees_all = False
    with still.listening():
        card = still.arrive("loket tutup")
        assert still.tap(still.clerk, card, "Saya tangani") == "Baik."
        still.clerk.say(still.group, "/daftar")
        still.settle()
        assert "Aduan terbuka: 1" in still.clerk.private.last().text


def test_a_card_that_cannot_be_drawn_goes_out_plainly_and_stops_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from notifier import card_view

    def broken(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(card_view, "_single", broken)
        world.desk.arrive("loket tutup")
        world.desk.settle()
        for _ in range(8):
            world.desk.later(40)
        assert cards(world) == [
            "Aduan ADU-2026-0001\n"
            "Kartu lengkapnya tidak dapat ditampilkan. Kirim /daftar kepada bot."
        ]
    assert world.desk.complaint().alerted_at is not None
    assert "Aduan baru ADU-2026-0002" in world.arrive("obat", sender="b@contoh.id").text
    world.say(world.clerk, "/daftar")
    world.tap(world.clerk, world.clerk.private.last(), "Saya tangani 0001")
    assert world.desk.complaint().status is Status.TAKEN
    [whole, _] = world.group.messages()
    assert whole.text.startswith("Aduan baru ADU-2026-0001")  # drawn anew once it can be
    assert labels(whole) == ["Buka bot"]


def test_a_card_refused_even_plainly_lets_others_go_first(world: World) -> None:
    from channels.errors import Permanent

    chat = world.ctx.chat
    assert chat is not None
    send, stuck = chat.send, 1

    def refusing(post: Post) -> object:
        if post.id == stuck:
            raise Permanent("x")
        return send(post)

    chat.send = refusing  # type: ignore[method-assign,assignment]
    world.desk.arrive("loket tutup")
    for _ in range(8):
        world.desk.later(40)
    world.desk.arrive("obat habis", sender="b@contoh.id")
    world.desk.later(world.ctx.settings.card_seconds)
    assert len(cards(world)) == 1
    assert "ADU-2026-0002" in cards(world)[0]
    stuck = 0
    world.desk.later(400)
    assert any("ADU-2026-0001" in text for text in cards(world))
    assert {post.state for post in world.desk.all(Post)} == {SendState.ACCEPTED}
