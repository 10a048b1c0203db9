"""Once, in order, with a gapless number and exactly one end for every delivery."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection, event
from sqlmodel import col, select

from channels.base import Batch
from channels.message import Delivery as Raw
from pipeline import desk, inbound
from pipeline.posts import View
from store import claims, deliveries
from store.states import Disposition, Status
from store.tables import Account, Alert, Attachment, Complaint, Contact, Counter, Delivery, Message
from tests.doubles import START, LetterChannel
from tests.engines import examples
from tests.pipeline.conftest import Desk, make_desk


def ends(one: Desk) -> list[str]:
    return [row.disposition for row in one.all(Delivery)]


def test_one_identity_is_one_complaint_in_a_batch_and_over_batches(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu", identity="a")
    desk_of_one.arrive("satu", identity="a")
    desk_of_one.settle()
    desk_of_one.arrive("satu", identity="a")
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded", "duplicate", "duplicate"]
    assert [row.number for row in desk_of_one.all(Complaint)] == ["ADU-2026-0001"]
    assert len(desk_of_one.all(Message)) == 1


def test_a_message_id_used_again_with_other_words_is_another_complaint(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu", identity="id+1", external_id="id")
    desk_of_one.arrive("dua", identity="id+2", external_id="id")
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded", "recorded"]
    # Who answers that id means the first that bore it.
    desk_of_one.arrive("lalu?", in_reply_to="id", vouched=True)
    desk_of_one.settle()
    assert desk_of_one.all(Message)[-1].complaint_id == desk_of_one.complaint(1).id


def second_account(one: Desk, name: str = "cadangan") -> int:
    with one.store.write("test") as db:
        row = Account(
            facility_id=one.office.id, channel="letters", name=name, since=START, created_at=START
        )
        db.add(row)
        db.flush()
        assert row.id is not None
        found = row.id
    one.office.channels[name] = LetterChannel(account=name)  # type: ignore[index]
    one.office.accounts[name] = found  # type: ignore[index]
    return found


def test_the_same_message_in_two_accounts_is_one_complaint(desk_of_one: Desk) -> None:
    other = second_account(desk_of_one)
    desk_of_one.arrive("satu", identity="a")
    with desk_of_one.store.read() as db:
        raw = db.exec(select(Delivery.raw)).one()
    assert raw is not None
    item = Raw(
        account="cadangan",
        stream="inbox",
        transport_id="x",
        received_at=START,
        raw=raw,
        size=len(raw),
    )
    with desk_of_one.store.write("test") as db:
        batch = Batch(stream="inbox", deliveries=[item], cursor="1")
        deliveries.keep(db, desk_of_one.office.id, other, batch, START)
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded", "duplicate"]


def test_the_year_is_that_of_the_facility_s_zone(desk_of_one: Desk) -> None:
    desk_of_one.clock.now = datetime(2026, 12, 31, 16, 59, tzinfo=UTC)
    desk_of_one.arrive("sebelum tengah malam")
    desk_of_one.settle()
    desk_of_one.clock.now = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
    desk_of_one.arrive("sesudah tengah malam")
    desk_of_one.settle()
    assert [row.number for row in desk_of_one.all(Complaint)] == ["ADU-2026-0001", "ADU-2027-0001"]


def test_a_failing_parser_costs_its_neighbours_nothing(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu")
    desk_of_one.arrive("racun", key="racun")
    desk_of_one.arrive("tiga")
    desk_of_one.letters.broken.add("racun")
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded", "quarantined", "recorded"]
    assert [row.serial for row in desk_of_one.all(Complaint)] == [1, 2]
    told = desk_of_one.chat.views(desk_of_one.staff["coordinator"].id)
    assert told.count(View.NOTICE) == 1
    poison = desk_of_one.all(Delivery)[1]
    assert (poison.reason, poison.error, poison.attempts) == ("failed", "RuntimeError", 5)
    desk_of_one.letters.broken.clear()
    with desk_of_one.store.write("test") as db:
        assert deliveries.replay(db, desk_of_one.office.id) == [2]
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded", "recorded", "recorded"]
    assert [row.serial for row in desk_of_one.all(Complaint)] == [1, 2, 3]
    assert desk_of_one.all(Alert)[-1].complaint_id == desk_of_one.complaint(3).id


def test_what_cannot_be_written_costs_its_neighbours_nothing(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu")
    desk_of_one.arrive("setengah huruf \ud800", key="racun")
    desk_of_one.arrive("tiga")
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded", "quarantined", "recorded"]
    assert [row.serial for row in desk_of_one.all(Complaint)] == [1, 2]


def test_deliveries_of_an_account_nobody_configured_any_more_wait(desk_of_one: Desk) -> None:
    second_account(desk_of_one)
    adapter = desk_of_one.office.channels.pop("hotline")  # type: ignore[attr-defined]
    desk_of_one.arrive("satu")
    desk_of_one.settle()
    assert ends(desk_of_one) == ["pending"]
    assert desk_of_one.all(Delivery)[0].attempts == 0
    desk_of_one.office.channels["hotline"] = adapter  # type: ignore[index]
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded"]


def test_replaying_what_was_recorded_makes_it_no_duplicate_of_itself(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu", identity="a")
    desk_of_one.arrive("lalu?", in_reply_to="a", vouched=True)
    desk_of_one.arrive("promo", automated="list")
    desk_of_one.arrive("satu", identity="a")
    desk_of_one.settle()
    before = ends(desk_of_one)
    assert before == ["recorded", "joined", "set-aside", "duplicate"]
    with desk_of_one.store.write("test") as db:
        deliveries.replay(db, desk_of_one.office.id, [1, 2, 3, 4])
    desk_of_one.settle()
    assert ends(desk_of_one) == before
    assert len(desk_of_one.all(Message)) == 3


def test_old_mail_is_recorded_and_not_alerted(desk_of_one: Desk) -> None:
    desk_of_one.arrive("lama", at=START - timedelta(days=2))
    desk_of_one.arrive("impor", meta={"alert": "no"})
    desk_of_one.arrive("baru")
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded"] * 3
    assert [row.alerted_at is None for row in desk_of_one.all(Complaint)] == [True, True, False]


def test_everything_of_a_message_is_kept(desk_of_one: Desk) -> None:
    files = [{"name": "foto.jpg", "content_type": "image/jpeg", "size": 3, "part": "1.2"}]
    desk_of_one.arrive(
        "lihat foto", subject="Loket", references=["r1", "r2"], unreadable="x", attachments=files
    )
    desk_of_one.settle()
    [message], [attachment] = desk_of_one.all(Message), desk_of_one.all(Attachment)
    assert (message.subject, message.references, message.unreadable) == ("Loket", "r1 r2", "x")
    assert (attachment.name, attachment.part) == ("foto.jpg", "1.2")
    assert [contact.address for contact in desk_of_one.all(Contact)] == ["siti@contoh.id"]


def test_a_clock_in_the_past_numbers_nothing(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu")
    desk_of_one.settle()
    desk_of_one.clock.now = datetime(2026, 1, 1, tzinfo=UTC)
    desk_of_one.arrive("dua")
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded", "pending"]
    desk_of_one.clock.now = START
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded", "recorded"]


def test_two_that_record_at_once_do_it_once(desk_of_one: Desk) -> None:
    """One worker is paused between parsing and committing; another takes over."""
    desk_of_one.arrive("satu")
    plain = desk_of_one.letters.parse

    def overtaken(delivery: Raw) -> object:
        desk_of_one.letters.parse = plain  # type: ignore[method-assign]
        with desk_of_one.store.write("test") as db:
            db.connection().exec_driver_sql("UPDATE lease SET expires = 0")
        inbound.record_due(desk_of_one.ctx)
        return plain(delivery)

    desk_of_one.letters.parse = overtaken  # type: ignore[method-assign,assignment]
    inbound.record_due(desk_of_one.ctx)
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded"]
    assert len(desk_of_one.all(Complaint)) == 1
    assert len(desk_of_one.all(Alert)) == 1


def test_a_set_aside_message_becomes_a_complaint_by_a_person(desk_of_one: Desk) -> None:
    desk_of_one.arrive("antrean panjang", automated="junk")
    desk_of_one.settle()
    [message] = desk_of_one.all(Message)
    desk_of_one.decide(desk.promote, "clerk", message.id)
    assert ends(desk_of_one) == ["recorded"]
    complaint = desk_of_one.complaint()
    assert (complaint.status, complaint.taken_by) == (Status.TAKEN, desk_of_one.staff["clerk"].id)
    with pytest.raises(desk.Refused, match="nothing-to-do"):
        desk_of_one.decide(desk.promote, "clerk", message.id)


def test_a_clock_set_back_in_the_middle_numbers_nothing(desk_of_one: Desk) -> None:
    """It jumps between the claim and the commit, as a machine's may at any moment."""
    one, right = desk_of_one, desk_of_one.clock.now
    plain = one.letters.parse

    def jumps(delivery: Raw) -> object:
        one.clock.now = datetime(2009, 1, 1, tzinfo=UTC)
        return plain(delivery)

    one.letters.parse = jumps  # type: ignore[method-assign,assignment]
    one.arrive("antrean panjang")
    inbound.record_due(one.ctx)
    assert ends(one) == ["pending"]
    assert (one.all(Complaint), one.all(Message)) == ([], [])

    one.clock.now, one.letters.parse = right, plain  # type: ignore[method-assign]
    one.settle()
    assert [row.number for row in one.all(Complaint)] == ["ADU-2026-0001"]
    assert [row.attempts for row in one.all(Delivery)] == [0]


