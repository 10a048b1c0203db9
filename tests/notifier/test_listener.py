"""No tap is lost and none counts twice, whatever dies in between."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session

from notifier.dispatch import Dispatcher
from notifier.listener import Listener
from notifier.outcome import Outcome
from pipeline.ports import DeskSettings
from simulator.faults import DROP_AFTER_COMMIT, DROP_BEFORE_COMMIT, Refuse, TooMany
from store import leases
from store.states import Status, UpdateState
from store.tables import Lease, Update
from tests.notifier.conftest import World, until


def asked(world: World) -> list[dict[str, Any]]:
    return [dict(entry.params) for entry in world.telegram.journal.entries(method="getUpdates")]


def test_an_update_is_stored_before_telegram_may_forget_it(world: World) -> None:
    world.say(world.clerk, "/bantuan")
    [row] = world.rows()
    assert row.state is UpdateState.PROCESSED
    assert json.loads(row.raw)["message"]["text"] == "/bantuan"
    polls = asked(world)
    assert "offset" not in polls[0]
    assert str(row.update_id + 1) in [str(poll.get("offset")) for poll in polls]
    assert json.loads(polls[0]["allowed_updates"]) == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    ]
    assert world.telegram.journal.entries(method="deleteWebhook")


def test_the_groups_own_talk_is_not_kept(world: World) -> None:
    message = world.clerk.say(world.group, "siapa piket besok?")
    world.clerk.edit(world.group, message, "siapa piket lusa?")
    world.clerk.say(world.group, "/daftar@bot_lain")
    world.clerk.say(world.group, "/daftar")
    world.settle()
    texts = [json.loads(row.raw)["message"]["text"] for row in world.rows()]
    assert texts == ["/daftar"]
    assert world.clerk.private.last().text == "Tidak ada aduan terbuka."


def test_what_a_crash_left_behind_is_done_first(still: World) -> None:
    card = still.arrive("loket tutup")
    query = still.clerk.tap(still.group, card.id, "Saya tangani")
    [update] = still.client.get_updates(None, 0, ["callback_query"])
    with still.desk.store.write("test") as db:
        db.add(
            Update(
                bot_id=still.client.bot_id,
                update_id=update["update_id"],
                raw=json.dumps(update),
                received_at=still.desk.clock.now,
            )
        )
    # Telegram still has it and delivers it again: the key makes it once.
    with still.listening():
        still.settle()
        assert still.telegram.world.answer(query)["text"] == "Baik."
    assert still.desk.complaint().status is Status.TAKEN
    assert len(still.rows()) == 1
    cases = [it for it in still.clerk.private.messages() if it.from_bot]
    assert len(cases) == 1


def test_ids_that_start_anew_are_seen(still: World) -> None:
    still.desk.ctx = replace(still.desk.ctx, settings=DeskSettings(lease_seconds=4))
    with still.listening():
        still.say(still.clerk, "/bantuan")
        still.desk.clock.forward(8 * 86_400)
        # The long poll under way was asked before the quiet week and ends empty.
        still.say(still.clerk, "/daftar")
    first, second = still.rows()
    assert second.update_id < first.update_id
    assert second.state is UpdateState.PROCESSED


class Stumbling(Dispatcher):
    """Has a bug in one kind of update."""

    def process(self, db: Session, now: Any, row: Update, username: str = "") -> Outcome:
        if "/rusak" in row.raw:
            outcome = super().process(db, now, row, username)
            raise ZeroDivisionError(outcome)
        return super().process(db, now, row, username)


def test_a_bug_in_one_update_does_not_stop_the_others(
    still: World, capsys: pytest.CaptureFixture[str]
) -> None:
    listener = Listener(still.ctx, still.client, Stumbling(still.ctx.offices))
    with still.listening(listener):
        still.clerk.say(still.clerk.private, "/rusak rahasia")
        still.say(still.clerk, "/bantuan")
    bad, good = still.rows()
    assert (bad.state, bad.attempts, bad.error) == (UpdateState.FAILED, 3, "ZeroDivisionError")
    assert good.state is UpdateState.PROCESSED
    texts = [it.text for it in still.clerk.private.messages() if it.from_bot]
    assert len(texts) == 2  # nothing of the failed attempts was kept
    assert "gagal diproses" in texts[0]
    assert "rahasia" not in str(capsys.readouterr())


@pytest.mark.parametrize(
    "fault", [DROP_BEFORE_COMMIT, DROP_AFTER_COMMIT, Refuse(500), Refuse(409), TooMany(1)]
)
def test_trouble_with_the_line_ends(still: World, fault: Any) -> None:
    still.faults.add(fault, method="getUpdates", times=1)
    with still.listening():
        still.say(still.clerk, "/bantuan")
    assert "/catat ISI" in still.clerk.private.last().text


def test_a_second_listener_waits_for_the_lease(world: World) -> None:
    world.say(world.clerk, "/bantuan")
    other = Listener(world.ctx, world.client)
    assert other._acquire() is None
    with world.desk.store.read() as db:
        assert leases.holder_of(db, f"bot:{world.client.bot_id}") is not None


def test_whoever_lost_the_lease_keeps_nothing_and_asks_for_it_again(still: World) -> None:
    settings = DeskSettings(lease_seconds=4)
    still.desk.ctx = replace(still.desk.ctx, settings=settings)
    with still.listening():
        still.say(still.clerk, "/bantuan")
        with still.desk.store.write("test") as db:
            lease = db.get_one(Lease, f"bot:{still.client.bot_id}")
            lease.holder, lease.fence, lease.expires = "thief", lease.fence + 1, time.time() + 2
        still.clerk.say(still.clerk.private, "/daftar")
        time.sleep(0.3)
        assert len(still.rows()) == 1
        until(lambda: len(still.rows()) == 2)
        still.settle()
    assert still.clerk.private.last().text == "Tidak ada aduan terbuka."


def test_it_stops_at_once_and_lets_the_next_one_in(still: World) -> None:
    with still.listening():
        still.telegram.journal.wait(lambda entry: entry.method == "getUpdates")
        started = time.monotonic()
    assert time.monotonic() - started < 3
    with still.desk.store.read() as db:
        assert leases.holder_of(db, f"bot:{still.client.bot_id}") is None


def test_the_long_poll_ends_well_before_the_lease(world: World) -> None:
    world.say(world.clerk, "/bantuan")
    assert all(int(poll["timeout"]) <= 14 for poll in asked(world))
