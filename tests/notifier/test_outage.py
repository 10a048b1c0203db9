"""Telegram holds us off, is away, refuses us, or gives our taps to another program."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from channels.errors import AuthFailed, Transient
from notifier.client import TelegramClient
from notifier.outage import CONFLICTS, Outage
from pipeline import chathealth, posting
from pipeline.chathealth import Trouble, Why
from pipeline.pace import LONGEST_ASKED
from simulator.faults import DROP_AFTER_COMMIT, DROP_BEFORE_COMMIT, Refuse, Silence, TooMany
from store import leases
from store.leases import Grant, LeaseLost
from store.states import SendState
from store.tables import Lease, Post
from tests.notifier.conftest import World, until

HOURS = 5 * 3600


def listening_trouble(world: World) -> Trouble | None:
    with world.desk.store.read() as db:
        return chathealth.listening_trouble(db, world.client.bot_id)


def chat_trouble(world: World) -> Trouble | None:
    with world.desk.store.read() as db:
        return chathealth.chat_trouble(db, world.desk.office.id)


def sent(world: World, method: str = "sendMessage", **wanted: Any) -> int:
    entries = world.telegram.journal.entries(method=method)
    return sum(wanted.items() <= dict(entry.params).items() for entry in entries)


def to_group(call: Any) -> bool:
    return int(call.params["chat_id"]) == -100


@pytest.mark.parametrize("wait", [37, HOURS])
def test_a_group_held_off_keeps_its_order_and_holds_nobody_else(world: World, wait: int) -> None:
    world.faults.add(TooMany(wait), method="sendMessage", where=to_group)
    world.desk.arrive("loket tutup")
    world.desk.settle()
    wrong = chat_trouble(world)
    assert wrong is not None
    assert wrong.why is Why.BUSY
    world.desk.arrive("obat habis", sender="b@contoh.id")
    asked = sent(world)
    world.say(world.clerk, "/bantuan")  # a private chat does not wait for the group
    assert "/catat ISI" in world.clerk.private.last().text
    for _ in range(10):
        world.desk.later((wait - 2) / 10)
    assert sent(world) == asked + 1
    world.desk.later(2)
    world.desk.later(world.ctx.settings.card_seconds)
    cards = [it.text.splitlines()[0] for it in world.group.messages()]
    assert [text[:26] for text in cards] == [
        "Aduan baru ADU-2026-0001 ·",
        "Aduan baru ADU-2026-0002 ·",
    ]
    assert chat_trouble(world) is None


def test_a_wait_beyond_a_day_is_not_believed(world: World) -> None:
    world.faults.add(TooMany(10**8), method="sendMessage", where=to_group)
    world.desk.arrive("loket tutup")
    world.desk.settle()
    world.desk.later(LONGEST_ASKED)
    assert "ADU-2026-0001" in world.group.last().text


def test_a_person_held_off_holds_up_neither_the_group_nor_others(world: World) -> None:
    world.faults.add(
        TooMany(50), method="sendMessage", where=lambda call: int(call.params["chat_id"]) == 11
    )
    world.say(world.clerk, "/bantuan")
    world.say(world.clerk, "/daftar")
    world.arrive("loket tutup")
    world.say(world.head, "/bantuan")
    assert "/catat ISI" in world.head.private.last().text
    assert [it for it in world.clerk.private.messages() if it.from_bot] == []
    world.desk.later(50)
    said = [it.text for it in world.clerk.private.messages() if it.from_bot]
    assert ["/catat ISI" in said[0], "Aduan terbuka" in said[1]] == [True, True]


def test_an_edit_held_off_comes_later_and_a_new_card_waits_with_it(world: World) -> None:
    card = world.arrive("loket tutup")
    world.faults.add(TooMany(40), method="editMessageText", where=to_group)
    world.tap(world.clerk, card, "Saya tangani")
    world.desk.arrive("obat habis", sender="b@contoh.id")
    world.desk.later(30)
    assert len(world.group.messages()) == 1
    world.desk.later(10)
    world.desk.later(world.ctx.settings.card_seconds)
    first, second = world.group.messages()
    assert "Ditangani Petugas 11" in first.text
    assert "ADU-2026-0002" in second.text


def test_a_hold_is_learnt_anew_after_a_restart_and_nothing_is_lost(world: World) -> None:
    world.faults.add(TooMany(600), method="sendMessage", where=to_group, times=2)
    world.desk.arrive("loket tutup")
    world.desk.settle()
    from dataclasses import replace

    from pipeline.pace import Pace

    world.desk.ctx = replace(world.desk.ctx, pace=Pace())
    world.desk.later(600)
    assert world.group.messages() == ()
    world.desk.later(600)
    assert "ADU-2026-0001" in world.group.last().text


def test_a_tap_held_off_is_decided_all_the_same(world: World) -> None:
    card = world.arrive("loket tutup")
    world.faults.add(TooMany(30), method="answerCallbackQuery")
    world.clerk.tap(world.group, card.id, "Saya tangani")
    world.settle()
    assert world.desk.complaint().taken_by == world.desk.staff["clerk"].id


def test_listening_waits_as_long_as_it_is_asked_to(still: World) -> None:
    still.faults.add(TooMany(3), method="getUpdates")
    with still.listening():
        still.telegram.journal.wait(lambda entry: entry.method == "getUpdates")
        until(lambda: sent(still, "getUpdates") > 1)
        first, second = still.telegram.journal.entries(method="getUpdates")[:2]
        assert first.outcome.startswith("fault")
        until(lambda: listening_trouble(still) is None)
        assert second.seq > first.seq


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Refuse(500), Why.SILENT),
        (Refuse(502), Why.SILENT),
        (DROP_BEFORE_COMMIT, Why.SILENT),
        (DROP_AFTER_COMMIT, Why.SILENT),
    ],
)
def test_a_card_goes_out_once_telegram_answers_again(world: World, fault: Any, why: Why) -> None:
    world.faults.add(fault, method="sendMessage", times=3)
    world.desk.arrive("loket tutup")
    world.desk.settle()
    began = world.desk.clock.now
    wrong = chat_trouble(world)
    assert wrong == Trouble(began, why)
    world.desk.later(2)
    wrong = chat_trouble(world)
    assert wrong is not None
    assert wrong.since == began  # the first failure dates it
    for _ in range(4):
        world.desk.later(10)
    assert "ADU-2026-0001" in world.group.last().text
    assert chat_trouble(world) is None


def test_silence_is_no_reason_to_give_up(still: World) -> None:
    still.faults.add(Silence(30), method="sendMessage")
    client = TelegramClient(still.telegram.token, still.telegram.url)
    with pytest.raises(Exception, match="Jawaban Telegram"):
        client._settle(
            client._begin("sendMessage", {"chat_id": -100, "text": "x"}, read_timeout=0.2), {}
        )
    client.close()


@pytest.mark.parametrize("base", ["https://127.0.0.1:1", "http://tak-ada.invalid"])
def test_no_way_to_telegram_is_told_from_its_silence(still: World, base: str) -> None:
    client = TelegramClient(still.telegram.token, base)
    with pytest.raises(Transient) as caught:
        client.call("getMe")
    assert chathealth.why(caught.value) is Why.AWAY
    client.close()


def test_tls_that_does_not_hold_is_told_as_away(still: World) -> None:
    client = TelegramClient(still.telegram.token, still.telegram.url.replace("http://", "https://"))
    with pytest.raises(Transient) as caught:
        client.call("getMe")
    assert chathealth.why(caught.value) is Why.AWAY
    client.close()


def test_a_revoked_token_is_kept_until_it_is_mended(still: World) -> None:
    assert still.client.username
    token, still.telegram.token = still.telegram.token, "123456:other"
    still.desk.arrive("loket tutup")
    still.desk.settle()
    wrong = chat_trouble(still)
    assert wrong is not None
    assert wrong.why is Why.TOKEN
    with still.listening():
        until(lambda: listening_trouble(still) is not None)
    heard = listening_trouble(still)
    assert heard is not None
    assert heard.why is Why.TOKEN
    still.telegram.token = token
    still.restart()
    still.desk.later(300)
    assert "ADU-2026-0001" in still.group.last().text
    with still.listening():
        until(lambda: listening_trouble(still) is None)


def listens(still: World, holder: str = "test") -> Grant:
    """Whoever listened before has been silent for long."""
    with still.desk.store.write("test") as db:
        db.execute(update(Lease).values(expires=0.0))
        grant = leases.acquire(db, f"bot:{still.client.bot_id}", holder, 30.0)
    assert grant is not None
    return grant


def test_another_program_on_the_same_bot_is_told_to_the_coordinators_once(still: World) -> None:
    outage, grant = Outage(still.ctx, still.client.bot_id), listens(still)
    for _ in range(3 * CONFLICTS):
        outage.failed(grant, Transient("x", detail="409"))
        still.desk.clock.forward(60)
        outage.worked(grant)  # the other one was just not looking
    heard = listening_trouble(still)
    assert heard is not None
    assert heard.why is Why.CONFLICT
    still.desk.settle()
    [told] = [it.text for it in still.coordinator.private.messages() if it.from_bot]
    assert "program lain yang memakai bot ini" in told
    still.desk.clock.now += timedelta(minutes=11)
    outage.worked(grant)
    assert listening_trouble(still) is None


def test_two_starts_that_overlap_alarm_nobody(still: World) -> None:
    outage, grant = Outage(still.ctx, still.client.bot_id), listens(still)
    outage.failed(grant, Transient("x", detail="409"))
    still.desk.clock.now += timedelta(minutes=11)
    outage.worked(grant)
    still.desk.settle()
    assert listening_trouble(still) is None
    assert still.desk.all(Post) == []


def test_a_long_outage_is_told_when_it_is_over(still: World) -> None:
    outage, grant = Outage(still.ctx, still.client.bot_id), listens(still)
    outage.worked(grant)
    outage.failed(grant, Transient("x"))
    still.desk.clock.now += timedelta(hours=3)
    outage.failed(grant, AuthFailed("x"))
    outage.worked(grant)
    outage.worked(grant)
    still.desk.settle()
    [told] = [it.text for it in still.coordinator.private.messages() if it.from_bot]
    assert told.startswith("Telegram tersambung lagi sesudah 180 menit")


def test_a_webhook_that_another_program_set_is_taken_away(still: World) -> None:
    still.faults.add(Refuse(409), method="getUpdates")
    with still.listening():
        still.say(still.clerk, "/bantuan")
    assert sent(still, "deleteWebhook") == 2


def test_nothing_is_given_up_of_the_groups_while_telegram_is_away(world: World) -> None:
    rule = world.faults.add(Refuse(503), method="sendMessage", times=None)
    world.desk.arrive("loket tutup")
    for _ in range(30):
        world.desk.later(300)
    assert rule.seen > 20
    assert {post.state for post in world.desk.all(Post)} == {SendState.PENDING}
    world.faults.clear()
    world.desk.later(300)
    assert "ADU-2026-0001" in world.group.last().text
    assert posting.post_due(world.ctx) is None


def test_one_that_wakes_late_says_nothing_about_who_listens_now(still: World) -> None:
    late = listens(still, "slept")
    now = listens(still, "listens")
    with pytest.raises(LeaseLost):
        Outage(still.ctx, still.client.bot_id).failed(late, Transient("x"))
    assert listening_trouble(still) is None
    # Nor is all well because it was, for him, before he slept.
    other = Outage(still.ctx, still.client.bot_id)
    other.worked(now)
    Outage(still.ctx, still.client.bot_id).failed(now, Transient("x"))
    with pytest.raises(LeaseLost):
        Outage(still.ctx, still.client.bot_id).worked(late)
    assert listening_trouble(still) is not None
    other.begin()
    other.worked(now)
    assert listening_trouble(still) is None
