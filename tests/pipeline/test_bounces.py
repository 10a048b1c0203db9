"""Answers that come back: what a mail server reports, and what the desk makes of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import desk
from pipeline.posts import View
from simulator.mail import MailWorld
from store import register
from store.states import Disposition, SendState, Status
from store.tables import Alert, Complaint, Delivery, Event, Message, Post, ReplyPart
from tests.pipeline.mail_desk import MailDesk, bounced, mail, mail_desk

CITIZEN = "siti@contoh.example"


@pytest.fixture
def melati(tmp_path: Path) -> Iterator[MailDesk]:
    with (
        MailWorld(user="meja", password="s4ndi") as sink,
        mail_desk(tmp_path, "aduan@melati.example", sink) as made,
    ):
        made.deliver(mail(CITIZEN, "loketnya tutup", Message_ID="<a@contoh.example>"))
        yield made


def states(one: MailDesk) -> list[SendState]:
    return [part.state for part in one.desk.all(ReplyPart)]


def told(one: MailDesk, who: str, view: View = View.FAILED) -> int:
    return one.desk.chat.views(one.desk.staff[who].id).count(view)


def test_a_bounce_fails_its_reply_and_tells_officer_and_coordinator_once(melati: MailDesk) -> None:
    letter = melati.answer()
    due = melati.desk.complaint().answer_due_at
    for key in ("", "a-second-folder"):
        melati.deliver(bounced(letter), key)
    assert states(melati) == [SendState.FAILED]
    complaint = melati.desk.complaint()
    assert (complaint.status, complaint.replied_at) == (Status.TAKEN, None)
    assert complaint.answer_due_at == due
    assert (told(melati, "clerk"), told(melati, "coordinator")) == (1, 1)
    ends = [row.disposition for row in melati.desk.all(Delivery)]
    assert ends == [Disposition.RECORDED, Disposition.STATUS, Disposition.STATUS]


def test_an_old_bounce_read_again_does_not_fail_what_was_sent_again(melati: MailDesk) -> None:
    report = bounced(melati.answer())
    melati.deliver(report)
    melati.desk.decide(desk.resend, "coordinator", melati.desk.all(ReplyPart)[0].id)
    assert states(melati) == [SendState.ACCEPTED]
    melati.deliver(report, "folder-renumbered")
    assert states(melati) == [SendState.ACCEPTED]
    melati.deliver(bounced(melati.sink.letters()[-1], key="dsn-2"))
    assert states(melati) == [SendState.FAILED]


def test_a_delay_is_no_failure_and_the_failure_after_it_is(melati: MailDesk) -> None:
    letter = melati.answer()
    melati.deliver(bounced(letter, "4.4.1", "tunda"))
    assert states(melati) == [SendState.ACCEPTED]
    assert melati.desk.complaint().status is Status.ANSWERED
    melati.deliver(bounced(letter, "5.4.7", "menyerah"))
    assert states(melati) == [SendState.FAILED]
    assert melati.desk.all(ReplyPart)[0].reason == "5.4.7"


def test_what_was_delivered_stays_delivered(melati: MailDesk) -> None:
    letter = melati.answer()
    delivered = bounced(letter, "2.1.5").replace(b"Action: failed", b"Action: delivered")
    melati.deliver(delivered)
    assert states(melati) == [SendState.DELIVERED]
    melati.deliver(bounced(letter, key="lain"))
    assert states(melati) == [SendState.DELIVERED]
    assert told(melati, "clerk") == 0


def test_a_bounce_of_the_first_version_touches_that_alone(melati: MailDesk) -> None:
    first = melati.answer("Satu.")
    melati.answer("Ralat.")
    melati.deliver(bounced(first))
    assert states(melati) == [SendState.FAILED, SendState.ACCEPTED]
    assert melati.desk.complaint().status is Status.ANSWERED
    assert melati.desk.complaint().replied_at is not None


def test_a_case_closed_as_answered_opens_again(melati: MailDesk) -> None:
    letter = melati.answer()
    melati.desk.decide(desk.close, "clerk", melati.desk.complaint().id)
    melati.deliver(bounced(letter))
    complaint = melati.desk.complaint()
    assert (complaint.status, complaint.closed_at) == (Status.TAKEN, None)


def test_the_coordinator_is_told_when_who_approved_has_left(melati: MailDesk) -> None:
    letter = melati.answer()
    one = melati.desk
    with one.store.write("test", facility=one.office.id) as db:
        gone = db.get_one(type(one.staff["coordinator"]), one.staff["coordinator"].id)
        gone.active = False
        new = type(gone)(
            facility_id=one.office.id,
            name="Pengganti",
            role=gone.role,
            telegram_id=99,
            started=True,
            created_at=one.clock.now,
        )
        db.add(new)
        db.flush()
        new_id = new.id
    melati.deliver(bounced(letter))
    assert one.chat.views(new_id).count(View.FAILED) == 1
    assert told(melati, "clerk") == 1


def test_a_forged_bounce_changes_nothing_and_is_set_aside(melati: MailDesk) -> None:
    letter = melati.answer()
    forged = letter.message_id.replace("reply-1.", "reply-1.0")[:-1].encode()
    events = len(melati.desk.all(Event))
    melati.deliver(bounced(letter).replace(letter.message_id.encode(), forged))
    melati.deliver(bounced(letter, key="tanpa").replace(letter.message_id.encode(), b"x@y.example"))
    assert states(melati) == [SendState.ACCEPTED]
    assert len(melati.desk.all(Event)) == events
    assert [m.set_aside for m in melati.desk.all(Message)] == ["", "bounce", "bounce"]


def test_a_thousand_bounces_of_what_we_never_sent_alarm_nobody(melati: MailDesk) -> None:
    posts = len(melati.desk.all(Post))
    flood = [
        mail(
            f"mailer-daemon@mx{n % 50}.example",
            f"550 5.1.1 korban{n}@contoh.example unknown",
            Return_Path="<>",
            Message_ID=f"<joe-{n}@mx.example>",
        )
        for n in range(1000)
    ]
    melati.keep(flood)
    melati.desk.settle(rounds=100)
    melati.desk.later(3600)
    assert (len(melati.desk.all(Complaint)), len(melati.desk.all(Alert))) == (1, 1)
    assert len(melati.desk.all(Post)) == posts
    store, office = melati.desk.store, melati.desk.office
    aside = [it for it in register.entries(store, [office.id], aside=True) if it.complaint is None]
    assert len(aside) == 1000
    assert {it.messages[0].set_aside for it in aside} == {"bounce"}
