"""Alerts that the chat does not take go by mail; the clock stops only when somebody can read."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from channels.errors import Ambiguous, Permanent, Transient
from channels.message import DeliveryState, Receipt, StatusUpdate
from notifier import alert_mail
from pipeline import alarms, fallback
from pipeline.heartbeat import WORK_LEASE
from pipeline.ports import Fallback, GroupGone
from pipeline.posts import View
from store import leases
from store.states import SendState
from store.tables import Alert, AlertCopy, AlertMail, Complaint, Event, Group, Lease, Post
from tests.doubles import START
from tests.pipeline.conftest import Desk, make_desk

AFTER = timedelta(minutes=30)
HEAD, QUALITY = "kepala@puskesmas.example", "mutu@puskesmas.example"


@dataclass
class Mailer:
    """An account that writes to our own people."""

    channel: ClassVar[str] = "email"
    account: str = "surat"
    sent: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(recipient, subject, text, id)"""
    fault: Callable[[str], None] | None = None
    """Called before the mail is taken."""
    end: BaseException | None = None
    """Raised after the mail was taken, before anybody hears of that."""

    def notice_id(self, number: int) -> str:
        return f"<alert-{number}@puskesmas.example>"

    def notify(self, recipient: str, *, subject: str, text: str, external_id: str) -> Receipt:
        if self.fault is not None:
            self.fault(recipient)
        self.sent.append((recipient, subject, text, external_id))
        if self.end is not None:
            raise self.end
        return Receipt(external_id=external_id, at=START)

    def to(self, recipient: str) -> list[str]:
        return [text for address, _, text, _ in self.sent if address == recipient]


@dataclass
class Town:
    """A desk whose alerts may go by mail."""

    desk: Desk
    mailer: Mailer

    def settle(self) -> None:
        """Every stage until none has anything due."""
        for _ in range(20):
            self.desk.settle()
            moment = fallback.fallback_due(self.desk.ctx)
            if not self.desk.woken and not (moment and moment <= self.desk.clock.now):
                return
        raise AssertionError("the fallback never comes to rest")

    def later(self, minutes: float) -> None:
        self.desk.clock.forward(minutes * 60)
        self.settle()

    def chat_down(self, error: Exception | None = None) -> None:
        def refuse(_post: Post) -> None:
            raise error or Transient("mati")

        self.desk.chat.fault = refuse

    def chat_up(self) -> None:
        self.desk.chat.fault = None

    def bounce(self, copy: AlertCopy, reason: str = "5.1.1") -> None:
        update = StatusUpdate(
            external_id=copy.external_id,
            alert=copy.id,
            state=DeliveryState.FAILED,
            reason=reason,
        )
        with self.desk.store.write("test", facility=self.desk.office.id) as db:
            fallback.returned(db, self.desk.office, self.desk.clock.now, update)
        self.settle()

    def numbers(self) -> list[str]:
        """Every number that stands in a mail, as often as it does for the first reader."""
        return [
            number
            for text in self.mailer.to(HEAD)
            for number in re.findall(r"ADU-\d{4}-\d{4,}", text)
        ]


def make_town(folder: Path, recipients: tuple[str, ...] = (HEAD, QUALITY)) -> Town:
    desk = make_desk(folder)
    mailer = Mailer()
    plan = Fallback(recipients=recipients, after=AFTER, account="surat", write=alert_mail.write)
    office = replace(desk.office, channels={**desk.office.channels, "surat": mailer}, fallback=plan)
    desk.office = office
    desk.ctx = replace(desk.ctx, offices={office.id: office})
    return Town(desk, mailer)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = make_town(tmp_path)
    yield made
    made.desk.store.close()


def test_a_chat_that_works_needs_no_mail(town: Town) -> None:
    town.desk.arrive("satu")
    town.settle()
    town.later(60)
    assert town.mailer.sent == []
    assert town.desk.chat.views() == [View.CARD]


