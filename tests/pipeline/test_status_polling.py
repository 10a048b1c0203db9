"""A gateway that can tell is asked how far it got, ever more rarely, until it is settled."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from channels.errors import Transient
from channels.message import DeliveryState, StatusUpdate
from notifier.reply_views import receipt
from notifier.scene import Scene
from pipeline import replying, statuses
from pipeline.posts import View
from store.states import AutoReplyKind, SendState, Status
from store.tables import AutoReply, Contact, Event, Post, ReplyPart
from tests.pipeline.chat_desk import chat_desk, gateway
from tests.pipeline.conftest import Desk


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[Desk]:
    with chat_desk(tmp_path) as made:
        made.arrive("loketnya tutup", identity="a")
        made.settle()
        made.answered("Sudah buka.")
        made.later(120)
        yield made


def part(one: Desk) -> ReplyPart:
    found: ReplyPart = one.all(ReplyPart)[-1]
    return found


def says(one: Desk, state: DeliveryState, **fields: object) -> None:
    update = StatusUpdate(external_id="sid-1", state=state, **fields)  # type: ignore[arg-type]
    gateway(one).states["sid-1"] = update


def trail(one: Desk) -> list[str]:
    return [event.params for event in one.all(Event) if event.kind == "gateway-status"]


def test_it_is_asked_ever_more_rarely_for_three_days(sent: Desk) -> None:
    begun = sent.clock.now
    moments = []
    while (due := part(sent).status_due_at) is not None:
        moments.append((due - begun).total_seconds())
        sent.clock.now = due
        sent.settle()
    assert moments[:4] == [10, 40, 160, 760]
    assert moments == sorted(set(moments))
    assert moments[-1] <= timedelta(days=3).total_seconds()
    assert gateway(sent).asked == [["sid-1"]] * len(moments)
    assert len(moments) < 12
    assert replying.reply_due(sent.ctx) is None


def test_what_it_says_is_kept_once_and_shown(sent: Desk) -> None:
    says(sent, DeliveryState.ACCEPTED)
    sent.later(10)
    assert trail(sent) == []  # which is known
    says(sent, DeliveryState.DELIVERED)
    for _ in range(4):
        sent.later(700)
    assert part(sent).state is SendState.DELIVERED
    assert len(trail(sent)) == 1
    says(sent, DeliveryState.READ)
    sent.later(4 * 3600)
    assert (part(sent).state, part(sent).status_due_at) == (SendState.READ, None)
    says(sent, DeliveryState.ACCEPTED)
    sent.later(86_400)
    assert part(sent).state is SendState.READ
    [post] = [
        post
        for post in sent.all(Post)
        if post.kind == View.RECEIPT and post.staff_id == sent.staff["clerk"].id
    ]
    with sent.store.read() as db:
        scene = Scene(db=db, post=post, office=sent.office, now=sent.clock.now, username="bot")
        sheet, _ = receipt(scene)
    assert "· sampai" in sheet.html()
    assert "· dibaca" in sheet.html()


def test_it_may_fail_late(sent: Desk) -> None:
    says(sent, DeliveryState.FAILED, reason="30005")
    sent.later(10)
    assert (part(sent).state, part(sent).reason) == (SendState.FAILED, "30005")
    assert sent.complaint().status is Status.TAKEN
    assert View.FAILED in sent.chat.views(sent.staff["coordinator"].id)
    assert part(sent).status_due_at is None


def test_it_may_say_late_that_they_want_no_messages(sent: Desk) -> None:
    says(sent, DeliveryState.FAILED, reason="21610", opted_out=True)
    sent.later(10)
    assert (part(sent).state, part(sent).reason) == (SendState.PENDING, "opted-out")
    assert part(sent).waits_for == "call"
    assert sent.complaint().status is Status.APPROVED
    [contact] = sent.all(Contact)
    assert contact.opted_out_at is not None


def test_it_may_say_late_that_the_window_was_closed(sent: Desk) -> None:
    says(sent, DeliveryState.FAILED, reason="63016", window_closed=True)
    sent.later(10)
    assert part(sent).state is SendState.PENDING
    assert part(sent).waits_for != ""
    assert sent.complaint().replied_at is None
    sent.later(86_400)
    assert len(gateway(sent).sent) == 1


def test_what_is_not_ours_changes_nothing(sent: Desk) -> None:
    gateway(sent).states["sid-1"] = StatusUpdate(external_id="lain", state=DeliveryState.FAILED)
    sent.later(10)
    assert part(sent).state is SendState.ACCEPTED


def test_a_gateway_that_does_not_answer_is_asked_again(sent: Desk) -> None:
    plain = gateway(sent).poll_status

    def broken(_ids: Sequence[str]) -> Iterator[StatusUpdate]:
        raise Transient("nanti")

    gateway(sent).poll_status = broken  # type: ignore[method-assign,assignment]
    sent.later(10)
    gateway(sent).poll_status = plain  # type: ignore[method-assign]
    says(sent, DeliveryState.DELIVERED)
    sent.later(30)
    assert part(sent).state is SendState.DELIVERED


def test_many_are_asked_about_in_batches(sent: Desk) -> None:
    now = sent.clock.now
    with sent.store.write("test") as db:
        contact = db.get_one(Contact, 1)
        for number in range(statuses.BATCH + 1):
            db.add(
                AutoReply(
                    facility_id=sent.office.id,
                    account_id=sent.office.accounts["hotline"],
                    contact_id=contact.id or 0,
                    kind=AutoReplyKind.RECEIPT,
                    key=f"receipt:{number}",
                    recipient=contact.address,
                    external_id=f"auto-{number}",
                    state=SendState.ACCEPTED,
                    created_at=now,
                    accepted_at=now,
                    status_due_at=now,
                )
            )
    gateway(sent).states["auto-7"] = StatusUpdate(
        external_id="auto-7", state=DeliveryState.FAILED, reason="30005"
    )
    sent.settle()
    assert [len(ids) for ids in gateway(sent).asked] == [statuses.BATCH, 1]
    failed = [row.external_id for row in sent.all(AutoReply) if row.state is SendState.FAILED]
    assert failed == ["auto-7"]