def test_nobody_makes_a_complaint_while_the_clock_is_behind(desk_of_one: Desk) -> None:
    desk_of_one.arrive("antrean panjang", automated="junk")
    desk_of_one.settle()
    [message] = desk_of_one.all(Message)
    desk_of_one.clock.now = datetime(2009, 1, 1, tzinfo=UTC)
    with pytest.raises(desk.Refused, match="clock-behind"):
        desk_of_one.decide(desk.promote, "clerk", message.id)
    assert desk_of_one.all(Complaint) == []


def test_what_was_typed_in_goes_to_whoever_typed_it_once(desk_of_one: Desk) -> None:
    for _ in range(2):
        desk_of_one.decide(
            desk.record_by_hand, "clerk", key="7:9", text=" obat habis ", medium="phone"
        )
    [complaint] = desk_of_one.all(Complaint)
    assert (complaint.medium, complaint.taken_by) == ("phone", desk_of_one.staff["clerk"].id)
    assert desk_of_one.all(Message)[0].text == "obat habis"
    with pytest.raises(desk.Refused, match="empty-text"):
        desk_of_one.decide(desk.record_by_hand, "clerk", key="7:10", text=" ", medium="phone")


class Deliveries(RuleBasedStateMachine):
    """Whatever happens in whatever order: every delivery has one end, numbers have no gap."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.desk = make_desk(Path(self.folder.name))
        self.crash = 0
        """Commits of recording that are going to fail."""
        event.listen(self.desk.store.writer, "commit", self._perhaps_crash)

    def _perhaps_crash(self, connection: Connection) -> None:
        if self.crash:
            self.crash -= 1
            driver = connection.connection.driver_connection
            if not self.desk.store.is_sqlite and driver is not None:
                driver.rollback()  # as the server does; SQLite leaves the transaction open
            raise RuntimeError("disk full")

    def teardown(self) -> None:
        self.desk.store.close()
        self.folder.cleanup()

    @rule(
        identity=st.integers(0, 6),
        parent=st.integers(0, 6),
        automated=st.sampled_from(["", "", "", "list"]),
        fails=st.sampled_from([False, False, False, True]),
        vouched=st.booleans(),
    )
    def arrive(
        self, identity: int, parent: int, automated: str, fails: bool, vouched: bool
    ) -> None:
        key = f"letter-{self.desk.arrived + 1}"
        if fails:
            self.desk.letters.broken.add(key)
        self.desk.arrive(
            "teks",
            key=key,
            identity=f"i{identity}",
            in_reply_to=f"i{parent}" if parent != identity else "",
            automated=automated,
            vouched=vouched,
            sender=f"warga{identity % 2}@contoh.id",
        )

    @rule()
    def record(self) -> None:
        inbound.record_due(self.desk.ctx)

    @rule(commits=st.integers(1, 3))
    def record_and_crash(self, commits: int) -> None:
        """The commits that follow fail, at whatever point that is."""
        self.crash = commits
        try:
            inbound.record_due(self.desk.ctx)
        except RuntimeError:
            pass
        finally:
            self.crash = 0
        with self.desk.store.write("test") as db:  # the lease of the dead runs out
            db.connection().exec_driver_sql("UPDATE lease SET expires = 0")

    @rule()
    def claim_and_vanish(self) -> None:
        with self.desk.store.write("test") as db:
            one = self.desk
            claims.claim(db, one.office.id, inbound.readable(one.office), "a process that died")

    @rule()
    def mend_and_replay(self) -> None:
        self.desk.letters.broken.clear()
        with self.desk.store.write("test") as db:
            deliveries.replay(db, self.desk.office.id)

    @rule()
    def replay_all(self) -> None:
        with self.desk.store.write("test") as db:
            ids = [id_ for id_ in db.exec(select(Delivery.id)) if id_]
            deliveries.replay(db, self.desk.office.id, ids)

    @invariant()
    def the_counts_add_up(self) -> None:
        rows = self.desk.all(Delivery)
        assert len(rows) == self.desk.arrived
        messages = self.desk.all(Message)
        by_delivery = {message.delivery_id: message for message in messages}
        assert len(by_delivery) == len(messages)
        for row in rows:
            message = by_delivery.get(row.id)
            match row.disposition:
                case Disposition.RECORDED | Disposition.JOINED:
                    assert message is not None
                    assert message.complaint_id is not None
                case Disposition.SET_ASIDE:
                    # Without one: a later delivery of the same words was a person's.
                    assert message is None or message.complaint_id is None
                case Disposition.DUPLICATE:
                    assert message is None
                    identity = json.loads(row.raw)["identity"]
                    assert identity in {message.identity for message in messages}
                case Disposition.QUARANTINED:
                    # Given up, unless a claimed one was replayed after it had been recorded.
                    assert message is None or row.attempts

    @invariant()
    def the_numbers_have_no_gap(self) -> None:
        serials = [row.serial for row in self.desk.all(Complaint)]
        assert serials == list(range(1, len(serials) + 1))
        with self.desk.store.read() as db:
            assert list(db.exec(select(Counter.last))) == ([len(serials)] if serials else [])

    @invariant()
    def every_case_is_alerted_once_and_every_joined_message(self) -> None:
        with self.desk.store.read() as db:
            told = db.exec(
                select(Alert.complaint_id, Alert.joined).where(col(Alert.joined).is_(False))
            ).all()
            assert sorted(id_ for id_, _ in told) == [row.id for row in self.desk.all(Complaint)]
            joined = db.exec(select(Alert).where(col(Alert.joined))).all()
        in_cases = [row for row in self.desk.all(Message) if row.complaint_id]
        assert len(told) + len(joined) == len(in_cases)


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=examples(30), stateful_step_count=25, deadline=None)