def test_after_its_time_a_mail_says_what_the_card_would(town: Town) -> None:
    town.chat_down()
    town.desk.arrive("Bidan Sri kasar sekali", sender="siti@contoh.id")
    town.desk.arrive("antre lama")
    town.settle()
    town.later(29)
    assert town.mailer.sent == []
    assert town.desk.complaint().alerted_at is None
    town.later(1)
    # One mail for both, a copy for each address, under ids of their own
    assert [address for address, *_ in town.mailer.sent] == [HEAD, QUALITY]
    assert len({id_ for *_, id_ in town.mailer.sent}) == 2
    _, subject, text, _ = town.mailer.sent[0]
    assert subject == "[Tanggap] 2 aduan menunggu: ADU-2026-0001"
    assert "- ADU-2026-0001 · letters · lapor tim s.d. Rab 25/11 09.00" in text
    assert "ADU-2026-0002" in text
    assert "tanggap desk" in text
    for secret in ("Sri", "siti", "contoh.id", "kasar", "antre"):
        assert secret not in subject + text
    assert [row.alerted_at for row in town.desk.all(Complaint)] == [town.desk.clock.now] * 2
    # and nothing is said twice
    town.later(600)
    assert len(town.mailer.sent) == 2


def test_the_cards_come_all_the_same_and_the_coordinator_is_told_once(town: Town) -> None:
    town.chat_down()
    town.desk.arrive("satu")
    town.desk.arrive("dua")
    town.settle()
    town.later(30)
    alerted = town.desk.complaint().alerted_at
    town.chat_up()
    town.later(10)
    town.later(10)
    assert town.desk.chat.views().count(View.CARD) == 1
    notices = [post for post in town.desk.chat.shown if alarms.WENT_BY_MAIL in post.params]
    assert [(post.staff_id, post.params) for post in notices] == [
        (town.desk.staff["coordinator"].id, '{"key": "went-by-mail", "count": 2}')
    ]
    assert town.desk.complaint().alerted_at == alerted
    assert len(town.mailer.sent) == 2


def test_without_a_chat_mail_is_the_way(town: Town) -> None:
    town.desk.ctx = replace(town.desk.ctx, chat=None)
    town.desk.arrive("satu")
    town.settle()
    assert town.numbers() == ["ADU-2026-0001"]
    assert town.desk.complaint().alerted_at == town.desk.clock.now


@pytest.mark.parametrize("gone", [True, False])
def test_without_a_group_alerts_go_by_mail(town: Town, gone: bool) -> None:
    if gone:
        town.chat_down(GroupGone("keluar"))
    else:
        with town.desk.store.write("test") as db:
            db.delete(db.get_one(Group, town.desk.office.id))
    town.desk.arrive("satu")
    town.settle()
    town.later(30)
    assert town.numbers() == ["ADU-2026-0001"]


def test_a_burst_is_few_mails_that_name_every_complaint_once(town: Town) -> None:
    town.chat_down()
    for number in range(50):
        town.desk.arrive(f"keluhan {number}")
    town.settle()
    town.later(30)
    assert len(town.numbers()) == fallback.MAIL_ALERTS
    assert "Masih ada aduan lain" in town.mailer.to(HEAD)[0]
    town.later(1)
    assert len(town.mailer.to(HEAD)) == 1
    for _ in range(3):
        town.later(5)
    assert town.numbers() == [f"ADU-2026-{number:04}" for number in range(1, 51)]
    assert all(row.alerted_at for row in town.desk.all(Complaint))


def test_an_urgent_one_does_not_wait_for_the_next_mail(town: Town) -> None:
    town.chat_down()
    town.desk.arrive("satu")
    town.settle()
    town.later(29)
    town.desk.arrive("dua")
    town.settle()
    with town.desk.store.write("test") as db:
        db.get_one(Complaint, 2).urgency = "red"
    town.later(1)
    assert town.numbers() == ["ADU-2026-0001"]
    town.later(4)
    town.desk.arrive("tiga")
    town.settle()
    town.later(25)
    assert town.numbers() == ["ADU-2026-0001", "ADU-2026-0002"]
    town.later(5)
    assert town.numbers()[2:] == ["ADU-2026-0003"]


def test_a_mail_server_that_is_down_stops_no_clock(town: Town) -> None:
    town.chat_down()

    def down(_recipient: str) -> None:
        raise Transient("nanti")

    town.mailer.fault = down
    town.desk.arrive("satu")
    town.settle()
    town.later(60)
    town.desk.arrive("dua")
    town.settle()
    town.later(60)
    assert all(row.alerted_at is None for row in town.desk.all(Complaint))
    assert len(town.desk.all(AlertMail)) == 1  # the next one gathers meanwhile
    town.mailer.fault = None
    town.later(30)
    town.later(5)
    assert town.numbers() == ["ADU-2026-0001", "ADU-2026-0002"]
    assert all(row.alerted_at for row in town.desk.all(Complaint))


