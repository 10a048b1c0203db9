"""No stage walks a big table: the plans of all its queries are read."""

from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from channels.message import DeliveryState, OwnEcho, StatusUpdate
from pipeline import alarms, desk, receipts, replying
from store.tables import Complaint, Message
from tests.pipeline.conftest import Desk

SMALL = ("account", "approval", "counter", "facility", "lease", "staff", "team_group", "cursor")
FINE = (
    # The newest row by its primary key.
    "ORDER BY message.id DESC",
    # A partial index that holds only what moves, walked whole.
    "USING INDEX ix_reply_part_moving",
    # The tests' own look at all cases.
    "FROM complaint ORDER BY complaint.id",
)
WHOLE_FACILITY = "(facility_id=?)"
"""Only the facility serves: fine for partial indexes and for LIMIT 1."""


@pytest.mark.sqlite
def test_no_query_walks_a_big_table(desk_of_one: Desk) -> None:
    bad: list[str] = []

    def explain(
        connection: Any, _cursor: Any, statement: str, params: Any, _ctx: Any, many: bool
    ) -> None:
        if not statement.startswith(("SELECT", "UPDATE", "DELETE")):
            return
        raw = connection.connection.driver_connection
        values = params[0] if many else params
        for row in raw.execute("EXPLAIN QUERY PLAN " + statement, values):
            step = row[3]
            words = step.split()
            if words[0] not in ("SCAN", "SEARCH") or words[1].strip('"') in SMALL:
                continue
            if words[1] == "(subquery-1)":  # an IN () of nothing
                continue
            if (
                any(fine in step or fine in " ".join(statement.split()) for fine in FINE)
                or "CONSTANT" in step
            ):
                continue
            whole = step.endswith(WHOLE_FACILITY) and not (
                "LIMIT" in statement or "_moving" in step or "_notice" in step
            )
            if words[0] == "SCAN" or whole:
                bad.append(f"{step}: {statement}")

    one = desk_of_one
    engines = (one.store._writer, one.store._reader)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", explain)
    try:
        drive(one)
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", explain)
    assert bad == []


def drive(one: Desk) -> None:
    one.arrive("satu", identity="a", answers_part=3)
    one.arrive("promo", automated="list")
    fields: dict[str, Any] = {"references": ["a", "b"], "vouched": True}
    one.arrive("ADU-2026-0001 dan laporan 0002", in_reply_to="a", **fields)
    one.arrive("ADU-2026-0001", sender="orang@lain.id", in_reply_to="a")
    one.settle()
    one.decide(desk.take, "clerk", 1)
    one.answered()
    one.later(120)
    replying.expire(one.ctx)
    one.decide(desk.join, "clerk", 1)
    one.decide(desk.split, "clerk", 2)

    def more(db: Session, now: Any, office: Any, _actor: Any) -> None:
        for said in (StatusUpdate(external_id="reply-1", state=DeliveryState.FAILED),):
            receipts.status(db, office, now, said)
        receipts.echo(db, office, now, OwnEcho(external_id="x", part=1))
        seen = OwnEcho(external_id="x", references=("a",), recipients=("siti@contoh.id",))
        receipts.foreign(db, office, now, "letters", seen)
        alarms.tell(db, office.id, "x", now)
        assert desk.find_case(db, office, "1")
        assert desk.find_case(db, office, "ADU-2026-0001")

    one.decide(more, "clerk")
    one.decide(desk.resend, "coordinator", 1)


def test_a_batch_takes_as_many_queries_as_one_letter(desk_of_one: Desk) -> None:
    """Reading what a batch needs to know costs a handful of queries, however long it is."""

    def reads(letters: int) -> int:
        count = 0

        def see(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            nonlocal count
            count += statement.startswith("SELECT")

        for _ in range(letters):
            desk_of_one.arrive("keluhan", in_reply_to=f"x{desk_of_one.arrived}")
        event.listen(desk_of_one.store._writer, "before_cursor_execute", see)
        from pipeline import inbound

        inbound.record_due(desk_of_one.ctx)
        event.remove(desk_of_one.store._writer, "before_cursor_execute", see)
        return count

    few, many = reads(1), reads(60)
    assert len(desk_of_one.all(Complaint)) == len(desk_of_one.all(Message)) == 61
    assert many <= few + 2
