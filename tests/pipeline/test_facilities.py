"""Thirty facilities in one database, whose citizens, mails, numbers and people are all alike:
whatever happens in whatever order, nothing of one reaches another.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select

from channels.errors import Ambiguous
from channels.message import DeliveryState, OutboundReply, OwnEcho, StatusUpdate
from pipeline import desk, receipts
from pipeline.desk import Refused
from store import deliveries
from store.tables import (
    Alert,
    Complaint,
    Delivery,
    Event,
    Group,
    Message,
    Post,
    Reply,
    ReplyPart,
    Staff,
    Suggestion,
)
from tests.apart import assert_apart
from tests.pipeline.conftest import STAGES, Desk, make_district

FACILITIES = 30
SENDERS = ("siti@contoh.id", "budi@contoh.id")
TEXTS = (
    "Antre dari pagi belum dipanggil.",
    "Menyusul aduan ADU-2026-0001, kapan dijawab?",
    "Laporan 0001 dan ADU-2026-0002 belum ada kabar.",
    "terima kasih",
)
_folders = count()

Decision = Callable[..., object]
BY_TABLE: dict[type[Any], tuple[Decision, ...]] = {
    Complaint: (
        desk.take,
        desk.show,
        desk.show_files,
        desk.set_aside,
        desk.restore,
        desk.close,
        desk.reopen,
        desk.split,
        desk.answered_elsewhere,
        desk.send_anyway,
        lambda db, now, at, who, id_: desk.draft(db, now, at, who, id_, "Sudah kami perbaiki."),
    ),
    Reply: (
        desk.undo,
        desk.resubmit,
        lambda db, now, at, who, id_: desk.note(db, now, at, who, id_, "Tolong lebih singkat."),
        lambda db, now, at, who, id_: desk.approve(db, now, at, who, id_, _digest(db, id_)),
        lambda db, now, at, who, id_: desk.request_changes(db, now, at, who, id_, _digest(db, id_)),
    ),
    ReplyPart: (desk.resend, desk.mark_sent),
    Suggestion: (desk.join, desk.reject),
    Message: (desk.promote,),
}
"""Every decision about one row, by whose id it takes: (db, now, office, actor, id)."""


def _digest(db: Any, reply_id: int) -> str:
    return str(db.get_one(Reply, reply_id).digest)


class Play:
    """One random sequence of what citizens, gateways and people do."""

    def __init__(self, desks: list[Desk], seed: int) -> None:
        self.desks = desks
        self.dice = random.Random(seed)
        self.store, self.clock = desks[0].store, desks[0].clock
        self.crossed = self.allowed = 0
        for one in desks:
            one.letters.fault = self.line_breaks

    def desk(self) -> Desk:
        """Mostly one of the first few, so that the same rows are met again."""
        return self.dice.choice(self.desks[: self.dice.choice((2, 4, FACILITIES))])

    def row(self, table: type[Any]) -> Any:
        """Any facility's; the newer the likelier."""
        with self.store.read() as db:
            total = db.exec(select(func.count()).select_from(table)).one()
            newest = select(table).order_by(col(table.id).desc())
            skip = int(total * self.dice.random() ** 2)
            return db.exec(newest.offset(skip).limit(1)).first()

    def arrive(self) -> None:
        """The same letter, or an answer to one that may be another facility's."""
        desk, dice = self.desk(), self.dice
        fields: dict[str, Any] = {}
        part, message = self.row(ReplyPart), self.row(Message)
        if part is not None and dice.random() < 0.7:
            fields["in_reply_to"] = part.external_id
            fields["references"] = [part.external_id]
            if dice.random() < 0.5:
                fields["answers_part"] = part.id  # signed with the key that all of them share
        elif message is not None and dice.random() < 0.5:
            fields["in_reply_to"] = message.external_id
        fields["automated"] = dice.choice(("", "", "", "automatic"))
        fields["attachments"] = [{"name": "a.jpg", "content_type": "image/jpeg", "size": 9}]
        identity = f"m{dice.randrange(6)}@contoh.id"
        with self.store.read() as db:
            known = db.exec(select(Delivery.id).where(Delivery.transport_id == identity)).first()
        desk.arrive(
            dice.choice(TEXTS),
            dice.choice(SENDERS),
            identity=identity,
            key=f"{identity}-{dice.randrange(3)}" if known else identity,
            vouched=dice.random() < 0.5,
            **fields,
        )

    def decide(self) -> None:
        """Somebody decides about a row that may be another facility's: then nothing happens."""
        table = self.dice.choice(list(BY_TABLE))
        row = self.row(table)
        if row is None:
            return
        home = next(one for one in self.desks if one.office.id == row.facility_id)
        desk = self.dice.choice((home, self.desk()))
        decision = self.dice.choice(BY_TABLE[table])
        own = row.facility_id == desk.office.id
        before = self.rows_of(row.facility_id)
        try:
            with self.store.write("test.decide", facility=desk.office.id) as db:
                who = self.dice.choice(list(desk.staff))
                actor = db.get_one(Staff, desk.staff[who].id)
                decision(db, self.clock.now, desk.office, actor, row.id)
            self.allowed += 1
            assert own, f"{decision} crossed over"
        except Refused:
            self.crossed += not own
        if not own:
            assert self.rows_of(row.facility_id) == before

    def answer(self) -> None:
        """The usual way: taken, answered, approved by those whose case it is."""
        case = self.row(Complaint)
        home = next(one for one in self.desks if one.office.id == case.facility_id)
        with suppress(Refused), self.store.write("test.answer", facility=case.facility_id) as db:
            clerk, coordinator = (
                db.get_one(Staff, home.staff[role].id) for role in ("clerk", "coordinator")
            )
            where = (db, self.clock.now, home.office)
            desk.take(*where, clerk, case.id)
            reply = desk.draft(*where, clerk, case.id, "Sudah kami perbaiki.")
            desk.approve(*where, coordinator, reply.id or 0, reply.digest)

    def line_breaks(self, _part: OutboundReply) -> None:
        """Half of what leaves is never heard of again."""
        if self.dice.random() < 0.5:
            raise Ambiguous("Sambungan putus.")

    def foreigner_decides(self) -> None:
        """Somebody of one facility at the desk of another."""
        ours, theirs = self.dice.sample(self.desks[:6], 2)
        table = self.dice.choice(list(BY_TABLE))
        row = self.row(table)
        if row is None or row.facility_id != ours.office.id:
            return
        decision = self.dice.choice(BY_TABLE[table])
        with self.store.write("test.decide", facility=ours.office.id) as db:
            actor = db.get_one(Staff, self.dice.choice(list(theirs.staff.values())).id)
            with pytest.raises(Refused):
                decision(db, self.clock.now, ours.office, actor, row.id)
            db.rollback()

    def gateway_says(self) -> None:
        """A receipt, a bounce or a copy of a reply that may be another facility's."""
        desk, part = self.desk(), self.row(ReplyPart)
        if part is None:
            return
        told = self.dice.choice((part.id, None))
        state = self.dice.choice(list(DeliveryState))
        update = StatusUpdate(
            external_id=part.external_id, part=told, alert=self.dice.choice((None, 1)), state=state
        )
        sent = OwnEcho(external_id=part.external_id, part=part.id, recipients=SENDERS)
        foreign = OwnEcho(external_id="x", recipients=SENDERS, in_reply_to=part.external_id)
        says: Callable[..., None] = self.dice.choice(
            (
                lambda db, at, now: receipts.status(db, at, now, update),
                lambda db, at, now: receipts.echo(db, at, now, sent),
                lambda db, at, now: receipts.foreign(db, at, now, "letters", foreign),
            )
        )
        before = self.rows_of(part.facility_id)
        with self.store.write("test.receipt", facility=desk.office.id) as db:
            says(db, desk.office, self.clock.now)
        if part.facility_id != desk.office.id:
            assert self.rows_of(part.facility_id) == before

    def search(self) -> None:
        desk = self.desk()
        with self.store.read() as db:
            for text in ("1", "0001", "ADU-2026-0001", "ADU-2026-0002", "#2"):
                found = {case.facility_id for case in find(db, desk, text)}
                assert found <= {desk.office.id}

    def replay(self) -> None:
        """Ids of any facility's deliveries, of which only the own ones are tried anew."""
        office = self.desk().office.id
        with self.store.write("test.replay", facility=office) as db:
            every = [id_ for id_ in db.exec(select(Delivery.id)).all() if id_]
            chosen = deliveries.replay(db, office, self.dice.sample(every, min(5, len(every))))
            homes = db.exec(select(Delivery.facility_id).where(col(Delivery.id).in_(chosen))).all()
        assert set(homes) <= {office}

    def time_passes(self) -> None:
        """Sometimes over the end of a year, when numbers begin anew."""
        far = self.dice.random() < 0.05
        self.clock.now += timedelta(days=40) if far else timedelta(seconds=90)
        self.work()

    def work(self) -> None:
        for stage in STAGES:
            stage(self.desks[0].ctx)

    def rows_of(self, facility_id: int) -> list[object]:
        """All that a decision changes."""
        with self.store.read() as db:
            return [
                row.model_dump()
                for table in (Complaint, Reply, ReplyPart, Suggestion, Message, Event, Alert, Post)
                for row in db.exec(
                    select(table).where(table.facility_id == facility_id).order_by(col(table.id))
                )
            ]


