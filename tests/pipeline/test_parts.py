"""An answer in several parts: in order, each once, and stopped by one that fails."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from channels.base import AfterCrash
from channels.errors import Ambiguous, OptedOut, Permanent, Transient
from channels.message import DeliveryState, OutboundReply, StatusUpdate
from notifier import part_views, trouble_views
from notifier.scene import Scene
from pipeline import desk, replying
from pipeline.posts import View
from store.states import SendState, Status
from store.tables import Contact, Event, Post, ReplyPart
from tests.doubles import ChatChannel
from tests.pipeline.chat_desk import chat_desk, gateway
from tests.pipeline.conftest import Desk
from tests.pipeline.test_replying import PowerCut, cut_while_sending, expired

LONG = "Mohon maaf, Bu. Loket kami buka lagi mulai besok."
"""Three parts of the double's twenty characters."""


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Desk]:
    with chat_desk(tmp_path) as made:
        made.arrive("loketnya tutup", identity="a", medium="sms")
        made.settle()
        yield made


def parts(one: Desk) -> list[ReplyPart]:
    return list(one.all(ReplyPart))


def states(one: Desk) -> list[str]:
    return [str(part.state) for part in parts(one)]


def at_part(number: int, error: BaseException) -> Callable[[OutboundReply], None]:
    """The gateway does not take the part at this place."""

    def fault(out: OutboundReply) -> None:
        if out.text.startswith(LONG[20 * (number - 1) : 20 * number]):
            raise error

    return fault


def test_it_leaves_in_order_and_counts_when_all_of_it_has_gone(chat: Desk) -> None:
    chat.answered(LONG)
    number = chat.complaint().number
    assert [part.text for part in parts(chat)] == [
        f"{LONG[at : at + 20]} [{number}/1]" for at in (0, 20, 40)
    ]
    assert [part.position for part in parts(chat)] == [0, 1, 2]
    chat.later(120)
    assert [out.text for out in gateway(chat).sent] == [part.text for part in parts(chat)]
    assert [part.external_id for part in parts(chat)] == ["sid-1", "sid-2", "sid-3"]
    assert all(out.since == chat.clock.now for out in gateway(chat).sent)
    assert chat.complaint().status is Status.ANSWERED
    assert chat.chat.views(chat.staff["clerk"].id).count(View.RECEIPT) == 1


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_one_that_is_refused_stops_what_follows_until_it_has_gone(chat: Desk, failing: int) -> None:
    gateway(chat).fault = at_part(failing, Permanent("x", detail="30006"))
    chat.answered(LONG)
    chat.later(3600)
    gone = ["accepted"] * (failing - 1)
    assert states(chat) == [*gone, "failed", *["pending"] * (3 - failing)]
    complaint = chat.complaint()
    assert (complaint.status, complaint.replied_at) == (Status.TAKEN, None)
    gateway(chat).fault = None
    chat.later(3600)
    assert len(gateway(chat).sent) == failing - 1
    chat.decide(desk.resend, "coordinator", parts(chat)[failing - 1].id)
    assert states(chat) == ["accepted"] * 3
    assert len({out.text for out in gateway(chat).sent}) == len(gateway(chat).sent) == 3
    assert chat.complaint().status is Status.ANSWERED


def test_one_that_is_put_off_holds_what_follows(chat: Desk) -> None:
    gateway(chat).fault = at_part(2, Transient("nanti"))
    chat.answered(LONG)
    chat.later(120)
    assert states(chat) == ["accepted", "pending", "pending"]
    gateway(chat).fault = None
    chat.later(60)
    assert [out.text for out in gateway(chat).sent] == [part.text for part in parts(chat)]


@pytest.mark.parametrize("found", [True, False])
def test_of_one_in_doubt_no_other_leaves_twice(chat: Desk, found: bool) -> None:
    gateway(chat).fault = at_part(2, Ambiguous("?"))
    chat.answered(LONG)
    gateway(chat).found = found
    if found:
        plain = gateway(chat).fault
        assert plain is not None

        def taken(out: OutboundReply) -> None:
            if out.text == parts(chat)[1].text and out not in gateway(chat).sent:
                gateway(chat).sent.append(out)
            plain(out)

        gateway(chat).fault = taken
    chat.later(120)
    gateway(chat).fault = None
    chat.later(3600)
    if not found:
        assert states(chat) == ["accepted", "unknown", "pending"]
        assert View.DOUBT in chat.chat.views(chat.staff["coordinator"].id)
        chat.decide(desk.mark_sent, "coordinator", parts(chat)[1].id)
    assert states(chat) == ["accepted"] * 3
    assert len(gateway(chat).sent) == 2 + found


