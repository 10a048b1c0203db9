"""Approval binds a digest and a person; what was changed since never leaves."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from pipeline import desk
from pipeline.posts import View
from store.states import ReplyKind, Role, SendState, Status
from store.tables import Approval, Complaint, Event, Facility, Post, Prompt, Reply, ReplyPart, Staff
from tests.doubles import START
from tests.pipeline.conftest import Desk


def drafted(one: Desk, text: str = "Jawaban.", **kwargs: object) -> Reply:
    if not one.all(Complaint):
        one.arrive("loketnya tutup", identity="a")
        one.settle()
    reply: Reply = one.decide(desk.draft, "clerk", one.complaint().id, text, **kwargs)
    return reply


def state(one: Desk, reply: Reply) -> SendState:
    [part] = [part for part in one.all(ReplyPart) if part.reply_id == reply.id]
    found: SendState = part.state
    return found


def refused(one: Desk, key: str, decision: object, who: str, *args: object) -> None:
    events, posts = len(one.all(Event)), len(one.all(Post))
    with pytest.raises(desk.Refused) as caught:
        one.decide(decision, who, *args)  # type: ignore[arg-type]
    assert caught.value.key == key
    assert (len(one.all(Event)), len(one.all(Post))) == (events, posts)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE reply SET text = 'x'",
        "UPDATE reply SET recipient = 'x@contoh.id'",
        "UPDATE reply SET route = 'public'",
        "UPDATE reply_part SET text = 'x'",
        "UPDATE reply SET text = 'x'; UPDATE reply_part SET text = 'x'",
        "UPDATE reply_part SET approved_digest = ''",
        "UPDATE approval SET digest = 'x'",
        "DELETE FROM approval",
    ],
)
def test_what_was_changed_after_the_approval_never_leaves(desk_of_one: Desk, change: str) -> None:
    reply = drafted(desk_of_one)
    desk_of_one.decide(desk.approve, "coordinator", reply.id, reply.digest)
    with desk_of_one.store.write("test") as db:
        for statement in change.split(";"):
            db.connection().exec_driver_sql(statement)
    desk_of_one.later(7200)
    assert desk_of_one.letters.sent == []
    assert state(desk_of_one, reply) is SendState.HELD
    assert "digest-mismatch" in [event.kind for event in desk_of_one.all(Event)]
    # The way out is the next version.
    desk_of_one.answered("Jawaban yang benar.")
    desk_of_one.later(120)
    assert [letter.text for letter in desk_of_one.letters.sent] == ["Jawaban yang benar."]


def test_changed_text_with_a_forged_digest_does_not_leave_either(desk_of_one: Desk) -> None:
    reply = drafted(desk_of_one)
    desk_of_one.decide(desk.approve, "coordinator", reply.id, reply.digest)
    with desk_of_one.store.write("test") as db:
        row = db.get_one(Reply, reply.id)
        row.text = "x"
        row.digest = desk.digest_of(row)
        for part in desk.parts_of(db, row.id or 0):
            part.text, part.approved_digest = "x", row.digest
    desk_of_one.later(7200)
    assert desk_of_one.letters.sent == []


def test_an_old_version_s_button_is_void(desk_of_one: Desk) -> None:
    first = drafted(desk_of_one)
    second = drafted(desk_of_one, "Lebih baik.")
    assert state(desk_of_one, first) is SendState.SUPERSEDED
    for digest in (first.digest, second.digest):
        refused(desk_of_one, "not-current", desk.approve, "coordinator", first.id, digest)
    for digest in (first.digest, "", second.digest[:7], "é" * 16):
        refused(desk_of_one, "not-current", desk.approve, "coordinator", second.id, digest)
    desk_of_one.decide(desk.approve, "coordinator", second.id, second.digest[:8])


def test_the_second_tap_does_nothing(desk_of_one: Desk) -> None:
    reply = drafted(desk_of_one)
    desk_of_one.decide(desk.approve, "coordinator", reply.id, reply.digest)
    refused(desk_of_one, "already-approved", desk.approve, "coordinator", reply.id, reply.digest)
    desk_of_one.later(120)
    refused(desk_of_one, "already-approved", desk.approve, "coordinator", reply.id, reply.digest)
    assert len(desk_of_one.letters.sent) == 1


def test_a_draft_after_the_approval_voids_it(desk_of_one: Desk) -> None:
    first = drafted(desk_of_one)
    desk_of_one.decide(desk.approve, "coordinator", first.id, first.digest)
    drafted(desk_of_one, "Tunggu, begini.")
    desk_of_one.later(7200)
    assert desk_of_one.letters.sent == []
    assert state(desk_of_one, first) is SendState.SUPERSEDED
    assert desk_of_one.complaint().status is Status.DRAFTED


def test_a_chain_of_two_needs_both_in_order(desk_of_two: Desk) -> None:
    reply = drafted(desk_of_two)
    refused(desk_of_two, "wrong-step", desk.approve, "head", reply.id, reply.digest)
    desk_of_two.decide(desk.approve, "coordinator", reply.id, reply.digest)
    refused(desk_of_two, "wrong-step", desk.approve, "coordinator", reply.id, reply.digest)
    desk_of_two.later(7200)
    assert desk_of_two.letters.sent == []
    assert state(desk_of_two, reply) is SendState.HELD
    desk_of_two.decide(desk.request_changes, "head", reply.id, reply.digest)
    refused(desk_of_two, "not-current", desk.approve, "head", reply.id, reply.digest)
    second = drafted(desk_of_two, "Lebih baik.")
    refused(desk_of_two, "wrong-step", desk.approve, "head", second.id, second.digest)
    for step in ("coordinator", "head"):
        desk_of_two.decide(desk.approve, step, second.id, second.digest)
    desk_of_two.later(120)
    assert [letter.text for letter in desk_of_two.letters.sent] == ["Lebih baik."]
    # Who said what of the first version stays on record.
    assert [row.reply_id for row in desk_of_two.all(Approval)] == [reply.id, second.id, second.id]


def test_only_the_right_role_of_the_right_office_decides(desk_of_one: Desk) -> None:
    reply = drafted(desk_of_one)
    refused(desk_of_one, "wrong-step", desk.approve, "clerk", reply.id, reply.digest)
    refused(desk_of_one, "wrong-step", desk.approve, "head", reply.id, reply.digest)
    refused(desk_of_one, "not-allowed", desk.request_changes, "clerk", reply.id, reply.digest)
    refused(desk_of_one, "not-allowed", desk.note, "clerk", reply.id, "x")
    with desk_of_one.store.write("test") as db:
        staff = db.get_one(Staff, desk_of_one.staff["coordinator"].id)
        staff.active = False
    refused(desk_of_one, "not-allowed", desk.approve, "coordinator", reply.id, reply.digest)
    desk_of_one.staff["unit"] = other = added(desk_of_one, Role.UNIT)
    refused(desk_of_one, "not-allowed", desk.approve, "unit", reply.id, reply.digest)
    refused(desk_of_one, "not-allowed", desk.take, "unit", reply.complaint_id)
    assert other.active


def added(one: Desk, role: Role, facility_id: int | None = None) -> Staff:
    with one.store.write("test") as db:
        row = Staff(
            facility_id=facility_id or one.office.id,
            name=f"Petugas {role}",
            role=role,
            telegram_id=90 + len(one.all(Staff)),
            created_at=START,
        )
        db.add(row)
    return row


def test_two_offices_never_reach_into_each_other(desk_of_one: Desk) -> None:
    """Neither a stranger in this office nor this office's people with another's rows."""
    reply = drafted(desk_of_one)
    with desk_of_one.store.write("test") as db:
        other = Facility(
            slug="lain", name="Lain", zone="Asia/Jakarta", profile="ayah", created_at=START
        )
        db.add(other)
        db.flush()
        other_id = other.id
    for role in (Role.CLERK, Role.COORDINATOR, Role.HEAD):
        desk_of_one.staff[f"other-{role}"] = added(desk_of_one, role, other_id)
    for decision, args in (
        (desk.approve, (reply.id, reply.digest)),
        (desk.request_changes, (reply.id, reply.digest)),
        (desk.note, (reply.id, "x")),
        (desk.undo, (reply.id,)),
        (desk.take, (reply.complaint_id,)),
        (desk.draft, (reply.complaint_id, "x")),
        (desk.show, (reply.complaint_id,)),
        (desk.close, (reply.complaint_id,)),
        (desk.set_aside, (reply.complaint_id,)),
        (desk.reopen, (reply.complaint_id,)),
        (desk.split, (reply.complaint_id,)),
        (desk.resend, (1,)),
        (desk.mark_sent, (1,)),
        (desk.promote, (1,)),
        (desk.send_anyway, (reply.complaint_id,)),
    ):
        for role in (Role.CLERK, Role.COORDINATOR, Role.HEAD):
            refused(desk_of_one, "not-allowed", decision, f"other-{role}", *args)
    # The same from the other side: right people, wrong rows.
    with desk_of_one.store.write("test") as db:
        for table in (Complaint, Reply, ReplyPart):
            for row in db.connection().exec_driver_sql(f"SELECT id FROM {table.__tablename__}"):
                db.get_one(table, row[0]).facility_id = other_id
    for decision, args in (
        (desk.approve, (reply.id, reply.digest)),
        (desk.draft, (reply.complaint_id, "x")),
        (desk.take, (reply.complaint_id,)),
        (desk.undo, (reply.id,)),
        (desk.resend, (1,)),
        (desk.mark_sent, (1,)),
    ):
        with pytest.raises(desk.Refused, match=r"no-such-complaint|no-draft"):
            desk_of_one.decide(decision, "coordinator", *args)
    with desk_of_one.store.read() as db:
        assert desk.find_case(db, desk_of_one.office, "1") == []


def test_changes_are_asked_for_and_the_next_answer_is_the_next_draft(desk_of_one: Desk) -> None:
    first = drafted(desk_of_one)
    desk_of_one.decide(desk.request_changes, "coordinator", first.id, first.digest)
    with desk_of_one.store.read() as db:
        prompt = db.get_one(Prompt, desk_of_one.staff["coordinator"].id)
        assert (prompt.purpose, prompt.reply_id) == ("note", first.id)
    refused(desk_of_one, "not-current", desk.approve, "coordinator", first.id, first.digest)
    refused(desk_of_one, "empty-text", desk.note, "coordinator", first.id, "  ")
    desk_of_one.decide(desk.note, "coordinator", first.id, "Sebutkan jamnya.")
    assert desk_of_one.chat.views(desk_of_one.staff["clerk"].id)[-1] == View.NOTE
    second = drafted(desk_of_one, "Loket buka pukul 7.")
    assert (second.version, second.kind) == (2, ReplyKind.ANSWER)
    desk_of_one.decide(desk.approve, "coordinator", second.id, second.digest)
    desk_of_one.later(120)
    assert len(desk_of_one.letters.sent) == 1


def test_a_question_that_was_sent_back_stays_a_question(desk_of_one: Desk) -> None:
    first = drafted(desk_of_one, "Di loket mana?", kind=ReplyKind.QUESTION)
    desk_of_one.decide(desk.request_changes, "coordinator", first.id, first.digest)
    assert drafted(desk_of_one, "Di loket mana, Bu?").kind is ReplyKind.QUESTION
    # Nobody sent this one back: the officer answers instead.
    assert drafted(desk_of_one, "Sudah kami perbaiki.").kind is ReplyKind.ANSWER


def test_a_question_waits_for_the_citizen(desk_of_one: Desk) -> None:
    question = drafted(desk_of_one, "Di loket mana?", kind=ReplyKind.QUESTION)
    desk_of_one.decide(desk.approve, "coordinator", question.id, question.digest)
    desk_of_one.later(120)
    complaint = desk_of_one.complaint()
    assert (complaint.status, complaint.replied_at) == (Status.AWAITING_COMPLAINANT, None)
    desk_of_one.arrive("Loket 2", in_reply_to="a", vouched=True)
    desk_of_one.settle()
    assert desk_of_one.complaint().status is Status.TAKEN
    answer = desk_of_one.answered("Terima kasih, sudah kami perbaiki.")
    assert answer.kind is ReplyKind.ANSWER
    desk_of_one.later(120)
    assert desk_of_one.complaint().replied_at == desk_of_one.clock.now


def test_after_the_answer_comes_a_correction_and_after_more_words_an_answer(
    desk_of_one: Desk,
) -> None:
    drafted(desk_of_one)
    desk_of_one.answered()
    desk_of_one.later(120)
    first = desk_of_one.complaint().replied_at
    assert drafted(desk_of_one, "Ralat: pukul 8.").kind is ReplyKind.CORRECTION
    # A new wording of a correction is one.
    assert desk_of_one.answered("Ralat: pukul 8.00.").kind is ReplyKind.CORRECTION
    desk_of_one.later(120)
    complaint = desk_of_one.complaint()
    assert (complaint.status, complaint.replied_at) == (Status.ANSWERED, first)
    assert len(desk_of_one.letters.sent) == 2
    desk_of_one.arrive("masih tutup", in_reply_to="a", vouched=True)
    desk_of_one.settle()
    assert drafted(desk_of_one, "Kami cek.").kind is ReplyKind.ANSWER


@pytest.mark.parametrize(("seconds", "leaves"), [(119, False), (120, False), (120.001, True)])
def test_it_can_be_called_back_up_to_the_border(
    desk_of_one: Desk, seconds: float, leaves: bool
) -> None:
    """At the very border whoever comes first has it; here the tap comes first."""
    reply = drafted(desk_of_one)
    desk_of_one.decide(desk.approve, "coordinator", reply.id, reply.digest)
    if leaves:
        desk_of_one.later(seconds)
        refused(desk_of_one, "too-late-to-undo", desk.undo, "clerk", reply.id)
    else:
        desk_of_one.clock.forward(seconds)
        desk_of_one.decide(desk.undo, "clerk", reply.id)
        desk_of_one.later(7200)
        refused(desk_of_one, "too-late-to-undo", desk.undo, "clerk", reply.id)
    assert len(desk_of_one.letters.sent) == leaves
    assert state(desk_of_one, reply) is (SendState.ACCEPTED if leaves else SendState.CANCELLED)


def test_nobody_calls_another_s_reply_back(desk_of_one: Desk) -> None:
    reply = drafted(desk_of_one)
    desk_of_one.decide(desk.approve, "coordinator", reply.id, reply.digest)
    desk_of_one.staff["clerk2"] = added(desk_of_one, Role.CLERK)
    refused(desk_of_one, "already-taken", desk.undo, "clerk2", reply.id)


def test_the_draft_of_a_closed_case_cannot_be_approved(desk_of_one: Desk) -> None:
    reply = drafted(desk_of_one)
    desk_of_one.decide(desk.close, "clerk", reply.complaint_id)
    refused(desk_of_one, "not-current", desk.approve, "coordinator", reply.id, reply.digest)
    desk_of_one.decide(desk.reopen, "clerk", reply.complaint_id)
    desk_of_one.decide(desk.approve, "coordinator", reply.id, reply.digest)


def test_a_draft_opens_a_closed_case(desk_of_one: Desk) -> None:
    desk_of_one.arrive("x")
    desk_of_one.settle()
    desk_of_one.decide(desk.close, "clerk", 1)
    drafted(desk_of_one)
    complaint = desk_of_one.complaint()
    assert (complaint.status, complaint.closed_at) == (Status.DRAFTED, None)


def test_what_cannot_be_a_draft(desk_of_one: Desk) -> None:
    drafted(desk_of_one)
    refused(desk_of_one, "empty-text", desk.draft, "clerk", 1, " \n ")
    for text in ("x" * 3001, "😡" * 1501):  # counted as the chat counts
        refused(desk_of_one, "too-long", desk.draft, "clerk", 1, text)
    refused(desk_of_one, "no-such-complaint", desk.draft, "clerk", 99, "x")
    desk_of_one.staff["clerk2"] = added(desk_of_one, Role.CLERK)
    refused(desk_of_one, "already-taken", desk.draft, "clerk2", 1, "x")
    desk_of_one.decide(desk.draft, "coordinator", 1, "Saya saja.")
    assert desk_of_one.complaint().taken_by == desk_of_one.staff["clerk"].id


def test_without_an_approver_the_author_is_told(desk_of_one: Desk) -> None:
    with desk_of_one.store.write("test") as db:
        db.get_one(Staff, desk_of_one.staff["coordinator"].id).telegram_id = None
    drafted(desk_of_one)
    assert "no-approver" in desk_of_one.all(Post)[-1].params


def test_a_case_in_nobody_s_hands_any_more_can_be_taken(desk_of_one: Desk) -> None:
    reply = drafted(desk_of_one)
    desk_of_one.staff["clerk2"] = second = added(desk_of_one, Role.CLERK)
    refused(desk_of_one, "already-taken", desk.take, "clerk2", 1)
    refused(desk_of_one, "not-allowed", desk.show, "clerk2", 1)
    with desk_of_one.store.write("test") as db:
        db.get_one(Staff, desk_of_one.staff["clerk"].id).active = False
    desk_of_one.decide(desk.take, "clerk2", 1)
    assert desk_of_one.complaint().taken_by == second.id
    desk_of_one.decide(desk.approve, "coordinator", reply.id, reply.digest)
    desk_of_one.later(120)
    assert View.RECEIPT in desk_of_one.chat.views(second.id)


def test_the_answer_of_a_case_by_hand_is_carried_by_a_person(desk_of_one: Desk) -> None:
    desk_of_one.decide(desk.record_by_hand, "clerk", key="1", text="obat habis", medium="counter")
    reply = drafted(desk_of_one)
    desk_of_one.decide(desk.approve, "coordinator", reply.id, reply.digest)
    desk_of_one.later(7200)
    assert desk_of_one.letters.sent == []
    assert View.COPY in desk_of_one.chat.views(desk_of_one.staff["clerk"].id)
    [part] = desk_of_one.all(ReplyPart)
    desk_of_one.decide(desk.mark_sent, "clerk", part.id)
    assert desk_of_one.complaint().status is Status.ANSWERED
    refused(desk_of_one, "already-sent", desk.mark_sent, "clerk", part.id)


def test_a_short_number_is_looked_for_among_the_open(desk_of_one: Desk) -> None:
    def found(text: str) -> list[str]:
        with desk_of_one.store.read() as db:
            return [case.number for case in desk.find_case(db, desk_of_one.office, text)]

    desk_of_one.arrive("satu")
    desk_of_one.settle()
    desk_of_one.clock.now += timedelta(days=60)
    desk_of_one.arrive("dua")
    desk_of_one.settle()
    assert found("0001") == found("#1") == found("ADU 1") == ["ADU-2026-0001", "ADU-2027-0001"]
    assert found("adu-2026-1") == ["ADU-2026-0001"]
    assert found("2") == found("x") == found("ADU-2025-0001") == found("1234567") == []
    desk_of_one.decide(desk.close, "clerk", 1)
    assert found("1") == ["ADU-2027-0001"]
    desk_of_one.decide(desk.close, "clerk", 2)
    assert found("1") == ["ADU-2026-0001", "ADU-2027-0001"]


def test_set_aside_and_back(desk_of_one: Desk) -> None:
    reply = drafted(desk_of_one)
    refused(desk_of_one, "nothing-to-do", desk.restore, "clerk", 1)
    desk_of_one.decide(desk.set_aside, "clerk", 1)
    assert desk_of_one.complaint().status is Status.SET_ASIDE
    desk_of_one.decide(desk.restore, "clerk", 1)
    assert desk_of_one.complaint().status is Status.TAKEN
    desk_of_one.decide(desk.approve, "coordinator", reply.id, reply.digest)
    refused(desk_of_one, "still-sending", desk.set_aside, "clerk", 1)
    refused(desk_of_one, "still-sending", desk.close, "clerk", 1)


def test_what_a_decision_did_is_gone_when_it_is_refused(desk_of_one: Desk) -> None:
    """Callers roll back: nothing of a refused decision is kept."""
    reply = drafted(desk_of_one)

    def approve_and_fail(db: Session, *args: object) -> None:
        desk.approve(db, *args, reply.id, reply.digest)  # type: ignore[arg-type,call-arg]
        raise desk.Refused("nothing-to-do")

    refused(desk_of_one, "nothing-to-do", approve_and_fail, "coordinator")
    assert state(desk_of_one, reply) is SendState.HELD
    assert desk_of_one.all(Approval) == []
