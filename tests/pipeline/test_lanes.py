"""Work on the gateways goes on side by side: who hangs, is throttled or broken delays nobody."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from channels.errors import Transient
from channels.message import OutboundReply
from pipeline import replying
from pipeline.lanes import Lanes, ThreadLanes
from store.states import SendState
from store.tables import Complaint, ReplyPart
from tests.doubles import ChatChannel
from tests.pipeline.chat_desk import chat_desk, gateway, second_account
from tests.pipeline.conftest import Desk

PATIENCE = 30.0


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Desk, ChatChannel]]:
    """An answer is due by each of two accounts; the second is healthy."""
    with chat_desk(tmp_path) as one:
        healthy = ChatChannel(account="sms")
        account = second_account(one, healthy)
        for number, sender in enumerate(("siti@contoh.id", "budi@contoh.id"), 1):
            one.arrive("loketnya tutup", sender)
            one.settle()
            if number == 2:
                with one.store.write("test") as db:
                    case = db.exec(select(Complaint).where(Complaint.serial == 2)).one()
                    case.account_id = account
            one.answered("Sudah buka.", number)
        one.clock.forward(120)
        yield one, healthy


def states(one: Desk) -> list[SendState]:
    return [part.state for part in one.all(ReplyPart)]


def test_one_that_hangs_delays_no_other(two: tuple[Desk, ChatChannel]) -> None:
    one, healthy = two
    hangs, goes_on = threading.Event(), threading.Event()

    def hang(_out: OutboundReply) -> None:
        hangs.set()
        assert goes_on.wait(PATIENCE)

    gateway(one).fault = hang
    woken = threading.Event()
    lanes = ThreadLanes(woken.set)
    one.ctx = replace(one.ctx, lanes=lanes)
    try:
        assert replying.reply_due(one.ctx) is None  # both are at it, and say when they are done
        assert hangs.wait(PATIENCE)
        assert woken.wait(PATIENCE)
        until(lambda: not lanes.is_open(one.office.accounts["sms"]))
        assert states(one) == [SendState.SENDING, SendState.ACCEPTED]
        # What comes meanwhile leaves too, and the lane that hangs is left alone.
        replying.reply_due(one.ctx)
        assert len(healthy.sent) == 1
        assert lanes.is_open(one.office.accounts["hotline"])
        lanes.stop()
        assert lanes.join(time.monotonic()) == [f"lane-{one.office.accounts['hotline']}"]
    finally:
        goes_on.set()
    assert lanes.join(time.monotonic() + PATIENCE) == []
    assert states(one) == [SendState.ACCEPTED] * 2
    assert len(gateway(one).sent) == 1


def test_one_that_is_throttled_delays_no_other(two: tuple[Desk, ChatChannel]) -> None:
    one, healthy = two

    def throttled(_out: OutboundReply) -> None:
        raise Transient("nanti", retry_after=3600)

    gateway(one).fault = throttled
    due = replying.reply_due(one.ctx)
    assert states(one) == [SendState.PENDING, SendState.ACCEPTED]
    assert due is not None
    assert (due - one.clock.now).total_seconds() == 10  # the other is asked how far it got
    assert len(healthy.sent) == 1


def test_one_that_is_not_configured_rests_and_delays_no_other(
    two: tuple[Desk, ChatChannel],
) -> None:
    one, healthy = two
    assert isinstance(one.office.channels, dict)
    hotline = one.office.channels.pop("hotline")
    replying.reply_due(one.ctx)
    assert len(healthy.sent) == 1
    one.office.channels["hotline"] = hotline
    replying.reply_due(one.ctx)
    assert gateway(one).sent == []
    one.clock.forward(300)
    replying.reply_due(one.ctx)
    assert len(gateway(one).sent) == 1


def test_an_account_has_one_lane_which_looks_again_before_it_ends() -> None:
    lanes = ThreadLanes(lambda: None)
    at_it, goes_on = threading.Event(), threading.Event()
    turns: list[str] = []
    due = ["satu"]

    def step() -> bool:
        turns.append(threading.current_thread().name)
        if not due:
            return False
        due.pop()
        at_it.set()
        assert goes_on.wait(PATIENCE)
        return True

    lanes.open(7, step)
    assert at_it.wait(PATIENCE)
    due.append("dua")
    lanes.open(7, step)
    goes_on.set()
    assert lanes.join(time.monotonic() + PATIENCE) == []
    assert due == []
    assert set(turns) == {"lane-7"}
    assert not lanes.is_open(7)


def test_there_are_only_so_many_and_who_waits_gets_a_turn() -> None:
    woken = threading.Event()
    lanes = ThreadLanes(woken.set, most=1, turn=0.0)
    done: list[int] = []

    def endless() -> bool:
        done.append(1)
        time.sleep(0.001)
        return True

    lanes.open(1, endless)
    until(lambda: done)
    lanes.open(2, endless)
    assert not lanes.is_open(2)
    assert woken.wait(PATIENCE)  # the first gave its place up, and the stage looks again
    until(lambda: not lanes.is_open(1))
    lanes.open(2, endless)
    assert lanes.is_open(2)
    lanes.stop()
    assert lanes.join(time.monotonic() + PATIENCE) == []
    lanes.open(3, endless)
    assert not lanes.is_open(3)


@pytest.mark.parametrize("broken", [True, False])
def test_one_that_gets_nowhere_does_not_spin(broken: bool) -> None:
    woken: list[int] = []
    lanes = ThreadLanes(lambda: woken.append(1))
    turns: list[int] = []

    def step() -> bool:
        turns.append(1)
        if broken:
            raise RuntimeError("a bug")
        return False

    for _ in range(3):
        lanes.open(1, step)
        lanes.join(time.monotonic() + PATIENCE)
        until(lambda: not lanes.is_open(1))
    assert (len(turns), woken) == (1, [])


def test_without_threads_all_is_done_when_it_returns() -> None:
    lanes = Lanes()
    left = [1, 2, 3]
    lanes.open(1, lambda: bool(left and left.pop()))
    assert left == []
    assert not lanes.is_open(1)
