"""From a citizen's letter to the delivered answer, through the stages alone."""

import pytest

from pipeline import desk
from pipeline.posts import View
from store.states import Disposition, SendState, Status
from store.tables import Alert, Complaint, Delivery, ReplyPart
from tests.pipeline.conftest import Desk


def test_a_letter_is_recorded_alerted_approved_and_answered_once(desk_of_one: Desk) -> None:
    desk_of_one.arrive("antri dr jam 7 smp 11 blm dipanggil")
    desk_of_one.settle()
    complaint = desk_of_one.complaint()
    assert complaint.number == "ADU-2026-0001"
    assert complaint.alerted_at == desk_of_one.clock.now
    assert desk_of_one.chat.views() == [View.CARD]
    desk_of_one.answered()
    assert desk_of_one.letters.sent == []  # it can still be called back
    desk_of_one.later(120)
    [sent] = desk_of_one.letters.sent
    assert (sent.recipient, sent.text) == ("siti@contoh.id", "Mohon maaf, sudah kami perbaiki.")
    complaint = desk_of_one.complaint()
    assert complaint.status is Status.ANSWERED
    assert complaint.replied_at == desk_of_one.clock.now
    clerk, coordinator = (desk_of_one.staff[who].id for who in ("clerk", "coordinator"))
    assert desk_of_one.chat.views(clerk) == [
        View.CASE,
        View.FORWARDED,
        View.APPROVED,
        View.RECEIPT,
    ]
    assert desk_of_one.chat.views(coordinator) == [View.APPROVAL, View.APPROVED, View.RECEIPT]
    desk_of_one.later(3600)
    assert len(desk_of_one.letters.sent) == 1


def test_the_head_approves_after_the_coordinator(desk_of_two: Desk) -> None:
    desk_of_two.arrive("loketnya tutup")
    desk_of_two.settle()
    desk_of_two.answered()
    desk_of_two.later(120)
    assert len(desk_of_two.letters.sent) == 1
    assert View.APPROVAL in desk_of_two.chat.views(desk_of_two.staff["head"].id)


def test_every_delivery_ends_in_one_disposition(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu", identity="a")
    desk_of_one.arrive("satu", identity="a")
    desk_of_one.arrive("promo", automated="list")
    desk_of_one.arrive("terus gimana?", in_reply_to="a", vouched=True)
    desk_of_one.settle()
    assert [row.disposition for row in desk_of_one.all(Delivery)] == [
        Disposition.RECORDED,
        Disposition.DUPLICATE,
        Disposition.SET_ASIDE,
        Disposition.JOINED,
    ]
    assert len(desk_of_one.all(Complaint)) == 1
    assert [alert.joined for alert in desk_of_one.all(Alert)] == [False, True]


def test_a_reply_called_back_in_time_never_leaves(desk_of_one: Desk) -> None:
    desk_of_one.arrive("loketnya tutup")
    desk_of_one.settle()
    reply = desk_of_one.answered()
    desk_of_one.clock.forward(119)
    desk_of_one.decide(desk.undo, "coordinator", reply.id)
    desk_of_one.later(3600)
    assert desk_of_one.letters.sent == []
    assert [part.state for part in desk_of_one.all(ReplyPart)] == [SendState.CANCELLED]
    again = desk_of_one.decide(desk.resubmit, "clerk", reply.id)
    desk_of_one.decide(desk.approve, "coordinator", again.id, again.digest)
    desk_of_one.later(120)
    assert len(desk_of_one.letters.sent) == 1
    with pytest.raises(desk.Refused, match="too-late-to-undo"):
        desk_of_one.decide(desk.undo, "coordinator", again.id)
