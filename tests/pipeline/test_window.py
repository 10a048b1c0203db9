"""The provider's time to answer: what waits for the citizen, what for a person, and what leaves."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select

from channels.errors import Permanent
from channels.message import OutboundReply, RouteKind
from pipeline import desk, window
from pipeline.conversation.words import Command
from pipeline.posts import View
from store import waiting
from store.states import SendState, Status
from store.tables import Complaint, Contact, Reply
from tests.doubles import START
from tests.pipeline.conftest import moment
from tests.pipeline.window_desk import CITIZEN, DAY, NOTE, WindowDesk, make_windowed


@pytest.fixture
def one(tmp_path: Path) -> Iterator[WindowDesk]:
    made = make_windowed(tmp_path)
    yield made
    made.desk.store.close()


@pytest.fixture
def late(one: WindowDesk) -> WindowDesk:
    """A complaint of yesterday: its window has closed."""
    one.writes()
    one.later(hours=25)
    return one


@pytest.fixture
def waits(late: WindowDesk) -> WindowDesk:
    """An approved answer waits for the citizen, who was told."""
    late.approved()
    late.note_goes()
    return late


def test_in_the_window_an_answer_simply_leaves(one: WindowDesk) -> None:
    one.writes()
    assert one.case().window_until == START + DAY
    one.approved()
    one.later(seconds=120)
    assert one.gateway.texts == ["Mohon maaf."]
    assert one.notes() == []


def test_what_a_citizen_writes_opens_the_window_of_all_their_cases(one: WindowDesk) -> None:
    one.writes()
    one.later(hours=3)
    one.writes("yang lain lagi")
    assert {one.desk.complaint(n).window_until for n in (1, 2)} == {one.now() + DAY}
    [contact] = one.desk.all(Contact)
    assert contact.heard_at == one.now()
    one.says(at=START)  # an older message that came late closes nothing
    assert one.case().window_until == one.now() + DAY


def test_after_it_the_citizen_is_told_and_lihat_lets_it_leave_once(waits: WindowDesk) -> None:
    assert waits.gateway.texts == []
    assert (waits.part().waits_for, waits.part().due_at) == ("window", None)
    [note] = waits.notes()
    assert (note.route, note.reply_id) == ("template", waits.part().reply_id)
    assert (waits.case().status, waits.case().replied_at) == (Status.APPROVED, None)
    with waits.desk.store.read() as db:
        assert window.words_of(db, note) == (NOTE, {"1": "ADU-2026-0001"})
    waits.says(Command.RELEASE)
    waits.says(Command.RELEASE)
    assert waits.gateway.texts == ["Mohon maaf."]
    assert waits.case().status is Status.ANSWERED
    assert len(waits.trail("released")) == 1
    with waits.desk.store.read() as db:
        assert window.words_of(db, note) is None


def test_the_note_leaves_as_a_template_with_the_number(late: WindowDesk) -> None:
    late.approved()
    assert late.gateway.sent == []
    late.later(seconds=120)
    [sent] = late.gateway.sent
    assert (sent.route, sent.recipient, sent.automatic) == (RouteKind.TEMPLATE, CITIZEN, True)
    assert sent.variables == {"1": "ADU-2026-0001"}
    [note] = late.notes()
    assert (note.state, note.text) == (SendState.ACCEPTED, NOTE)


def test_a_template_that_the_gateway_refuses_becomes_a_call(late: WindowDesk) -> None:
    def no_such_template(_part: OutboundReply) -> None:
        raise Permanent("", detail="63027")

    late.gateway.fault = no_such_template
    late.approved()
    late.later(seconds=120)
    assert late.part().waits_for == waiting.CALL
    assert late.calls() == late.calls("coordinator") == 1


def test_a_template_that_fails_later_becomes_a_call(late: WindowDesk) -> None:
    late.approved()
    late.later(seconds=120)
    late.gateway_says(late.notes()[0].external_id, "63024")
    assert late.part().waits_for == waiting.CALL
    assert late.calls() == late.calls("coordinator") == 1


@pytest.mark.parametrize("held", [False, True])
def test_held_by_an_answer_typed_elsewhere_nobody_is_told(late: WindowDesk, held: bool) -> None:
    late.approved()
    with late.write() as db:
        db.get_one(Complaint, 1).foreign_answer = True
    if held:
        late.later(seconds=120)
        assert late.notes()[0].state is SendState.CANCELLED
    assert late.gateway.sent == []
    late.desk.decide(desk.send_anyway, "clerk", 1)
    late.later(seconds=120)
    assert late.part().waits_for == (waiting.CALL if held else waiting.WINDOW)
    assert late.calls() == int(held)


def test_whatever_else_they_write_lets_it_leave_too(waits: WindowDesk) -> None:
    waits.writes("halo gimana kabarnya?")
    assert waits.gateway.texts == ["Mohon maaf."]


def test_stop_lets_nothing_leave_and_somebody_telephones(waits: WindowDesk) -> None:
    waits.says(Command.STOP)
    assert waits.gateway.texts == []
    assert waits.part().waits_for == waiting.CALL
    assert waits.calls() == waits.calls("coordinator") == 1


def test_whoever_wants_no_messages_gets_none_until_they_say_so(waits: WindowDesk) -> None:
    with waits.write() as db:
        db.exec(select(Contact)).one().opted_out_at = waits.now()
    waits.says()
    assert waits.gateway.texts == []
    with waits.write() as db:
        db.exec(select(Contact)).one().opted_out_at = None
    waits.says(Command.START)
    assert waits.gateway.texts == ["Mohon maaf."]


def test_an_old_message_that_is_recorded_late_opens_nothing(waits: WindowDesk) -> None:
    waits.says(Command.RELEASE, at=waits.now() - DAY)
    assert waits.part().waits_for == waiting.WINDOW


def test_lihat_within_the_time_to_call_back_waits_for_its_end(late: WindowDesk) -> None:
    late.approved()
    late.says(Command.RELEASE)
    assert late.gateway.texts == []
    late.later(seconds=120)
    assert late.gateway.texts == ["Mohon maaf."]
    assert late.notes()[0].state is SendState.CANCELLED


@pytest.mark.parametrize("after", [False, True])
def test_undo_takes_answer_and_note_back(late: WindowDesk, after: bool) -> None:
    late.approved()
    if after:
        late.note_goes()
    [reply] = late.desk.all(Reply)
    late.desk.decide(desk.undo, "clerk", reply.id)
    assert late.part().state is SendState.CANCELLED
    assert late.notes()[0].state is (SendState.ACCEPTED if after else SendState.CANCELLED)
    late.says(Command.RELEASE)
    late.later(hours=1)
    assert late.gateway.texts == []


def test_a_new_wording_takes_the_place_of_one_that_waits(waits: WindowDesk) -> None:
    waits.desk.decide(desk.draft, "clerk", 1, "Sudah diperbaiki.")
    waits.says(Command.RELEASE)
    assert waits.gateway.texts == []
    waits.approved("Sudah dibetulkan.")
    waits.later(seconds=120)
    assert waits.gateway.texts == ["Sudah dibetulkan."]


def test_without_a_template_somebody_telephones(tmp_path: Path) -> None:
    """A WhatsApp message of 17 March at 13.00, answered on the 25th."""
    one = make_windowed(tmp_path, template=False)
    one.desk.clock.now = moment(2026, 3, 17, 13)
    with one.write() as db:
        db.connection().exec_driver_sql("UPDATE account SET since = '2026-01-01 00:00:00+00:00'")
    one.writes("kapan obatnya datang?")
    one.desk.clock.now = moment(2026, 3, 25, 9)
    one.approved("Obat sudah tersedia.")
    assert one.part().waits_for == waiting.CALL
    assert one.notes() == []
    assert one.gateway.sent == []
    assert one.calls() == one.calls("coordinator") == 1
    assert (one.case().status, one.case().replied_at) == (Status.APPROVED, None)
    one.later(hours=1)
    one.desk.decide(desk.mark_sent, "clerk", one.part().id)
    assert one.case().status is Status.ANSWERED
    assert one.case().replied_at == one.now()
    assert one.part().reason == desk.PHONED
    assert View.RECEIPT in one.desk.chat.views(one.desk.staff["clerk"].id)
    one.says(Command.RELEASE)
    one.later(hours=30)
    assert one.gateway.sent == []
    assert one.calls() == 1
    one.desk.store.close()


def test_what_is_phoned_while_the_citizen_is_waited_for_does_not_leave(waits: WindowDesk) -> None:
    waits.desk.decide(desk.mark_sent, "clerk", waits.part().id)
    waits.says(Command.RELEASE)
    waits.later(hours=30)
    assert waits.gateway.texts == []
    assert waits.calls() == 0


def test_a_template_that_fails_becomes_a_call_and_lihat_still_helps(late: WindowDesk) -> None:
    late.approved()
    late.note_goes(SendState.FAILED)
    late.note_goes(SendState.FAILED)
    assert late.calls() == late.calls("coordinator") == 1
    assert '"63013"' in late.trail("waits")[-1]
    late.says(Command.RELEASE)
    assert late.gateway.texts == ["Mohon maaf."]


def test_no_lihat_for_a_day_becomes_a_call_once(waits: WindowDesk) -> None:
    waits.later(hours=23)
    assert waits.calls() == 0
    waits.later(hours=2)
    waits.later(hours=30)
    assert waits.calls() == 1
    assert len(waits.notes()) == 1


def test_a_window_that_closes_before_the_sending_begins(one: WindowDesk) -> None:
    one.writes()
    one.desk.clock.now = START + DAY
    one.desk.clock.forward(-60)
    one.approved()
    assert one.part().waits_for == ""
    one.later(seconds=120)
    assert one.gateway.texts == []
    assert one.part().waits_for == waiting.WINDOW


def test_a_gateway_that_knows_better_at_once(one: WindowDesk) -> None:
    one.writes()
    one.gateway.wrote = START - DAY
    one.approved()
    one.later(seconds=120)
    assert one.gateway.texts == []
    assert (one.part().state, one.part().waits_for) == (SendState.PENDING, waiting.WINDOW)
    one.later(seconds=120)
    assert len(one.notes()) == 1
    one.says(Command.RELEASE)
    one.later(minutes=2)
    assert one.gateway.texts == ["Mohon maaf."]


def test_a_gateway_that_says_so_after_it_took_it(one: WindowDesk) -> None:
    one.writes()
    one.gateway.late = True
    one.approved()
    one.later(seconds=120)
    assert one.case().status is Status.ANSWERED
    one.gateway.wrote = START - DAY
    one.gateway_says_closed()
    one.gateway_says_closed()
    assert (one.part().state, one.part().waits_for) == (SendState.PENDING, waiting.WINDOW)
    assert (one.case().status, one.case().replied_at) == (Status.APPROVED, None)
    assert len(one.notes()) == 1
    assert len(one.trail("gateway-status")) == 1
    assert '"late"' in one.trail("waits")[0]
    assert len(one.told("window-late")) == 2, "officer and coordinator"
    one.says(Command.RELEASE)
    one.later(minutes=2)
    assert one.case().status is Status.ANSWERED
    assert len(one.gateway.texts) == 2, "once in vain, once in the window"


def test_told_late_of_a_case_that_has_gone_on_a_person_decides(one: WindowDesk) -> None:
    one.writes()
    one.gateway.late = True
    one.approved()
    one.later(seconds=120)
    one.desk.decide(desk.draft, "clerk", 1, "Ralat.")
    one.gateway.wrote = START - DAY
    with one.write() as db:
        part = one.desk.all(type(one.part()))[0]
        window.closed(db, one.desk.office, one.now(), db.get_one(type(part), part.id))
    one.desk.settle()
    assert one.desk.all(type(one.part()))[0].state is SendState.FAILED
    assert one.notes() == []


def test_the_second_time_a_version_is_shut_out_somebody_telephones(waits: WindowDesk) -> None:
    waits.says(Command.RELEASE, at=waits.now())  # as it is told; the gateway knows better
    assert waits.part().waits_for == waiting.CALL
    assert len(waits.notes()) == 1
    assert waits.calls() == 1


def test_the_route_and_what_is_bound_stay(late: WindowDesk) -> None:
    late.approved()
    [reply] = late.desk.all(Reply)
    assert reply.route == "private"
    assert reply.digest == desk.digest_of(reply)


@pytest.mark.parametrize(
    ("until", "when"),
    [
        (moment(2026, 11, 25, 15), moment(2026, 11, 25, 13)),
        (moment(2026, 11, 25, 21), moment(2026, 11, 25, 19)),
        (moment(2026, 11, 25, 21, 30), moment(2026, 11, 25, 19)),
        (moment(2026, 11, 25, 23), moment(2026, 11, 25, 19)),
        (moment(2026, 11, 25, 3), moment(2026, 11, 24, 19)),
        (moment(2026, 11, 25, 7), moment(2026, 11, 24, 19)),
        (moment(2026, 11, 25, 8), moment(2026, 11, 25, 6)),
    ],
)
def test_nobody_is_reminded_at_night(until: datetime, when: datetime) -> None:
    assert window.remind_at(until, "20.00-06.00", when.tzinfo) == when  # type: ignore[arg-type]


def test_without_quiet_hours_two_hours_before() -> None:
    until = moment(2026, 11, 25, 3)
    assert window.remind_at(until, "", until.tzinfo) == moment(2026, 11, 25, 1)  # type: ignore[arg-type]


def test_one_reminder_a_window_to_whoever_has_the_case(one: WindowDesk) -> None:
    one.writes()
    one.desk.decide(desk.take, "clerk", 1)
    assert window.window_due(one.desk.ctx) == START + DAY - window.BEFORE
    one.later(hours=21.9)
    assert one.told("window-closing") == []
    one.later(hours=0.2)
    one.later(hours=1)
    [post] = one.told("window-closing")
    assert post.staff_id == one.desk.staff["clerk"].id
    one.writes("halo?", in_reply_to="letter-1", vouched=True)
    one.later(hours=22.5)
    assert len(one.told("window-closing")) == 2
    assert len(one.trail("window-reminder")) == 2


def test_the_coordinators_are_reminded_of_what_nobody_has(one: WindowDesk) -> None:
    one.writes()
    one.later(hours=22.5)
    [post] = one.told("window-closing")
    assert post.staff_id == one.desk.staff["coordinator"].id


def test_of_an_answered_case_nobody_is_reminded(one: WindowDesk) -> None:
    one.writes()
    one.approved()
    one.later(seconds=120)
    one.later(hours=22.5)
    one.later(hours=30)
    assert one.told("window-closing") == []


def test_who_was_asked_first_is_given_up_first(waits: WindowDesk) -> None:
    with waits.desk.store.read() as db:
        [(reply, note)] = waiting.unanswered(db, waits.desk.office.id, 5)
        assert waiting.unanswered(db, waits.desk.office.id, 0) == []
    assert note.reply_id == reply.id
    assert note.accepted_at is not None
    assert window.window_due(waits.desk.ctx) == note.accepted_at + DAY


def test_many_workers_remind_once(one: WindowDesk) -> None:
    import threading

    one.writes()
    one.desk.clock.now = START + DAY - window.BEFORE
    threads = [threading.Thread(target=window.window_due, args=(one.desk.ctx,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(one.told("window-closing")) == 1
