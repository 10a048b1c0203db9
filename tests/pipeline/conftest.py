"""A desk with one office, a letter channel and three people, on a fresh SQLite database."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from channels.base import Batch, Channel
from channels.manual import ManualChannel
from channels.message import Delivery
from pipeline import alerts, desk, inbound, posting, profile, replying
from pipeline.conversation import held
from pipeline.ports import Context, DeskSettings, Office
from store import deliveries
from store.engine import Store
from store.states import Role
from store.tables import Account, Complaint, Facility, Group, Reply, Staff
from tests.doubles import START, LetterChannel, ManualClock, RememberingChat
from tests.engines import open_with_tables

STAGES = (
    inbound.record_due,
    held.held_due,
    alerts.alert_due,
    posting.post_due,
    replying.reply_due,
)


@dataclass
class Desk:
    """The pipeline, driven by hand."""

    store: Store
    ctx: Context
    office: Office
    letters: LetterChannel
    chat: RememberingChat
    clock: ManualClock
    staff: dict[str, Staff]
    woken: list[str] = field(default_factory=list)
    arrived: int = 0

    def arrive(self, text: str, sender: str = "siti@contoh.id", **fields: Any) -> str:
        """A letter comes in; returns its identity. `meta` and `received_at` are the delivery's."""
        self.arrived += 1
        key = fields.pop("key", f"letter-{self.arrived}")
        identity: str = fields.pop("identity", key)
        fields.setdefault("external_id", identity)
        raw = json.dumps(
            {
                "identity": identity,
                "sender": {"address": sender},
                "text": text,
                **{name: value for name, value in fields.items() if name not in ("meta", "at")},
            }
        ).encode()
        item = Delivery(
            account="hotline",
            stream="inbox",
            transport_id=key,
            received_at=fields.get("at", self.clock.now),
            raw=raw,
            size=len(raw),
            meta=fields.get("meta", {}),
        )
        batch = Batch(stream="inbox", deliveries=[item], cursor=str(self.arrived))
        with self.store.write("test.keep", facility=self.office.id) as db:
            deliveries.keep(
                db, self.office.id, self.office.accounts["hotline"], batch, self.clock.now
            )
        return identity

    def settle(self, rounds: int = 20) -> None:
        """Run every stage until none has anything due."""
        for _ in range(rounds):
            self.woken.clear()
            moments = [stage(self.ctx) for stage in STAGES]
            due = any(moment and moment <= self.clock.now for moment in moments)
            if not due and not self.woken:
                return
        raise AssertionError(f"the stages never come to rest: {self.woken}")

    def settle_but_replies(self) -> None:
        """Record, alert and show what is due; nothing leaves."""
        for stage in STAGES[:-1]:
            stage(self.ctx)

    def later(self, seconds: float) -> None:
        """Let time pass, then run what is due."""
        self.clock.forward(seconds)
        self.settle()

    def decide(self, decision: Callable[..., Any], who: str, *args: Any, **kwargs: Any) -> Any:
        """One decision in its own transaction, and what follows from it."""
        with self.store.write("test.decide", facility=self.office.id) as db:
            actor = db.get_one(Staff, self.staff[who].id)
            result = decision(db, self.clock.now, self.office, actor, *args, **kwargs)
        self.settle()
        return result

    def all(self, table: Any) -> list[Any]:
        with self.store.read() as db:
            return list(db.exec(select(table).order_by(table.id)))

    def complaint(self, number: int = 1) -> Complaint:
        found: Complaint = next(
            case
            for case in self.all(Complaint)
            if case.serial == number and case.facility_id == self.office.id
        )
        return found

    def answered(self, text: str = "Mohon maaf, sudah kami perbaiki.", number: int = 1) -> Reply:
        """Take, draft and approve, up to the moment before it leaves."""
        complaint = self.complaint(number)
        if complaint.taken_by is None:
            self.decide(desk.take, "clerk", complaint.id)
        reply: Reply = self.decide(desk.draft, "clerk", complaint.id, text)
        for step in self.office.approval:
            self.decide(desk.approve, step, reply.id, reply.digest[:16])
        return reply