def find(db: Any, at: Desk, text: str) -> list[Complaint]:
    return desk.find_case(db, at.office, text)


@settings(
    max_examples=2,
    phases=(Phase.explicit, Phase.generate),  # every step costs; the seed says all
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32 - 1))
def test_nothing_crosses_between_thirty_facilities(tmp_path: Path, seed: int) -> None:
    desks = make_district(tmp_path / f"{next(_folders)}", FACILITIES)
    play = Play(desks, seed)
    try:
        for one in desks:
            one.arrive(TEXTS[0], identity="sama@contoh.id", key="1", vouched=True)
        play.work()
        assert {case.number for case in desks[0].all(Complaint)} == {"ADU-2026-0001"}
        steps = [play.arrive] * 6 + [play.decide] * 12 + [play.foreigner_decides] * 2
        steps += [play.answer] * 4 + [play.gateway_says] * 6 + [play.time_passes] * 4
        steps += [play.search, play.replay]
        for _ in range(150):
            play.dice.choice(steps)()
        play.time_passes()
        assert play.crossed
        assert play.allowed
        assert_apart(play.store)
        assert_cards_and_letters_at_home(play)
    finally:
        play.store.close()


def assert_cards_and_letters_at_home(play: Play) -> None:
    with play.store.read() as db:
        for one in play.desks:
            parts = {part.part for part in one.letters.sent}
            homes = db.exec(select(ReplyPart.facility_id).where(col(ReplyPart.id).in_(parts)))
            assert set(homes) <= {one.office.id}
            accounts = db.exec(select(ReplyPart.account_id).where(col(ReplyPart.id).in_(parts)))
            assert set(accounts) <= set(one.office.accounts.values())
        assert len({group.chat_id for group in db.exec(select(Group))}) == FACILITIES


def test_the_database_itself_would_show_a_row_that_crosses(tmp_path: Path) -> None:
    """The measure measures: one row that points across is noticed."""
    here, there = make_district(tmp_path, 2)
    for one in (here, there):
        one.arrive("Antre lama.", key="1")
    here.settle()
    assert_apart(here.store)
    with here.store.write("test.sabotage") as db:
        case = db.get_one(Complaint, here.complaint().id)
        case.taken_by = there.staff["clerk"].id
    with pytest.raises(AssertionError):
        assert_apart(here.store)
    here.store.close()
