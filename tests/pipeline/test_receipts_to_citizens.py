"""One receipt a complaint, several at once in one text, never too often and never to a machine."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.message import Route, RouteKind
from pipeline import inbound
from store.states import Kind, SendState, Status
from store.tables import AutoReply, Complaint, Contact, Reply
from tests.doubles import START
from tests.pipeline.auto_desk import change, drawn, hear, leave, receipts
from tests.pipeline.conftest import Desk, make_desk


def test_a_case_gets_its_receipt_with_what_the_law_wants_said(town: Desk) -> None:
    hear(town, "antri dr jam 7 smp 11 blm dipanggil")
    [row] = receipts(town)
    assert row.recipient == "siti@contoh.id"
    assert row.due_at == START + timedelta(seconds=60)
    assert town.complaint().receipt_id == row.id
    said = drawn(town, row)
    assert said is not None
    for words in (
        "ADU-2026-0001",
        "paling lambat Jum 27/11",
        "gratis",
        "tidak mengirim foto KTP",
        "119",
    ):
        assert words in said.text


def test_a_receipt_moves_no_clock(town: Desk) -> None:
    hear(town, "obat habis")
    before = town.complaint()
    leave(town, receipts(town)[0])
    after = town.complaint()
    assert after.replied_at is None
    assert after.status is Status.NEW
    assert (after.alert_due_at, after.answer_due_at) == (before.alert_due_at, before.answer_due_at)
    assert town.all(Reply) == []


def test_what_comes_while_one_waits_is_told_in_it(town: Desk) -> None:
    hear(town, "obat habis")
    town.clock.forward(30)
    hear(town, "wc kotor")
    hear(town, "loket lambat", "budi@contoh.id")
    first, other = receipts(town)
    said = drawn(town, first)
    assert said is not None
    assert "ADU-2026-0001, ADU-2026-0002" in said.text
    assert "0003" not in said.text
    assert [case.receipt_id for case in town.all(Complaint)] == [first.id, first.id, other.id]


def test_a_further_message_gets_none(town: Desk) -> None:
    first = town.arrive("obat habis")
    inbound.record_due(town.ctx)
    leave(town, receipts(town)[0])
    hear(town, "masih habis", in_reply_to=first, vouched=True)
    assert len(town.all(Complaint)) == 1
    assert len(receipts(town)) == 1


def test_the_next_one_waits_until_six_hours_have_passed(town: Desk) -> None:
    hear(town, "obat habis")
    town.clock.forward(60)
    gone = town.clock.now
    leave(town, receipts(town)[0])
    town.clock.forward(600)
    hear(town, "wc kotor")
    town.clock.forward(600)
    hear(town, "loket lambat")
    [_, second] = receipts(town)
    assert second.due_at == gone + timedelta(hours=6)
    said = drawn(town, second)
    assert said is None  # too early: it hands its cases on
    [*_, later] = receipts(town)
    assert later.due_at == gone + timedelta(hours=6)
    change(town, AutoReply, second.id, state=SendState.CANCELLED)
    town.clock.now = gone + timedelta(hours=6)
    said = leave(town, later)
    assert said is not None
    assert "ADU-2026-0002, ADU-2026-0003" in said.text


def test_a_receipt_that_was_late_puts_the_next_one_off(town: Desk) -> None:
    hear(town, "obat habis")
    [first] = receipts(town)
    change(town, AutoReply, first.id, state=SendState.SENDING, started_at=town.clock.now)
    hear(town, "wc kotor")
    second = receipts(town)[1]
    assert second.due_at == START + timedelta(hours=6)
    town.clock.now = START + timedelta(hours=5, minutes=55)
    change(
        town, AutoReply, first.id, state=SendState.ACCEPTED, accepted_at=town.clock.now
    )  # after a long refusal
    town.clock.now = START + timedelta(hours=6)
    assert leave(town, second) is None
    third = receipts(town)[2]
    assert third.due_at == START + timedelta(hours=11, minutes=55)
    town.clock.now = START + timedelta(hours=12)
    said = leave(town, third)
    assert said is not None
    assert "ADU-2026-0002" in said.text


def test_three_a_day_and_no_more(town: Desk) -> None:
    left = []
    for hour in range(0, 72, 1):
        town.clock.now = START + timedelta(hours=hour)
        hear(town, f"keluhan {hour}")
        for row in receipts(town):
            if row.state is SendState.PENDING and row.due_at and row.due_at <= town.clock.now:
                leave(town, row)
                left.append(town.clock.now)
    assert left
    for moment in left:
        within = [it for it in left if moment <= it < moment + timedelta(hours=24)]
        assert len(within) <= 3
    waits = [row.id for row in receipts(town) if row.state is SendState.PENDING]
    cases = town.all(Complaint)
    assert all(case.receipt_id is not None for case in cases)
    assert sum(case.receipt_id in waits for case in cases) <= 12


def test_no_receipt_holds_more_numbers_than_an_sms_can(town: Desk) -> None:
    for number in range(23):
        town.arrive(f"keluhan {number}")
    inbound.record_due(town.ctx)
    rows = receipts(town)
    counts = [sum(it.receipt_id == row.id for it in town.all(Complaint)) for row in rows]
    assert counts == [10, 10, 3]
    assert [row.due_at for row in rows] == [
        START + timedelta(seconds=60),
        START + timedelta(hours=6, seconds=60),
        START + timedelta(hours=12, seconds=60),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"automated": "automatic"},
        {"automated": "junk"},
        {"meta": {"alert": "no"}},
        {"at": START - timedelta(days=3)},
    ],
)
def test_none_for_machines_imports_and_history(town: Desk, fields: dict[str, Any]) -> None:
    hear(town, "keluhan", **fields)
    assert town.all(AutoReply) == []


def test_none_for_what_is_typed_in_and_for_our_own_accounts(town: Desk) -> None:
    office = replace(town.office, phones=("0287-551234",))
    town.ctx.offices[office.id] = office  # type: ignore[index]
    hear(town, "keluhan", "whatsapp:+62287551234")
    assert len(town.all(Complaint)) == 1
    assert receipts(town) == []


@pytest.mark.parametrize("kind", [RouteKind.MANUAL, RouteKind.PUBLIC, RouteKind.TEMPLATE])
def test_none_where_no_private_way_leads(town: Desk, kind: RouteKind) -> None:
    town.letters.routes = lambda *_: [Route(kind=kind, recipient="x")]  # type: ignore[method-assign]
    hear(town, "keluhan")
    assert receipts(town) == []


def test_none_where_receipts_are_off(tmp_path: Path) -> None:
    quiet = make_desk(tmp_path)
    hear(quiet, "keluhan")
    assert quiet.all(AutoReply) == []
    quiet.store.close()


def test_nobody_wants_it_any_more(town: Desk) -> None:
    hear(town, "promo spanduk murah kak")
    [row] = receipts(town)
    case = town.complaint().id
    change(town, Complaint, case, status=Status.SET_ASIDE)
    assert drawn(town, row) is None
    change(town, Complaint, case, status=Status.NEW, kind=Kind.PRESS)
    assert drawn(town, row) is None
    change(town, Complaint, case, kind=Kind.COMPLAINT)
    assert drawn(town, row) is not None
    change(town, Contact, row.contact_id, opted_out_at=START)
    assert drawn(town, row) is None
    change(town, Contact, row.contact_id, opted_out_at=None)
    closed = [Route(kind=RouteKind.TEMPLATE, recipient="x")]
    town.letters.routes = lambda *_: closed  # type: ignore[method-assign]
    assert drawn(town, row) is None


def test_a_day_that_is_over_or_kept_is_not_promised(town: Desk) -> None:
    hear(town, "keluhan")
    [row] = receipts(town)
    change(town, Complaint, town.complaint().id, replied_at=town.clock.now)
    said = drawn(town, row)
    assert said is not None
    assert "paling lambat" not in said.text
    change(town, Complaint, town.complaint().id, replied_at=None)
    town.clock.forward(30 * 24 * 3600)
    said = drawn(town, row)
    assert said is not None
    assert "paling lambat" not in said.text