def test_one_reader_is_enough(town: Town) -> None:
    def half(recipient: str) -> None:
        if recipient == HEAD:
            raise Permanent("tidak ada")

    town.chat_down()
    town.mailer.fault = half
    town.desk.arrive("satu")
    town.settle()
    town.later(30)
    assert town.desk.complaint().alerted_at == town.desk.clock.now
    assert [row.state for row in town.desk.all(AlertCopy)] == [
        SendState.FAILED,
        SendState.ACCEPTED,
    ]
    town.later(120)
    assert len(town.mailer.sent) == 1


def test_refused_for_everybody_it_is_tried_at_the_next_interval(town: Town) -> None:
    def refuse(_recipient: str) -> None:
        raise Permanent("tidak ada")

    town.chat_down()
    town.mailer.fault = refuse
    town.desk.arrive("satu")
    town.settle()
    town.later(30)
    town.later(20)
    assert len(town.desk.all(AlertMail)) == 1
    assert town.desk.complaint().alerted_at is None
    town.mailer.fault = None
    town.later(10)
    assert town.numbers() == ["ADU-2026-0001"]
    assert town.desk.complaint().alerted_at == town.desk.clock.now


def test_when_every_copy_comes_back_the_clock_runs_on(town: Town) -> None:
    town.chat_down()
    town.desk.arrive("satu")
    town.settle()
    town.later(30)
    first, second = town.desk.all(AlertCopy)
    town.bounce(first)
    assert town.desk.complaint().alerted_at == town.desk.clock.now
    town.bounce(second)
    assert town.desk.complaint().alerted_at is None
    [event] = [event for event in town.desk.all(Event) if event.kind == "alert-mail-returned"]
    assert event.complaint_id == 1
    town.later(30)  # and the next mail names it again
    assert town.numbers() == ["ADU-2026-0001"] * 2
    assert town.desk.complaint().alerted_at == town.desk.clock.now


def test_a_bounce_takes_nothing_from_what_a_card_has_told(town: Town) -> None:
    town.chat_down()
    town.desk.arrive("satu")
    town.settle()
    town.later(30)
    town.chat_up()
    town.later(5)
    shown = town.desk.clock.now
    town.later(5)
    for copy in town.desk.all(AlertCopy):
        town.bounce(copy)
    assert town.desk.complaint().alerted_at == shown
    town.later(120)
    assert len(town.mailer.sent) == 2


def test_a_delay_is_no_bounce_and_another_facilitys_word_is_none(town: Town) -> None:
    town.chat_down()
    town.desk.arrive("satu")
    town.settle()
    town.later(30)
    copy = town.desk.all(AlertCopy)[0]
    late = StatusUpdate(external_id="", alert=copy.id, state=DeliveryState.ACCEPTED, temporary=True)
    strange = StatusUpdate(external_id="", alert=copy.id, state=DeliveryState.FAILED)
    other = replace(town.desk.office, id=town.desk.office.id + 1)
    with town.desk.store.write("test") as db:
        fallback.returned(db, town.desk.office, town.desk.clock.now, late)
        fallback.returned(db, other, town.desk.clock.now, strange)
    assert [row.state for row in town.desk.all(AlertCopy)] == [SendState.ACCEPTED] * 2


def test_what_nobody_saw_the_end_of_goes_again_under_its_own_id(town: Town) -> None:
    town.chat_down()
    town.mailer.end = Ambiguous("putus")
    town.desk.arrive("satu")
    town.settle()
    town.later(30)
    assert town.desk.complaint().alerted_at is None
    town.mailer.end = None
    town.later(0.5)
    assert len(town.mailer.sent) == 2  # not before its wait is over
    town.later(1)
    ids = [id_ for *_, id_ in town.mailer.sent]
    assert sorted(ids[:2]) == sorted(ids[2:])
    assert town.desk.complaint().alerted_at == town.desk.clock.now


