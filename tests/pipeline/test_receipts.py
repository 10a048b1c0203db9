"""What comes back about our own replies."""

import pytest

from channels.message import DeliveryState, OwnEcho, StatusUpdate
from pipeline import desk, receipts
from pipeline.posts import View
from store.states import SendState, Status
from store.tables import Event, ReplyPart
from tests.pipeline.conftest import Desk


@pytest.fixture
def sent(desk_of_one: Desk) -> Desk:
    desk_of_one.arrive("loketnya tutup", identity="a")
    desk_of_one.settle()
    desk_of_one.answered()
    desk_of_one.later(120)
    return desk_of_one


def part(one: Desk) -> ReplyPart:
    found: ReplyPart = one.all(ReplyPart)[-1]
    return found


def status(one: Desk, state: DeliveryState, **fields: object) -> None:
    fields.setdefault("external_id", f"reply-{part(one).id}")
    with one.store.write("test") as db:
        update = StatusUpdate(state=state, **fields)  # type: ignore[arg-type]
        receipts.status(db, one.office, one.clock.now, update)
    one.settle()


def test_a_bounce_opens_the_case_again_and_is_told(sent: Desk) -> None:
    status(sent, DeliveryState.FAILED, reason="5.1.1")
    assert (part(sent).state, part(sent).reason) == (SendState.FAILED, "5.1.1")
    complaint = sent.complaint()
    assert (complaint.status, complaint.replied_at) == (Status.TAKEN, None)
    assert View.FAILED in sent.chat.views(sent.staff["coordinator"].id)
    sent.decide(desk.resend, "coordinator", part(sent).id)
    assert len(sent.letters.sent) == 2
    assert sent.complaint().status is Status.ANSWERED


def test_the_first_bounce_again_does_not_stop_the_resending(sent: Desk) -> None:
    status(sent, DeliveryState.FAILED)
    with sent.store.write("test") as db:
        row = db.get_one(ReplyPart, part(sent).id)
        row.state = SendState.PENDING
    with sent.store.write("test") as db:
        update = StatusUpdate(external_id="", part=part(sent).id, state=DeliveryState.FAILED)
        receipts.status(db, sent.office, sent.clock.now, update)
        late = OwnEcho(external_id="x", part=part(sent).id)
        receipts.echo(db, sent.office, sent.clock.now, late)
    assert part(sent).state is SendState.PENDING


@pytest.mark.parametrize("report", ["b@mx#1", 'é"\\_%/b@mx#1', "B" * 900 + "#1"])
def test_a_report_that_comes_twice_counts_once(sent: Desk, report: str) -> None:
    status(sent, DeliveryState.FAILED, report=report)
    sent.decide(desk.resend, "coordinator", part(sent).id)
    for again in (report, "x" + report):
        status(sent, DeliveryState.FAILED, report=again)
        assert (part(sent).state is SendState.FAILED) is (again != report)


def test_a_bounce_of_an_old_version_leaves_the_newer_answer_alone(sent: Desk) -> None:
    first = part(sent)
    sent.answered("Ralat.")
    status(sent, DeliveryState.FAILED, part=first.id)
    complaint = sent.complaint()
    assert complaint.status is Status.APPROVED
    sent.later(120)
    assert sent.complaint().replied_at == sent.clock.now


def test_a_temporary_trouble_is_only_kept(sent: Desk) -> None:
    status(sent, DeliveryState.FAILED, reason="4.4.1", temporary=True)
    assert part(sent).state is SendState.ACCEPTED
    event = sent.all(Event)[-1]
    assert (event.kind, event.complaint_id) == ("gateway-status", sent.complaint().id)


