"""Sending: once, or parked where a person sees it."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from channels.base import AfterCrash
from channels.errors import (
    Ambiguous,
    AuthFailed,
    ChannelError,
    Permanent,
    Transient,
)
from channels.message import DeliveryState, OutboundReply, OwnEcho, Receipt, StatusUpdate
from pipeline import desk, doubt, receipts, replying
from pipeline.answers import ANSWERS
from pipeline.posts import View
from pipeline.sending import Gate
from store import sending
from store.states import ReplyKind, SendState, Status
from store.tables import Complaint, Event, Post, Reply, ReplyPart, Staff
from tests.doubles import START
from tests.engines import examples
from tests.pipeline.conftest import Desk, make_desk


@pytest.fixture
def approved(desk_of_one: Desk) -> Desk:
    """An answer is due now."""
    desk_of_one.arrive("loketnya tutup", identity="a")
    desk_of_one.settle()
    desk_of_one.answered()
    desk_of_one.clock.forward(120)
    return desk_of_one


def part(one: Desk) -> ReplyPart:
    found: ReplyPart = one.all(ReplyPart)[-1]
    return found


def says(error: ChannelError | Exception) -> Callable[[OutboundReply], None]:
    def fault(_part: OutboundReply) -> None:
        raise error

    return fault


def expired(one: Desk) -> None:
    """The process that was sending is gone for longer than its lease."""
    with one.store.write("test") as db:
        db.connection().exec_driver_sql("UPDATE reply_part SET lease = 1 WHERE lease > 0")
    replying.expire(one.ctx)


class PowerCut(BaseException):
    """The process ends here."""


def cut_while_sending(one: Desk, *, after: bool) -> None:
    """`after`: the gateway had taken it."""
    plain = one.letters.send

    def cut(out: OutboundReply) -> Receipt:
        if after:
            plain(out)
        raise PowerCut

    one.letters.send = cut  # type: ignore[method-assign,assignment]
    with pytest.raises(PowerCut):
        replying.reply_due(one.ctx)
    one.letters.send = plain  # type: ignore[method-assign]


def notices(one: Desk, key: str) -> int:
    return sum(f'"key": "{key}"' in post.params for post in one.all(Post))


def test_a_passing_refusal_is_tried_again_ever_later(approved: Desk) -> None:
    approved.letters.fault = says(Transient("nanti", detail="451"))
    waits = []
    for _ in range(4):
        approved.settle()
        due = part(approved).due_at
        assert due is not None
        waits.append((due - approved.clock.now).total_seconds())
        approved.clock.now = due
    assert waits == [60, 120, 240, 480]
    # The officer and the approver are told once that it has not left.
    assert notices(approved, "send-delayed") == 2
    approved.letters.fault = None
    approved.settle()
    assert part(approved).state is SendState.ACCEPTED
    assert part(approved).reason == ""
    assert len(approved.letters.sent) == 1


def test_the_provider_s_own_wait_counts_within_reason(approved: Desk) -> None:
    approved.letters.fault = says(Transient("nanti", retry_after=1e30))
    approved.settle()
    due = part(approved).due_at
    assert due is not None
    assert (due - approved.clock.now).total_seconds() == 86_400


def test_after_many_refusals_it_is_given_up_and_told(approved: Desk) -> None:
    approved.letters.fault = says(Transient("nanti", detail="451"))
    for _ in range(12):
        approved.later(3600)
    assert (part(approved).state, part(approved).reason) == (SendState.FAILED, "451")
    assert part(approved).attempts == 12
    assert View.FAILED in approved.chat.views(approved.staff["clerk"].id)


def test_a_refused_login_is_told_once_and_tried_again(approved: Desk) -> None:
    approved.letters.fault = says(AuthFailed("sandi"))
    for _ in range(3):
        approved.later(3600)
    assert notices(approved, "send-delayed") == 2  # two people, at once
    approved.letters.fault = None
    approved.later(3600)
    assert part(approved).state is SendState.ACCEPTED


def test_a_final_refusal_opens_the_case_again_and_is_told(approved: Desk) -> None:
    approved.letters.fault = says(Permanent("x", detail="5.1.1"))
    approved.later(7200)
    assert part(approved).state is SendState.FAILED
    complaint = approved.complaint()
    assert (complaint.status, complaint.replied_at) == (Status.TAKEN, None)
    for who in ("clerk", "coordinator"):
        assert approved.chat.views(approved.staff[who].id).count(View.FAILED) == 1
    approved.letters.fault = None
    approved.later(7200)
    assert approved.letters.sent == []
    with pytest.raises(desk.Refused, match="not-allowed"):
        approved.decide(desk.resend, "clerk", part(approved).id)
    approved.decide(desk.resend, "coordinator", part(approved).id)
    assert len(approved.letters.sent) == 1
    assert approved.complaint().status is Status.ANSWERED
    with pytest.raises(desk.Refused, match="already-sent"):
        approved.decide(desk.resend, "coordinator", part(approved).id)


def test_a_refused_version_cannot_be_resent_after_the_next(approved: Desk) -> None:
    approved.letters.fault = says(Permanent("x"))
    approved.settle()
    old = part(approved)
    approved.letters.fault = None
    approved.answered("Jawaban lain.")
    with pytest.raises(desk.Refused, match="nothing-to-do"):
        approved.decide(desk.resend, "coordinator", old.id)
    with pytest.raises(desk.Refused, match="nothing-to-do"):
        approved.decide(desk.mark_sent, "coordinator", old.id)
    approved.later(7200)
    assert [letter.text for letter in approved.letters.sent] == ["Jawaban lain."]
    assert [row.state for row in approved.all(ReplyPart)] == ["failed", "accepted"]


@pytest.mark.parametrize("error", [Ambiguous("?"), ValueError("bug")])
@pytest.mark.parametrize("found", [True, False])
def test_an_unknown_end_is_looked_up_and_never_sent_again(
    approved: Desk, error: Exception, found: bool
) -> None:
    """`found`: it had gone, and the gateway's own list of sent letters shows it."""

    def fault(out: OutboundReply) -> None:
        if found:
            approved.letters.sent.append(out)
        raise error

    approved.letters.fault = fault
    approved.settle()
    approved.letters.fault = None
    approved.later(86_400)
    assert len(approved.letters.sent) == found
    assert part(approved).state is (SendState.ACCEPTED if found else SendState.UNKNOWN)
    doubts = approved.chat.views(approved.staff["coordinator"].id).count(View.DOUBT)
    assert doubts == (not found)
    if not found:
        assert approved.complaint().status is Status.APPROVED
        with pytest.raises(desk.Refused, match="still-sending"):
            approved.decide(desk.draft, "clerk", approved.complaint().id, "Lain.")
        approved.decide(desk.resend, "coordinator", part(approved).id)
        assert len(approved.letters.sent) == 1


