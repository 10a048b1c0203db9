"""A hundred thousand of everything are due: each round looks at what it takes up, not at all."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import select

from channels.message import Delivery, Event
from notifier.listener import Listener
from pipeline import alerts, doubt, fallback, inbound, media, posting, replying, statuses
from pipeline.answers import ANSWERS
from pipeline.autosending import AUTOMATIC
from pipeline.clockguard import ClockWatch
from pipeline.ports import Context
from pipeline.sending import Gate, send_next
from store.states import AutoReplyKind
from store.tables import (
    Alert,
    AlertCopy,
    AlertMail,
    Attachment,
    AutoReply,
    Complaint,
    Message,
    Post,
    Reply,
    ReplyPart,
    Update,
    metadata,
)
from store.tables import Delivery as DeliveryRow
from tests.doubles import ChatChannel
from tests.pipeline.test_fallback import Town, make_town

FEW, MANY = 450, 100_000
UNITS = 3
"""Posts, answers, mails and so on that each stage gets done before it is stopped."""
BIG = (
    *("delivery", "message", "complaint", "alert", "post", "reply", "reply_part", "update"),
    *("alert_mail", "alert_copy", "event", "auto_reply", "attachment"),
)
BOT = 77


class Enough(BaseException):
    """Stops a stage in the middle."""


def clone(db: Any, model: Any, count: int, **values: str) -> None:
    """So many copies of the newest row; `values` are SQL, in which `i` counts them."""
    table = model.__table__
    names = [column.name for column in table.columns if column.name != "id"]
    taken = [values.get(name, f'source."{name}"') for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    db.execute(
        text(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
            f' INSERT INTO "{table.name}" ({quoted})'
            f' SELECT {", ".join(taken)} FROM "{table.name}" AS source, n'
            f' WHERE source.id = (SELECT max(id) FROM "{table.name}")'
        )
    )


def case(town: Town) -> None:
    """One of everything, waiting."""
    one = town.desk
    one.arrive("satu")
    town.settle()
    one.answered()
    one.clock.forward(3600)
    one.arrive("dua")
    now = one.clock.now
    with one.store.write("test", facility=one.office.id) as db:
        db.add(Update(bot_id=BOT, update_id=1, raw="{}", received_at=now))
        alert = db.exec(select(Alert)).one()
        db.add(Alert(facility_id=one.office.id, complaint_id=alert.complaint_id, created_at=now))
        mail = AlertMail(facility_id=one.office.id, created_at=now, accepted_at=now, told_at=now)
        db.add(mail)
        db.flush()
        db.add(
            AlertCopy(
                facility_id=one.office.id,
                mail_id=mail.id or 0,
                recipient="kepala@puskesmas.example",
                external_id="<x>",
                due_at=now,
            )
        )
        account = one.office.accounts["hotline"]
        db.add(
            AutoReply(
                facility_id=one.office.id,
                account_id=account,
                contact_id=1,
                kind=AutoReplyKind.OPT_IN,
                key="opt-in:0",
                recipient="siti@contoh.id",
                due_at=now,
                created_at=now,
            )
        )
        db.add(
            Attachment(
                message_id=1,
                name="",
                content_type="",
                size=0,
                part="m1",
                fetch_state="pending",
                account_id=account,
                due_at=now,
            )
        )
        shown = db.exec(select(Post).where(Post.kind == "case")).first()
        assert shown is not None
        shown.wanted += 1


def fill(town: Town, count: int, tag: str) -> None:
    """So many more of everything."""
    with town.desk.store.write("test", facility=town.desk.office.id) as db:
        # No two deliveries are the same, and no two copies for the same reader of a mail.
        clone(db, DeliveryRow, count, transport_id=f"'{tag}-' || i")
        first = db.scalar(text("SELECT max(id) FROM complaint")) or 0
        serial = db.scalar(text("SELECT max(serial) FROM complaint"))
        clone(db, Complaint, count, serial=f"{serial} + i", number=f"'ADU-2026-' || ({serial} + i)")
        db.execute(text(f"UPDATE counter SET last = last + {count}"))
        replies = db.scalar(text("SELECT max(id) FROM reply")) or 0
        clone(
            db,
            Message,
            count,
            identity=f"'{tag}-' || i",
            external_id=f"'{tag}-' || i",
            complaint_id=f"{first} + i",
        )
        clone(db, AlertMail, count)
        clone(db, Reply, count, complaint_id=f"{first} + i")
        clone(db, ReplyPart, count, reply_id=f"{replies} + i")
        # Half of them wait to leave, half are asked about.
        clone(db, AutoReply, count // 2, key=f"'{tag}-' || i")
        asked = {"state": "'accepted'", "status_due_at": "due_at", "external_id": "'x' || i"}
        clone(db, AutoReply, count // 2, key=f"'{tag}/' || i", **asked)
        clone(db, Attachment, count)
        clone(db, Alert, count, complaint_id=f"{first} + i")
        clone(db, Post, count // 2, state="'pending'", wanted="0", shown="0")
        clone(db, Post, count // 2, state="'accepted'", wanted="2", shown="1")
        clone(db, Update, count, update_id='(SELECT max(update_id) FROM "update") + i')
        clone(db, AlertCopy, count, recipient=f"'{tag}' || i || '@puskesmas.example'")
    if not town.desk.store.is_sqlite:
        with town.desk.store.write("test") as db:
            db.execute(text("ANALYZE"))


@contextmanager
def watching(town: Town, see: Callable[[Any, str, Any], None]) -> Iterator[None]:
    """Have every statement seen before it is done."""

    def hook(
        connection: Any, _cursor: Any, statement: str, params: Any, _ctx: Any, many: bool
    ) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and "pg_advisory" not in statement:
            see(connection.connection.driver_connection, statement, params[0] if many else params)

    engines = (town.desk.store._writer, town.desk.store._reader)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hook)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", hook)


def stopping(units: int) -> Callable[..., None]:
    left = [units]

    def stop(*_args: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Enough

    return stop


LANE: dict[str, Callable[[Context, Gate], object]] = {
    "answer": lambda ctx, gate: send_next(ctx, gate, ANSWERS),
    "automatic": lambda ctx, gate: send_next(ctx, gate, AUTOMATIC),
    "doubt": lambda ctx, gate: doubt.look_up_next(ctx, gate, ANSWERS),
    "automatic doubt": lambda ctx, gate: doubt.look_up_next(ctx, gate, AUTOMATIC),
    "status": statuses.ask_next,
    "media": media.fetch_next,
}
"""What a lane does, once each."""


def rounds(town: Town) -> dict[str, Callable[[], object]]:
    """Every stage and chore, each for a bounded piece of work."""
    one = town.desk
    listener = Listener(one.ctx, SimpleNamespace(bot_id=BOT), SimpleNamespace())  # type: ignore[arg-type]
    parse = one.letters.parse
    parsed = stopping(400)  # two claims, the second of which is not recorded

    def parses(delivery: Delivery) -> Any:
        parsed()
        events: list[Event] = list(parse(delivery))
        return events

    one.letters.parse = parses  # type: ignore[method-assign]
    chat = ChatChannel(fault=stopping(UNITS))
    gate = Gate(one.office, one.office.accounts["hotline"], chat)
    one.chat.fault = stopping(UNITS)
    one.letters.fault = stopping(UNITS)
    town.mailer.fault = stopping(UNITS)
    return {
        "record": lambda: inbound.record_due(one.ctx),
        "alert": lambda: alerts.alert_due(one.ctx),
        "post": lambda: posting.post_due(one.ctx),
        "reply": lambda: replying.reply_due(one.ctx),
        "expire": lambda: replying.expire(one.ctx),
        **{f"lane {name}": partial(work, one.ctx, gate) for name, work in LANE.items()},
        "fallback": lambda: fallback.fallback_due(one.ctx),
        "clock": ClockWatch(one.ctx),
        "listen": listener._pending,
    }


def turn(town: Town, see: Callable[[str, Any, str, Any], None]) -> None:
    """One round of everything, by a process whose predecessors are long gone."""
    parse = town.desk.letters.parse
    for name, work in rounds(town).items():
        with watching(town, partial(see, name)), suppress(Enough):
            work()
        with town.desk.store.write("test") as db:
            db.execute(text("UPDATE lease SET expires = 0"))
            for table in ("reply_part", "auto_reply"):
                db.execute(text(f"UPDATE {table} SET state = 'pending' WHERE state = 'sending'"))
            db.execute(text("UPDATE post SET state = 'pending' WHERE state = 'sending'"))
    town.desk.letters.parse = parse  # type: ignore[method-assign]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = make_town(tmp_path)
    case(made)
    yield made
    if not made.desk.store.is_sqlite:  # row by row it would take minutes to empty
        with made.desk.store.write("test") as db:
            names = ", ".join(f'"{name}"' for name in BIG)
            db.execute(text(f"TRUNCATE {names} CASCADE"))
    made.desk.store.close()


def walks(raw: Any, statement: str, params: Any, *, sqlite: bool) -> list[str]:
    """The big tables that the plan of this statement reads from end to end."""
    if sqlite:
        steps = [row[3] for row in raw.execute("EXPLAIN QUERY PLAN " + statement, params)]
        found = [re.match(r'SCAN "?(\w+)"?(?! USING)', step) for step in steps]
    else:
        steps = [row[0] for row in raw.execute("EXPLAIN " + statement, params).fetchall()]
        found = [re.search(r'Seq Scan on "?(\w+)"?', step) for step in steps]
    # The newest by its primary key is no walk.
    newest = [
        name for name in BIG if f"ORDER BY {name}.id DESC LIMIT" in " ".join(statement.split())
    ]
    return [it[1] for it in found if it and it[1] in BIG and it[1] not in newest]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_round_costs_as_much_with_a_hundred_thousand_due(town: Town) -> None:
    counts: list[dict[str, int]] = []
    walked: list[str] = []
    sqlite = town.desk.store.is_sqlite
    for count in (FEW, MANY):
        fill(town, count, f"t{count}")
        counts.append({})

        def see(stage: str, raw: Any, statement: str, params: Any) -> None:
            counts[-1][stage] = counts[-1].get(stage, 0) + 1
            if count == MANY:  # noqa: B023
                tables = walks(raw, statement, params, sqlite=sqlite)
                walked.extend(f"{stage}: {table}: {statement}" for table in tables)

        turn(town, see)
    few, many = counts
    assert list(dict.fromkeys(walked)) == []
    assert {stage: many[stage] - few[stage] for stage in few if many[stage] > few[stage] + 2} == {}
    assert {"record", "post", "reply", "fallback"} <= set(many)
    assert set(BIG) <= set(metadata.tables)