def test_a_status_moves_forward_only_and_is_shown(sent: Desk) -> None:
    assert part(sent).delivered_at is None
    status(sent, DeliveryState.ACCEPTED)
    assert part(sent).delivered_at is None
    sent.clock.forward(60)
    status(sent, DeliveryState.DELIVERED)
    delivered = part(sent).delivered_at
    assert delivered == sent.clock.now
    # «sampai HH.MM» on the receipt that stands in the chat.
    assert View.RECEIPT in [post.kind for post in sent.chat.edits]
    sent.clock.forward(60)
    for late in (DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.DELIVERED):
        status(sent, late)
        assert part(sent).state is SendState.DELIVERED
    status(sent, DeliveryState.READ)
    assert (part(sent).state, part(sent).delivered_at) == (SendState.READ, delivered)
    assert sent.chat.views(sent.staff["clerk"].id).count(View.RECEIPT) == 1


def test_what_is_not_ours_changes_nothing(sent: Desk) -> None:
    events = len(sent.all(Event))
    status(sent, DeliveryState.FAILED, external_id="asing")
    status(sent, DeliveryState.FAILED, external_id="")
    status(sent, DeliveryState.FAILED, part=99)
    assert len(sent.all(Event)) == events
    with sent.store.write("test") as db:
        receipts.echo(db, sent.office, sent.clock.now, OwnEcho(external_id="x", part=99))
    assert part(sent).state is SendState.ACCEPTED


@pytest.mark.parametrize(
    ("state", "proves"),
    [
        (SendState.UNKNOWN, True),
        (SendState.SENDING, True),
        (SendState.CANCELLED, False),
        (SendState.HELD, False),
    ],
)
def test_our_own_copy_proves_that_it_went(sent: Desk, state: SendState, proves: bool) -> None:
    with sent.store.write("test") as db:
        row = db.get_one(ReplyPart, part(sent).id)
        row.state, row.accepted_at = state, None
        echo = OwnEcho(external_id="x", part=row.id)
        db.flush()
        receipts.echo(db, sent.office, sent.clock.now, echo)
    assert part(sent).state is (SendState.ACCEPTED if proves else state)


def test_our_own_copy_saves_the_citizen_a_second_one(sent: Desk) -> None:
    """A person asked for it to be sent again, and then its copy turns up."""
    with sent.store.write("test") as db:
        row = db.get_one(ReplyPart, part(sent).id)
        row.state, row.accepted_at, row.due_at = SendState.PENDING, None, sent.clock.now
        db.flush()
        receipts.echo(db, sent.office, sent.clock.now, OwnEcho(external_id="x", part=row.id))
    sent.later(3600)
    assert part(sent).state is SendState.ACCEPTED
    assert len(sent.letters.sent) == 1


def test_an_answer_typed_elsewhere_is_seen_in_the_batch_of_its_complaint(desk_of_one: Desk) -> None:
    """The first poll brings the folder of letters and that of sent ones together."""
    plain = desk_of_one.letters.parse

    def parse(delivery: object) -> object:
        if delivery.transport_id == "sent":  # type: ignore[attr-defined]
            return [OwnEcho(external_id="x", in_reply_to="a", text="Sudah kami jawab.")]
        return plain(delivery)  # type: ignore[arg-type]

    desk_of_one.letters.parse = parse  # type: ignore[method-assign,assignment]
    desk_of_one.arrive("loketnya tutup", identity="a")
    desk_of_one.arrive("", key="sent")
    desk_of_one.settle()
    assert desk_of_one.complaint().foreign_answer
    assert View.FOREIGN in desk_of_one.chat.views(desk_of_one.staff["coordinator"].id)


def test_of_two_open_cases_nobody_can_tell_which_was_answered(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu")
    desk_of_one.arrive("dua")
    desk_of_one.settle()
    with desk_of_one.store.write("test") as db:
        echo = OwnEcho(external_id="x", recipients=("siti@contoh.id",))
        receipts.foreign(db, desk_of_one.office, desk_of_one.clock.now, "letters", echo)
    assert not any(desk_of_one.complaint(number).foreign_answer for number in (1, 2))