def test_a_person_says_that_it_went(approved: Desk) -> None:
    approved.letters.fault = says(Ambiguous("?"))
    approved.settle()
    with pytest.raises(desk.Refused, match="not-allowed"):
        approved.decide(desk.mark_sent, "clerk", part(approved).id)
    approved.decide(desk.mark_sent, "coordinator", part(approved).id)
    assert part(approved).state is SendState.ACCEPTED
    with pytest.raises(desk.Refused, match="already-sent"):
        approved.decide(desk.resend, "coordinator", part(approved).id)


@pytest.mark.parametrize("after", [True, False])
def test_a_crash_while_sending_ends_in_a_look_or_in_doubt(approved: Desk, after: bool) -> None:
    cut_while_sending(approved, after=after)
    assert part(approved).state is SendState.SENDING
    approved.later(3600)  # our own clock says nothing about that process
    assert part(approved).state is SendState.SENDING
    with pytest.raises(desk.Refused, match="nothing-to-do"):
        approved.decide(desk.resend, "coordinator", part(approved).id)
    expired(approved)
    approved.settle()
    assert part(approved).state is (SendState.ACCEPTED if after else SendState.UNKNOWN)
    approved.later(86_400)
    assert len(approved.letters.sent) == after


def test_nothing_is_resent_while_the_old_process_may_live(approved: Desk) -> None:
    cut_while_sending(approved, after=False)
    expired(approved)
    approved.settle()
    with approved.store.write("test") as db:
        sending.hold(db, ReplyPart, part(approved).id or 0, part(approved).holder, 30.0)
    with pytest.raises(desk.Refused, match="still-sending"):
        approved.decide(desk.resend, "coordinator", part(approved).id)
    with approved.store.write("test") as db:  # the database's clock has jumped back by a day
        db.connection().exec_driver_sql("UPDATE reply_part SET lease = lease + 86400")
    approved.decide(desk.resend, "coordinator", part(approved).id)
    assert len(approved.letters.sent) == 1


