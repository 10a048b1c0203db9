"""What the desk says by itself leaves by the same lane, once, and what is in doubt stays so."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.base import AfterCrash
from channels.errors import (
    Ambiguous,
    AuthFailed,
    ChannelError,
    OptedOut,
    Permanent,
    Transient,
)
from channels.message import DeliveryState, OutboundReply, Receipt, RouteKind, StatusUpdate
from pipeline import inbound, receipts, replying
from store.states import AutoReplyKind, SendState
from store.tables import AutoReply, Complaint, Contact, Post, ReplyPart
from tests.doubles import ChatChannel
from tests.pipeline.chat_desk import chat_desk, gateway
from tests.pipeline.conftest import Desk
from tests.pipeline.test_replying import PowerCut


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Desk]:
    with chat_desk(tmp_path) as made:
        made.arrive("loketnya tutup", identity="a")
        made.settle()
        assert made.all(AutoReply) == []
        yield made


def add(one: Desk, kind: AutoReplyKind = AutoReplyKind.OPT_IN, **fields: object) -> int:
    """It is due now; its id."""
    with one.store.write("test.add", facility=one.office.id) as db:
        contact = db.get_one(Contact, 1)
        values = {
            "facility_id": one.office.id,
            "account_id": one.office.accounts["hotline"],
            "contact_id": contact.id,
            "kind": kind,
            "key": f"{kind}:{len(one.all(AutoReply))}",
            "recipient": contact.address,
            "due_at": one.clock.now,
            "created_at": one.clock.now,
        }
        row = AutoReply(**{**values, **fields})  # type: ignore[arg-type]
        db.add(row)
        db.flush()
        return row.id or 0


def row(one: Desk, id_: int = 1) -> AutoReply:
    [found] = [it for it in one.all(AutoReply) if it.id == id_]
    assert isinstance(found, AutoReply)
    return found


def says(error: BaseException) -> Callable[[OutboundReply], None]:
    def fault(_out: OutboundReply) -> None:
        raise error

    return fault


def expired(one: Desk) -> None:
    with one.store.write("test") as db:
        db.connection().exec_driver_sql("UPDATE auto_reply SET lease = 1 WHERE lease > 0")
    replying.expire(one.ctx)


def test_it_leaves_in_the_words_of_the_moment_and_is_marked(chat: Desk) -> None:
    add(chat)
    chat.settle()
    [out] = gateway(chat).sent
    assert (out.part, out.automatic, out.route) == (1, True, RouteKind.PRIVATE)
    assert out.since == chat.clock.now
    assert out.text == row(chat).text != ""
    assert (row(chat).state, row(chat).external_id) == (SendState.ACCEPTED, "sid-1")
    assert row(chat).accepted_at == chat.clock.now
    chat.later(86_400)
    assert len(gateway(chat).sent) == 1


def test_the_one_that_waits_longest_goes_first(chat: Desk) -> None:
    chat.answered("Sudah buka.")
    chat.clock.forward(60)
    add(chat)
    chat.clock.forward(120)  # the answer is due after it
    chat.settle()
    assert [out.automatic for out in gateway(chat).sent] == [True, False]


def test_an_answer_does_not_wait_behind_receipts(chat: Desk) -> None:
    telling = replace(chat.office, settings=replace(chat.office.settings, receipts=True))
    chat.ctx = replace(chat.ctx, offices={telling.id: telling})
    chat.answered("Sudah buka.")
    for number in range(3):
        chat.arrive("loketnya tutup", f"+6281200000{number}")
    inbound.record_due(chat.ctx)
    receipts_of = [it for it in chat.all(AutoReply) if it.kind is AutoReplyKind.RECEIPT]
    [part] = chat.all(ReplyPart)
    assert [it.due_at < part.due_at for it in receipts_of] == [True] * 3
    chat.clock.forward(180)
    chat.settle()
    assert [out.automatic for out in gateway(chat).sent] == [False, True, True, True]


def test_its_ids_are_not_those_of_an_answer(desk_of_one: Desk) -> None:
    one = desk_of_one
    one.arrive("loketnya tutup", identity="a")
    one.settle()
    add(one)
    one.answered("Sudah buka.")
    one.later(120)
    assert [out.part for out in one.letters.sent] == [1, 1]
    assert [out.external_id for out in one.letters.sent] == ["auto-1", "reply-1"]


def test_who_wants_no_messages_gets_only_the_word_that_it_was_heard(chat: Desk) -> None:
    add(chat, AutoReplyKind.OPT_OUT)
    add(chat, AutoReplyKind.EMERGENCY, key="emergency:1")
    with chat.store.write("test") as db:
        db.get_one(Contact, 1).opted_out_at = chat.clock.now
    chat.settle()
    assert [it.state for it in chat.all(AutoReply)] == [SendState.ACCEPTED, SendState.CANCELLED]
    assert row(chat, 2).reason == "opted-out"
    assert len(gateway(chat).sent) == 1


def test_a_receipt_that_nobody_wants_any_more_does_not_leave(chat: Desk) -> None:
    add(chat, AutoReplyKind.RECEIPT)
    quiet = replace(chat.office, settings=replace(chat.office.settings, receipts=False))
    chat.ctx = replace(chat.ctx, offices={quiet.id: quiet})
    chat.settle()
    assert (row(chat).state, row(chat).reason) == (SendState.CANCELLED, "receipts-off")
    add(chat, AutoReplyKind.TEMPLATE)
    chat.settle()
    assert (row(chat, 2).state, row(chat, 2).reason) == (SendState.CANCELLED, "not-wanted")
    assert gateway(chat).sent == []


@pytest.mark.parametrize("error", [Transient("x"), AuthFailed("x")])
def test_a_passing_refusal_is_tried_again_and_told_nobody(chat: Desk, error: ChannelError) -> None:
    posts = len(chat.all(Post))
    gateway(chat).fault = says(error)
    add(chat)
    for _ in range(4):
        chat.later(3600)
    assert row(chat).state is SendState.PENDING
    gateway(chat).fault = None
    chat.later(3600)
    assert row(chat).state is SendState.ACCEPTED
    assert len(chat.all(Post)) == posts


def test_a_final_refusal_ends_it(chat: Desk) -> None:
    gateway(chat).fault = says(Permanent("x", detail="21211"))
    add(chat)
    chat.later(86_400)
    assert (row(chat).state, row(chat).reason) == (SendState.FAILED, "21211")


def test_the_gateway_s_word_that_they_want_none_is_kept(chat: Desk) -> None:
    gateway(chat).fault = says(OptedOut("x", detail="21610"))
    add(chat)
    chat.settle()
    assert (row(chat).state, row(chat).reason) == (SendState.FAILED, "opted-out")
    assert chat.all(Contact)[0].opted_out_at == chat.clock.now


@pytest.mark.parametrize("found", [True, False])
@pytest.mark.parametrize("killed", [True, False])
def test_in_doubt_it_is_looked_for_and_never_sent_again(
    chat: Desk, found: bool, killed: bool
) -> None:
    posts = len(chat.all(Post))
    plain = gateway(chat).send
    end: BaseException = PowerCut() if killed else Ambiguous("?")

    def send(out: OutboundReply) -> Receipt:
        plain(out)
        raise end

    gateway(chat).send = send  # type: ignore[method-assign,assignment]
    gateway(chat).found = found
    add(chat)
    if killed:
        with pytest.raises(PowerCut):
            replying.reply_due(chat.ctx)
        gateway(chat).send = plain  # type: ignore[method-assign]
        expired(chat)
    chat.later(60)
    gateway(chat).send = plain  # type: ignore[method-assign]
    chat.later(86_400)
    assert row(chat).state is (SendState.ACCEPTED if found else SendState.UNKNOWN)
    assert len(gateway(chat).sent) == 1
    assert len(chat.all(Post)) == posts  # nobody is asked
    assert replying.reply_due(chat.ctx) is None or found


def test_a_gateway_that_does_a_thing_once_is_asked_again(chat: Desk) -> None:
    class Once(ChatChannel):
        after_crash = AfterCrash.IDEMPOTENT

    gateway(chat).__class__ = Once
    gateway(chat).fault = says(Ambiguous("?"))
    add(chat)
    chat.settle()
    gateway(chat).fault = None
    chat.later(60)
    assert row(chat).state is SendState.ACCEPTED
    assert row(chat).attempts == 2


def test_what_may_have_left_leaves_again_as_it_was(chat: Desk) -> None:
    """A receipt that went out, for all we know, is told of no case that came later."""

    class Once(ChatChannel):
        after_crash = AfterCrash.IDEMPOTENT

    gateway(chat).__class__ = Once
    telling = replace(chat.office, settings=replace(chat.office.settings, receipts=True))
    chat.ctx = replace(chat.ctx, offices={telling.id: telling})
    add(chat, AutoReplyKind.RECEIPT)
    with chat.store.write("test") as db:
        db.get_one(Complaint, 1).receipt_id = 1
    tried: list[str] = []

    def unclear(out: OutboundReply) -> None:
        tried.append(out.text)
        raise (Ambiguous("?") if len(tried) == 1 else Transient("nanti"))

    gateway(chat).fault = unclear
    chat.settle()
    assert "ADU-2026-0001" in tried[0]
    chat.arrive("antreannya lama", identity="b")
    chat.settle()
    with chat.store.write("test") as db:
        db.get_one(Complaint, 2).receipt_id = 1
    chat.later(60)
    gateway(chat).fault = None
    chat.later(3600)
    assert [out.text for out in gateway(chat).sent if out.part == 1] == tried[:1]
    assert tried[1] == tried[0]


def test_a_late_bounce_finds_it_and_no_answer_of_the_same_number(chat: Desk) -> None:
    add(chat)
    chat.answered("Sudah buka.")
    chat.later(120)
    with chat.store.write("test") as db:
        update = StatusUpdate(external_id="", auto=1, state=DeliveryState.FAILED, reason="5.1.1")
        receipts.status(db, chat.office, chat.clock.now, update)
    assert (row(chat).state, row(chat).reason) == (SendState.FAILED, "5.1.1")
    [part] = chat.all(ReplyPart)
    assert part.state is SendState.ACCEPTED


def test_it_is_asked_about_like_an_answer(chat: Desk) -> None:
    add(chat)
    chat.settle()
    gateway(chat).states["sid-1"] = StatusUpdate(external_id="sid-1", state=DeliveryState.READ)
    chat.later(10)
    assert (row(chat).state, row(chat).status_due_at) == (SendState.READ, None)
    assert row(chat).delivered_at == chat.clock.now