def make_desk(
    folder: Path, approval: tuple[str, ...] = ("coordinator",), *, receipts: bool = False
) -> Desk:
    """Without `receipts` whatever leaves is an answer, which is what most tests count."""
    [made] = make_district(folder, 1, approval, receipts=receipts)
    return made


def make_district(
    folder: Path,
    count: int,
    approval: tuple[str, ...] = ("coordinator",),
    *,
    receipts: bool = False,
) -> list[Desk]:
    """Desks that share database, chat, clock and context, alike but for their slugs.

    Every tenth has the same three people; the first is the desk of `make_desk`.
    """
    store, rules = open_with_tables(folder), profile.load("arjuno")
    settings = DeskSettings(receipts=receipts)
    clock, chat = ManualClock(), RememberingChat()
    offices: dict[int, Office] = {}
    woken: list[str] = []
    ctx = Context(
        store=store,
        clock=clock,
        wake=woken.append,
        settings=settings,
        offices=offices,
        chat=chat,
        holder="test",
    )
    desks = []
    for number in range(count):
        letters = LetterChannel()
        adapters: dict[str, Channel] = {"hotline": letters, "manual": ManualChannel()}
        suffix = f"-{number}" if number else ""
        with store.write("test.setup") as db:
            facility, accounts, staff = _rows(db, number, suffix, adapters)
        office = Office(
            id=facility,
            slug=f"uji{suffix}",
            name=f"Puskesmas Uji{suffix}",
            zone="Asia/Jakarta",
            profile=rules,
            approval=approval,
            calendar=rules.calendar(),
            settings=settings,
            channels=adapters,
            accounts=accounts,
        )
        offices[facility] = office
        desks.append(Desk(store, ctx, office, letters, chat, clock, staff, woken))
    return desks


def _rows(
    db: Session, number: int, suffix: str, adapters: dict[str, Channel]
) -> tuple[int, dict[str, int], dict[str, Staff]]:
    facility = Facility(
        slug=f"uji{suffix}",
        name=f"Puskesmas Uji{suffix}",
        zone="Asia/Jakarta",
        profile="arjuno",
        created_at=START,
    )
    db.add(facility)
    db.flush()
    assert facility.id is not None
    accounts: dict[str, int] = {}
    for name, adapter in adapters.items():
        row = Account(
            facility_id=facility.id,
            channel=adapter.channel,
            name=name,
            since=START - timedelta(days=1),
            created_at=START,
        )
        db.add(row)
        db.flush()
        assert row.id is not None
        accounts[name] = row.id
    staff = {}
    for person, role in enumerate((Role.CLERK, Role.COORDINATOR, Role.HEAD), 11):
        staff[str(role)] = Staff(
            facility_id=facility.id,
            name=f"Petugas {person}",
            role=role,
            telegram_id=person + 10 * (number % 10),
            started=True,
            created_at=START,
        )
        db.add(staff[str(role)])
    db.add(Group(facility_id=facility.id, chat_id=-100 - number, enrolled_at=START))
    db.flush()
    return facility.id, accounts, staff


@pytest.fixture
def desk_of_one(tmp_path: Path) -> Iterator[Desk]:
    """Approval by the coordinator alone."""
    made = make_desk(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def desk_of_two(tmp_path: Path) -> Iterator[Desk]:
    """Approval by coordinator and head."""
    made = make_desk(tmp_path, ("coordinator", "head"))
    yield made
    made.store.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    """A desk that sends receipts and other words of its own."""
    made = make_desk(tmp_path, receipts=True)
    yield made
    made.store.close()


def moment(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment in Jakarta."""
    from zoneinfo import ZoneInfo

    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("Asia/Jakarta"))