def test_a_slow_sending_is_held_for_as_long_as_it_takes(approved: Desk) -> None:
    approved.ctx = replace(approved.ctx, settings=replace(approved.ctx.settings, lease_seconds=0.3))

    def slow(_out: OutboundReply) -> None:
        for _ in range(4):  # longer than the lease of 0.3 seconds
            before, deadline = part(approved).lease, time.monotonic() + 10
            while part(approved).lease == before:
                assert time.monotonic() < deadline
        replying.expire(approved.ctx)

    approved.letters.fault = slow
    approved.settle()
    assert part(approved).state is SendState.ACCEPTED
    assert len(approved.letters.sent) == 1


@pytest.mark.parametrize("resent", [False, True])
def test_a_late_receipt_is_stored(approved: Desk, resent: bool) -> None:
    """The process was only paused. Its word counts, also against a person's wish to resend
    as long as nobody has begun that.
    """

    def paused(_out: OutboundReply) -> None:
        approved.letters.found = False
        expired(approved)
        gate = Gate(approved.office, part(approved).account_id, approved.letters)
        while doubt.look_up_next(approved.ctx, gate, ANSWERS):
            pass
        assert part(approved).state is SendState.UNKNOWN
        if resent:
            approved.letters.fault = None
            with approved.store.write("test") as db:
                actor = db.get_one(Staff, approved.staff["coordinator"].id)
                desk.resend(db, approved.clock.now, approved.office, actor, part(approved).id or 0)
            assert part(approved).state is SendState.PENDING

    approved.letters.fault = paused
    approved.settle()
    assert part(approved).state is SendState.ACCEPTED
    assert approved.complaint().status is Status.ANSWERED
    assert len(approved.letters.sent) == 1


def test_a_receipt_after_the_next_attempt_is_kept_in_the_trail(approved: Desk) -> None:
    def overtaken(_out: OutboundReply) -> None:
        approved.letters.fault = None
        with approved.store.write("test") as db:
            db.connection().exec_driver_sql("UPDATE reply_part SET holder = 'another'")

    approved.letters.fault = overtaken
    replying.reply_due(approved.ctx)
    assert part(approved).state is SendState.SENDING
    assert "late-receipt" in [event.kind for event in approved.all(Event)]


def test_a_late_refusal_is_told_to_nobody(approved: Desk) -> None:
    def slow(_part: OutboundReply) -> None:
        expired(approved)  # and it is looked up, and not found
        raise AuthFailed("Login ditolak.")

    approved.letters.found = False
    approved.letters.fault = slow
    replying.reply_due(approved.ctx)
    assert part(approved).state is SendState.UNKNOWN
    assert [row for row in approved.all(Post) if "send-delayed" in row.params] == []


def test_an_idempotent_gateway_gets_it_again_ever_later_then_a_person(approved: Desk) -> None:
    class Idempotent(type(approved.letters)):  # type: ignore[misc]
        after_crash = AfterCrash.IDEMPOTENT

    approved.letters.__class__ = Idempotent
    approved.letters.fault = says(Ambiguous("?"))
    approved.settle()
    assert part(approved).attempts == 1
    for _ in range(20):
        approved.later(3600)
    assert part(approved).attempts == 12
    assert View.DOUBT in approved.chat.views(approved.staff["coordinator"].id)
    assert approved.letters.sent == []


