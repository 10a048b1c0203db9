"""The figures are right, and no index-less walk is needed for them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from pipeline import alerts, inbound
from store import figures, leases
from store.states import SendState, Status
from store.tables import Alert, Delivery, Group, Reply, ReplyPart, Update
from tests.doubles import START
from tests.pipeline.conftest import Desk, make_desk

BIG = {"alert", "complaint", "delivery", "message", "post", "reply", "reply_part", "update"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path)
    yield made
    made.store.close()


def of(desk: Desk) -> figures.Figures:
    with desk.store.read() as db:
        return figures.figures(db, desk.office.id, desk.clock.now)


def test_an_empty_desk_has_nothing_waiting(desk: Desk) -> None:
    seen = of(desk)
    nothing = figures.Waiting(0)
    assert (seen.deliveries, seen.posts, seen.alerts) == (
        nothing,
        nothing,
        figures.Alerts(nothing, None),
    )
    assert set(seen.complaints) == set(Status)
    assert set(seen.replies) == set(SendState)
    assert not any([*seen.complaints.values(), *seen.replies.values(), *seen.overdue.values()])
    assert not seen.group_broken


def test_a_complaint_on_its_way_through_the_desk(desk: Desk) -> None:
    desk.arrive("antre lama")
    desk.clock.forward(60)
    desk.arrive("antre lama sekali", sender="budi@contoh.id")
    assert of(desk).deliveries == figures.Waiting(2, START)

    inbound.record_due(desk.ctx)
    seen = of(desk)
    assert seen.deliveries == figures.Waiting(0)
    assert seen.alerts.waiting == figures.Waiting(2, START + timedelta(seconds=60))
    assert seen.alerts.deadline == desk.complaint(1).alert_due_at
    assert seen.complaints[Status.NEW] == 2
    assert seen.recorded == {2026: 2}

    # On a card that nobody took yet they still wait.
    alerts.alert_due(desk.ctx)
    seen = of(desk)
    assert seen.alerts.waiting.count == 2
    assert seen.posts == figures.Waiting(1, desk.clock.now)

    desk.settle()
    seen = of(desk)
    assert seen.alerts == figures.Alerts(figures.Waiting(0), None)
    assert seen.posts.count == 0

    desk.answered()
    seen = of(desk)
    assert seen.replies[SendState.PENDING] == 1
    assert seen.complaints[Status.APPROVED] == 1
    desk.later(120)
    seen = of(desk)
    assert seen.replies[SendState.ACCEPTED] == 1
    assert seen.overdue == {"answer": 0, "alert": 0}
    desk.clock.forward(30 * 86400)
    assert of(desk).overdue["answer"] == 1


def test_an_alert_without_a_clock_of_its_own_is_late_after_a_day(desk: Desk) -> None:
    desk.arrive("antre lama")
    inbound.record_due(desk.ctx)
    with desk.store.write("test", facility=desk.office.id) as db:
        db.execute(text("UPDATE complaint SET alert_due_at = NULL"))
    assert of(desk).alerts.deadline == START + timedelta(hours=24)
    # Who was told otherwise no longer waits.
    with desk.store.write("test", facility=desk.office.id) as db:
        complaint = desk.complaint()
        complaint.alerted_at = START
        db.add(complaint)
    assert of(desk).alerts == figures.Alerts(figures.Waiting(0), None)


def test_a_further_message_waits_without_a_deadline(desk: Desk) -> None:
    desk.arrive("antre lama")
    desk.settle()
    with desk.store.write("test", facility=desk.office.id) as db:
        db.add(
            Alert(
                facility_id=desk.office.id,
                complaint_id=desk.complaint().id or 0,
                joined=True,
                created_at=START,
            )
        )
    assert of(desk).alerts == figures.Alerts(figures.Waiting(1, START), None)


def test_what_is_broken_and_given_up_is_counted(desk: Desk) -> None:
    desk.letters.broken.add("letter-1")
    desk.arrive("rusak")
    for _ in range(4):
        desk.later(3600)
    desk.arrive("antre lama")
    desk.settle()
    desk.letters.found = False
    desk.answered()
    with desk.store.write("test", facility=desk.office.id) as db:
        part = db.get_one(ReplyPart, 1)
        part.state = SendState.UNKNOWN
        group = db.get_one(Group, desk.office.id)
        group.broken = "dikeluarkan"
    seen = of(desk)
    assert seen.quarantined == 1
    assert seen.in_doubt == 1
    assert seen.replies[SendState.UNKNOWN] == 1
    assert seen.group_broken


def test_updates_and_leases(desk: Desk) -> None:
    with desk.store.write("test") as db:
        db.add(Update(bot_id=7, update_id=1, raw="{}", received_at=START))
        assert leases.acquire(db, "poll:1", "9-abc/1", 30.0)
        ended = leases.acquire(db, "post:1", "9-abc/2", 30.0)
        assert ended is not None
        leases.release(db, ended)
    with desk.store.read() as db:
        assert figures.updates_waiting(db, 7) == figures.Waiting(1, START)
        assert figures.updates_waiting(db, 8) == figures.Waiting(0)
        assert figures.leases_held(db) == [("poll:1", "9-abc/1")]


def test_no_figure_walks_a_big_table(desk: Desk) -> None:
    """On both engines, of every statement."""
    sqlite = desk.store.url.get_backend_name() == "sqlite"
    statements: list[tuple[str, Any]] = []

    def remember(_c: Any, _cursor: Any, statement: str, params: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append((statement, params))

    engine = desk.store._reader
    event.listen(engine, "before_cursor_execute", remember)
    try:
        of(desk)
        with desk.store.read() as db:
            figures.updates_waiting(db, 7)
    finally:
        event.remove(engine, "before_cursor_execute", remember)
    assert len(statements) >= 10
    with desk.store.read() as db:
        walks = [walk for one in statements for walk in _walks(db, *one, sqlite=sqlite)]
    assert walks == []


def _walks(db: Session, statement: str, params: Any, *, sqlite: bool) -> list[str]:
    """The steps of its plan that read a whole big table."""
    connection = db.connection()
    if sqlite:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", params).all()
        steps = [str(row[3]).replace('"', "") for row in rows]
        return [
            f"{step}: {statement}"
            for step in steps
            if step.split()[0] == "SCAN" and step.split()[1] in BIG
        ]
    # An empty table is always walked: only what has no other way is told then.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", params).all()
    return [f"{row[0]}: {statement}" for row in rows if "Seq Scan on" in row[0] and _big(row[0])]


def _big(step: str) -> bool:
    return step.split("Seq Scan on ")[1].split()[0].strip('"') in BIG


def test_a_count_ends_at_its_cap(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "CAP", 3)
    for number in range(5):
        desk.arrive(f"keluhan {number}")
    assert of(desk).deliveries.count == 3
    assert len(desk.all(Delivery)) == 5
    assert desk.all(Reply) == []