def test_a_card_that_comes_first_keeps_the_mail_at_home(town: Town) -> None:
    def down(_recipient: str) -> None:
        raise Transient("nanti")

    town.chat_down()
    town.mailer.fault = down
    town.desk.arrive("satu")
    town.settle()
    town.later(30)
    town.chat_up()
    town.mailer.fault = None
    town.desk.settle()
    town.desk.later(300)
    town.settle()
    assert town.mailer.sent == []
    assert [row.state for row in town.desk.all(AlertCopy)] == [SendState.SUPERSEDED] * 2


def test_warnings_about_the_desk_itself_are_summed_up(town: Town) -> None:
    town.chat_down()
    with town.desk.store.write("test") as db:
        now = town.desk.clock.now
        alarms.tell(db, town.desk.office.id, alarms.CHANNEL_SILENT, now, account="hotline")
        alarms.tell(db, town.desk.office.id, "no-warning", now)
    town.settle()
    town.later(30)
    [text] = town.mailer.to(HEAD)
    assert "Akun hotline setengah jam tidak bisa diambil. Periksa internet" in text
    assert "no-warning" not in text
    town.later(300)
    assert len(town.mailer.to(HEAD)) == 1


def test_whoever_is_no_longer_named_gets_nothing_more(town: Town) -> None:
    def down(_recipient: str) -> None:
        raise Transient("nanti")

    town.chat_down()
    town.mailer.fault = down
    town.desk.arrive("satu")
    town.settle()
    town.later(30)
    office = town.desk.office
    assert office.fallback is not None
    office = replace(office, fallback=replace(office.fallback, recipients=(QUALITY,)))
    town.desk.office, town.desk.ctx = office, replace(town.desk.ctx, offices={office.id: office})
    town.mailer.fault = None
    town.later(60)
    assert [address for address, *_ in town.mailer.sent] == [QUALITY]


def test_who_lost_the_lease_changes_nothing_any_more(town: Town) -> None:
    town.chat_down()
    town.desk.arrive("satu")
    town.settle()

    def overtaken(_recipient: str) -> None:
        with town.desk.store.write("test") as db:
            name = f"fallback:{town.desk.office.id}"
            held = db.get_one(Lease, name)
            held.expires = 0.0
            db.flush()
            assert leases.acquire(db, name, "another", WORK_LEASE)
        town.mailer.fault = None

    town.mailer.fault = overtaken
    town.later(30)
    assert len(town.mailer.sent) == 1
    assert town.desk.all(AlertCopy)[0].state is SendState.SENDING
    assert town.desk.complaint().alerted_at is None
    with town.desk.store.write("test") as db:
        db.get_one(Lease, f"fallback:{town.desk.office.id}").expires = 0.0
    town.later(5)
    assert town.desk.complaint().alerted_at == town.desk.clock.now


def test_with_a_clock_that_never_stands_still_every_run_gets_somewhere(town: Town) -> None:
    """The stage reads the time more than once in a run."""
    clock = town.desk.clock

    def running() -> datetime:
        clock.forward(0.001)
        return clock.now

    town.desk.ctx = replace(town.desk.ctx, clock=running)
    town.chat_down()
    for number in range(25):
        town.desk.arrive(f"keluhan {number}")
    town.desk.settle()
    for minutes in (30, 5):
        clock.forward(minutes * 60)
        fallback.fallback_due(town.desk.ctx)
    assert len(town.numbers()) == 25
    town.chat_up()
    for _ in range(3):
        town.desk.later(3600)
    moment = fallback.fallback_due(town.desk.ctx)
    assert moment is None
    assert all(mail.told_at for mail in town.desk.all(AlertMail))


def test_only_numbers_stand_in_the_rows(town: Town) -> None:
    town.chat_down()
    town.desk.arrive("rahasia sekali")
    town.settle()
    town.later(30)
    rows: list[object] = [*town.desk.all(AlertMail), *town.desk.all(AlertCopy)]
    rows += [event for event in town.desk.all(Event) if event.kind.startswith("alert-mail")]
    assert rows
    assert "rahasia" not in repr(rows)
    assert {alert.mail_id for alert in town.desk.all(Alert)} == {1}
    assert isinstance(town.desk.clock.now, datetime)