@pytest.mark.parametrize("error", [Transient("x"), AuthFailed("x"), KeyError("bug")])
def test_a_look_up_that_fails_ends_with_a_person(approved: Desk, error: Exception) -> None:
    approved.letters.fault = says(Ambiguous("?"))

    def broken(_out: OutboundReply) -> Receipt | None:
        raise error

    approved.letters.find_sent = broken  # type: ignore[method-assign,assignment]
    approved.settle()
    doubted = View.DOUBT in approved.chat.views(approved.staff["coordinator"].id)
    assert doubted is not isinstance(error, Transient)
    for _ in range(16):
        approved.later(60)
    assert View.DOUBT in approved.chat.views(approved.staff["coordinator"].id)
    assert part(approved).state is SendState.UNKNOWN


def test_a_facility_or_account_that_is_gone_stops_no_other(approved: Desk) -> None:
    del approved.office.channels["hotline"]  # type: ignore[attr-defined]
    approved.settle()
    assert part(approved).state is SendState.PENDING
    approved.ctx = replace(approved.ctx, offices={})
    approved.clock.forward(300)
    replying.reply_due(approved.ctx)
    assert part(approved).state is SendState.PENDING
    approved.ctx = replace(approved.ctx, offices={approved.office.id: approved.office})
    approved.office.channels["hotline"] = approved.letters  # type: ignore[index]
    approved.later(300)
    assert part(approved).state is SendState.ACCEPTED


def foreign(one: Desk, **fields: object) -> None:
    with one.store.write("test") as db:
        sent = OwnEcho(external_id="x", **fields)  # type: ignore[arg-type]
        receipts.foreign(db, one.office, one.clock.now, "letters", sent)


@pytest.mark.parametrize("by", [{"in_reply_to": "a"}, {"recipients": ("siti@contoh.id",)}])
def test_an_answer_typed_elsewhere_holds_ours(approved: Desk, by: dict[str, object]) -> None:
    foreign(approved, **by)
    foreign(approved, **by)
    approved.later(7200)
    assert approved.letters.sent == []
    assert approved.chat.views(approved.staff["clerk"].id).count(View.FOREIGN) == 1
    assert replying.reply_due(approved.ctx) is None  # nothing spins while a person thinks
    approved.decide(desk.send_anyway, "clerk", approved.complaint().id)
    assert len(approved.letters.sent) == 1
    with pytest.raises(desk.Refused, match="nothing-to-do"):
        approved.decide(desk.send_anyway, "clerk", approved.complaint().id)


def test_an_answer_typed_elsewhere_was_the_answer(approved: Desk) -> None:
    foreign(approved, references=("a",))
    approved.decide(desk.answered_elsewhere, "clerk", approved.complaint().id)
    approved.later(7200)
    assert approved.letters.sent == []
    complaint = approved.complaint()
    assert (complaint.status, complaint.replied_at is None) == (Status.ANSWERED, False)
    assert part(approved).state is SendState.CANCELLED


def test_of_one_who_left_the_coordinators_decide(approved: Desk) -> None:
    with approved.store.write("test") as db:
        db.get_one(Staff, approved.staff["clerk"].id).active = False
    foreign(approved, in_reply_to="a")
    approved.settle()
    assert View.FOREIGN in approved.chat.views(approved.staff["coordinator"].id)


def test_a_clock_in_the_past_sends_nothing(approved: Desk) -> None:
    approved.clock.now = START.replace(year=2026, month=1, day=2)
    approved.settle()
    assert approved.letters.sent == []


def test_two_workers_send_it_once(approved: Desk) -> None:
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait(10)
        replying.reply_due(approved.ctx)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(approved.letters.sent) == 1