def test_a_crash_between_two_parts_doubles_neither(chat: Desk) -> None:
    chat.answered(LONG)
    chat.clock.forward(120)
    cut_while_sending(chat, after=True)
    assert states(chat) == ["sending", "pending", "pending"]
    expired(chat)
    chat.settle()
    assert states(chat) == ["accepted"] * 3
    assert [out.text for out in gateway(chat).sent] == [part.text for part in parts(chat)]


def test_a_gateway_that_does_a_thing_once_is_simply_asked_again(chat: Desk) -> None:
    class Once(ChatChannel):
        after_crash = AfterCrash.IDEMPOTENT

    gateway(chat).__class__ = Once
    chat.answered(LONG)
    gateway(chat).fault = at_part(2, PowerCut())
    chat.clock.forward(120)
    with pytest.raises(PowerCut):
        replying.reply_due(chat.ctx)
    gateway(chat).fault = None
    expired(chat)
    chat.settle()
    chat.later(60)
    assert states(chat) == ["accepted"] * 3
    assert len(gateway(chat).sent) == 3


def test_what_is_not_the_parts_of_the_approved_text_is_held(chat: Desk) -> None:
    chat.answered(LONG)
    with chat.store.write("test") as db:
        db.get_one(ReplyPart, parts(chat)[2].id).text = "Lain."
    chat.later(120)
    assert states(chat) == ["held", "pending", "pending"]
    assert gateway(chat).sent == []
    assert "digest-mismatch" in [event.kind for event in chat.all(Event)]


def test_all_of_it_is_called_back_or_none(chat: Desk) -> None:
    reply = chat.answered(LONG)
    chat.decide(desk.undo, "clerk", reply.id)
    assert states(chat) == ["cancelled"] * 3
    again = chat.decide(desk.resubmit, "clerk", reply.id)
    chat.decide(desk.approve, "coordinator", again.id, again.digest[:16])
    gateway(chat).fault = at_part(2, Transient("nanti"))
    chat.later(120)
    with pytest.raises(desk.Refused, match="too-late-to-undo"):
        chat.decide(desk.undo, "clerk", again.id)
    assert states(chat)[3:] == ["accepted", "pending", "pending"]


def test_who_approves_sees_how_much_it_is(chat: Desk) -> None:
    reply = chat.answered(LONG)
    [post, *_] = [post for post in chat.all(Post) if post.kind == View.APPROVAL]
    with chat.store.read() as db:
        scene = Scene(
            db=db, post=post, office=chat.office, now=chat.clock.now, username="tanggap_bot"
        )
        line = part_views.weight(scene, reply, chat.complaint())
    assert line == "Dikirim sebagai 3 pesan, berurutan. SMS: 6 segmen."


def test_who_is_asked_reads_which_part_it_is_and_why(chat: Desk) -> None:
    gateway(chat).fault = at_part(2, Permanent("x", detail="30005"))
    chat.answered(LONG)
    chat.later(120)
    [post, *_] = [post for post in chat.all(Post) if post.kind == View.FAILED]
    with chat.store.read() as db:
        scene = Scene(db=db, post=post, office=chat.office, now=chat.clock.now, username="bot")
        sheet, _ = trouble_views.failed(scene)
    assert "Nomornya tidak ada atau tidak menerima pesan (30005)." in sheet.html()
    assert "Ini pesan ke-2 dari 3" in sheet.html()


def test_who_wants_no_messages_is_known_from_then_on(chat: Desk) -> None:
    gateway(chat).fault = at_part(1, OptedOut("x", detail="21610"))
    chat.answered(LONG)
    chat.later(120)
    assert states(chat) == ["pending", "pending", "pending"]
    assert {part.waits_for for part in parts(chat)} == {"call"}
    assert parts(chat)[0].reason == "opted-out"
    assert View.CALL in chat.chat.views(chat.staff["clerk"].id)
    [contact] = chat.all(Contact)
    assert contact.opted_out_at == chat.clock.now


def test_one_that_comes_back_late_opens_the_case_again(chat: Desk) -> None:
    chat.answered(LONG)
    chat.later(120)
    gateway(chat).states["sid-2"] = StatusUpdate(
        external_id="sid-2", state=DeliveryState.FAILED, reason="30003"
    )
    chat.later(10)
    assert states(chat) == ["accepted", "failed", "accepted"]
    assert chat.complaint().replied_at is None
    chat.decide(desk.resend, "coordinator", parts(chat)[1].id)
    assert states(chat) == ["accepted"] * 3
    assert chat.complaint().status is Status.ANSWERED
    assert chat.complaint().replied_at == chat.clock.now


def test_a_part_that_waits_for_somebody_does_not_leave(chat: Desk) -> None:
    chat.answered(LONG)
    with chat.store.write("test") as db:
        db.get_one(ReplyPart, parts(chat)[0].id).waits_for = "window"
    chat.later(7200)
    assert gateway(chat).sent == []
    assert replying.reply_due(chat.ctx) is None
    assert parts(chat)[0].state is SendState.PENDING