FORWARD = {
    SendState.HELD: {"pending", "superseded", "cancelled"},
    SendState.PENDING: {"sending", "accepted", "delivered", "read", "cancelled", "superseded"},
    # Back to pending only by a definite refusal.
    SendState.SENDING: {"pending", "accepted", "delivered", "read", "failed", "unknown"},
    # Back to pending only by a person.
    SendState.UNKNOWN: {"pending", "accepted", "delivered", "read", "failed"},
    SendState.ACCEPTED: {"delivered", "read", "failed"},
    SendState.DELIVERED: {"read"},
    SendState.READ: set(),
    SendState.FAILED: {"pending", "accepted"},
    SendState.CANCELLED: set(),
    SendState.SUPERSEDED: set(),
}


class Sending(RuleBasedStateMachine):
    """Every operation in every order: an answer leaves once a person's word, and no state
    moves backwards.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.desk = make_desk(Path(self.folder.name))
        self.desk.arrive("loketnya tutup", identity="a")
        self.desk.settle()
        self.desk.decide(desk.take, "clerk", 1)
        self.behaviour = "ok"
        self.allowed: dict[int, int] = {}
        """Part → how often persons let it leave."""
        self.states: dict[int, SendState] = {}
        self.desk.letters.fault = self._gateway
        self.taken: list[int] = []
        """Parts the gateway has really taken, in order."""

    def teardown(self) -> None:
        self.desk.store.close()
        self.folder.cleanup()

    def _gateway(self, out: OutboundReply) -> None:
        match self.behaviour:
            case "transient":
                raise Transient("x")
            case "permanent":
                raise Permanent("x")
            case "auth":
                raise AuthFailed("x")
            case "lost":
                raise Ambiguous("x")
        self.taken.append(out.part)
        match self.behaviour:
            case "answer lost":
                raise Ambiguous("x")
            case "cut":
                raise PowerCut

    def _try(self, decision: Callable[..., object], who: str, *args: object) -> bool:
        before = list(self.taken)
        try:
            with self.desk.store.write("test") as db:
                actor = db.get_one(Staff, self.desk.staff[who].id)
                decision(db, self.desk.clock.now, self.desk.office, actor, *args)
        except desk.Refused:
            return False
        assert self.taken == before
        return True

    def _newest(self) -> tuple[Reply, ReplyPart] | None:
        found = self.desk.all(Reply), self.desk.all(ReplyPart)
        return (found[0][-1], found[1][-1]) if found[0] else None

    @rule(kind=st.sampled_from(["answer", "question"]))
    def draft(self, kind: str) -> None:
        self._try(desk.draft, "clerk", 1, "Jawaban.", ReplyKind(kind))

    @rule(digest=st.sampled_from(["right", "right", "wrong"]))
    def approve(self, digest: str) -> None:
        if newest := self._newest():
            reply, part = newest
            right = reply.digest if digest == "right" else "0" * 64
            if self._try(desk.approve, "coordinator", reply.id, right):
                assert digest == "right"
                assert part.id is not None
                self.allowed[part.id] = self.allowed.get(part.id, 0) + 1

    @rule()
    def request_changes(self) -> None:
        if newest := self._newest():
            self._try(desk.request_changes, "coordinator", newest[0].id, newest[0].digest)

    @rule()
    def undo(self) -> None:
        if newest := self._newest():
            self._try(desk.undo, "clerk", newest[0].id)

    @rule(data=st.data())
    def resend(self, data: st.DataObject) -> None:
        parts = self.desk.all(ReplyPart)
        if parts:
            part = data.draw(st.sampled_from(parts))
            if self._try(desk.resend, "coordinator", part.id):
                self.allowed[part.id] += 1

    @rule(data=st.data())
    def mark_sent(self, data: st.DataObject) -> None:
        parts = self.desk.all(ReplyPart)
        if parts:
            self._try(desk.mark_sent, "coordinator", data.draw(st.sampled_from(parts)).id)

    @rule()
    def foreign_answer(self) -> None:
        foreign(self.desk, in_reply_to="a")

    @rule(anyway=st.booleans())
    def decide_foreign(self, anyway: bool) -> None:
        self._try(desk.send_anyway if anyway else desk.answered_elsewhere, "clerk", 1)

    @rule(
        behaviour=st.sampled_from(
            ["ok", "ok", "transient", "permanent", "auth", "lost", "answer lost", "cut"]
        ),
        found=st.booleans(),
        seconds=st.sampled_from([0, 119, 121, 4000]),
    )
    def work(self, behaviour: str, found: bool, seconds: int) -> None:
        self.behaviour = behaviour
        self.desk.clock.forward(seconds)
        plain = self.desk.letters.find_sent

        def find_sent(out: OutboundReply) -> Receipt | None:
            seen = found and out.part in self.taken
            return Receipt(external_id=out.external_id, at=START) if seen else None

        self.desk.letters.find_sent = find_sent  # type: ignore[method-assign,assignment]
        try:
            replying.reply_due(self.desk.ctx)
        except PowerCut:
            pass
        finally:
            self.desk.letters.find_sent = plain  # type: ignore[method-assign]

    @precondition(lambda self: "sending" in self.states.values())
    @rule()
    def lease_runs_out(self) -> None:
        expired(self.desk)

    @rule(
        data=st.data(),
        said=st.sampled_from(list(DeliveryState)),
        temporary=st.booleans(),
        echo=st.booleans(),
    )
    def gateway_reports(
        self, data: st.DataObject, said: DeliveryState, temporary: bool, echo: bool
    ) -> None:
        """A gateway speaks of what it has taken, and of nothing else."""
        if not self.taken:
            return
        part = data.draw(st.sampled_from(self.taken))
        with self.desk.store.write("test") as db:
            now = self.desk.clock.now
            if echo:
                receipts.echo(db, self.desk.office, now, OwnEcho(external_id="x", part=part))
            else:
                update = StatusUpdate(external_id="", part=part, state=said, temporary=temporary)
                receipts.status(db, self.desk.office, now, update)

    @rule(what=st.sampled_from([desk.close, desk.reopen, desk.set_aside, desk.restore]))
    def turn(self, what: Callable[..., object]) -> None:
        self._try(what, "clerk", 1)

    @rule(vouched=st.booleans())
    def citizen_writes_again(self, vouched: bool) -> None:
        self.desk.arrive("masih", in_reply_to="a", vouched=vouched)
        self.desk.settle_but_replies()

    @invariant()
    def an_answer_leaves_once_a_person_s_word(self) -> None:
        for part in set(self.taken):
            assert self.taken.count(part) <= self.allowed.get(part, 0)

    @invariant()
    def no_state_moves_backwards(self) -> None:
        for row in self.desk.all(ReplyPart):
            before = self.states.get(row.id)
            self.states[row.id] = row.state
            if before is None or before is row.state:
                continue
            # Several steps may have been taken in one rule.
            reached, todo = {before}, [before]
            while todo:
                for after in FORWARD[todo.pop()]:
                    if SendState(after) not in reached:
                        reached.add(SendState(after))
                        todo.append(SendState(after))
            assert row.state in reached, (before, row.state)
            if before in (SendState.READ, SendState.CANCELLED, SendState.SUPERSEDED):
                raise AssertionError((before, row.state))

    @invariant()
    def what_waits_for_nobody_has_not_been_forgotten(self) -> None:
        """A case whose answer is on its way says so, and one without does not claim one."""
        [complaint] = [row for row in self.desk.all(Complaint) if row.id == 1]
        on_its_way = any(
            row.state in (SendState.PENDING, SendState.SENDING, SendState.UNKNOWN)
            for row in self.desk.all(ReplyPart)
        )
        if complaint.status is Status.APPROVED:
            assert on_its_way


TestSending = Sending.TestCase
TestSending.settings = settings(max_examples=examples(20), stateful_step_count=30, deadline=None)
