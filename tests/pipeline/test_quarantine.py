"""What the machine did costs no delivery a try; what is given up is told once, in one notice."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from channels.base import Batch
from channels.message import Delivery as Raw
from channels.message import Ignored
from pipeline import inbound
from pipeline.posts import View
from store import claims, deliveries
from store.states import Disposition
from store.tables import Complaint, Delivery, Post
from store.trouble import is_the_machine_s
from tests.doubles import START
from tests.pipeline.conftest import Desk


class Full(sqlite3.OperationalError):
    """What SQLite says when the disk is full."""

    sqlite_errorcode = sqlite3.SQLITE_FULL


def ends(one: Desk) -> list[str]:
    return [row.disposition for row in one.all(Delivery)]


def notices(one: Desk) -> list[dict[str, object]]:
    found = [json.loads(post.params) for post in one.all(Post) if post.kind == View.NOTICE]
    return [params for params in found if params["key"] == "quarantined"]


def test_a_full_disk_costs_nobody_a_try_and_makes_no_tight_loop(desk_of_one: Desk) -> None:
    for _ in range(3):
        desk_of_one.arrive("keluhan")
    failing = 0

    def full(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        nonlocal failing
        if statement.startswith("INSERT INTO contact"):  # claimed, and then nothing fits any more
            failing += 1
            raise OperationalError("INSERT", {}, Full())

    event.listen(desk_of_one.store.writer, "before_cursor_execute", full)
    for _ in range(3 * claims.MAX_ATTEMPTS):
        before = failing
        again = inbound.record_due(desk_of_one.ctx)
        assert again == desk_of_one.clock() + timedelta(seconds=inbound.TROUBLE_WAIT)
        assert failing == before + 1
    event.remove(desk_of_one.store.writer, "before_cursor_execute", full)
    assert [(row.disposition, row.attempts) for row in desk_of_one.all(Delivery)] == [
        (Disposition.PENDING, 0)
    ] * 3
    desk_of_one.settle()
    assert ends(desk_of_one) == ["recorded"] * 3
    assert len(desk_of_one.all(Complaint)) == 3


def test_what_is_the_machine_s() -> None:
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    wrong = sqlite3.OperationalError("too many SQL variables")
    wrong.sqlite_errorcode = sqlite3.SQLITE_ERROR
    assert is_the_machine_s(OperationalError("", {}, locked))
    assert not is_the_machine_s(OperationalError("", {}, wrong))
    assert is_the_machine_s(OSError(28, "no space"))
    assert not is_the_machine_s(FileNotFoundError(2, "gone"))
    assert not is_the_machine_s(MemoryError())
    for state, ours in (("53100", True), ("08006", True), ("40P01", True), ("54000", False)):
        error = Exception()
        error.sqlstate = state  # type: ignore[attr-defined]
        assert is_the_machine_s(OperationalError("", {}, error)) is ours


@pytest.mark.parametrize("error", [RecursionError, MemoryError, ValueError])
def test_whatever_a_parser_raises_costs_its_neighbours_nothing(
    desk_of_one: Desk, error: type[Exception]
) -> None:
    plain = desk_of_one.letters.parse

    def parse(delivery: Raw) -> object:
        if delivery.transport_id == "racun":
            raise error("kata warga")
        return plain(delivery)

    desk_of_one.letters.parse = parse  # type: ignore[method-assign,assignment]
    for number in range(1, 251):
        desk_of_one.arrive("keluhan", key="racun" if number == 100 else f"letter-{number}")
    desk_of_one.settle()
    rows = desk_of_one.all(Delivery)
    assert [(row.id, row.error) for row in rows if row.attempts] == [(100, error.__name__)]
    assert sum(row.disposition is Disposition.RECORDED for row in rows) == 249


def test_a_file_that_is_gone_is_told_at_once_and_recorded_when_it_is_back(
    desk_of_one: Desk, tmp_path: Path
) -> None:
    blobs = desk_of_one.store.blobs
    file = blobs.spool / "besar"
    file.write_bytes(b"x")
    item = Raw(
        account="hotline",
        stream="inbox",
        transport_id="besar",
        received_at=START,
        raw=file,
        size=1,
        meta={},
    )
    batch = Batch(stream="inbox", deliveries=[item], cursor="1")
    keys = deliveries.adopt(blobs, batch)
    with desk_of_one.store.write("test") as db:
        account = desk_of_one.office.accounts["hotline"]
        deliveries.keep(db, desk_of_one.office.id, account, batch, START, keys)

    def gone(_key: str) -> Path:
        raise FileNotFoundError

    known = blobs.path
    blobs.path = gone  # type: ignore[method-assign,assignment]
    desk_of_one.settle()
    [row] = desk_of_one.all(Delivery)
    assert (row.disposition, row.reason, row.attempts) == ("quarantined", "missing", 0)
    assert [notice["count"] for notice in notices(desk_of_one)] == [1]
    blobs.path = known  # type: ignore[method-assign]
    desk_of_one.letters.parse = lambda _: [Ignored(reason="x")]  # type: ignore[method-assign,assignment]
    with desk_of_one.store.write("test") as db:
        deliveries.replay(db, desk_of_one.office.id)
    desk_of_one.settle()
    assert ends(desk_of_one) == ["set-aside"]


def test_many_in_an_hour_are_one_notice_and_a_failed_replay_another(desk_of_one: Desk) -> None:
    for number in range(1, 101):
        desk_of_one.letters.broken.add(f"letter-{number}")
        desk_of_one.arrive("isi rahasia warga")
        if number % 10 == 0:
            desk_of_one.settle()
            desk_of_one.clock.forward(60)
    desk_of_one.settle()
    [notice] = notices(desk_of_one)
    assert notice["count"] == 100
    [post] = [post for post in desk_of_one.all(Post) if post.kind == View.NOTICE]
    assert post.shown == post.wanted  # what stands in the chat is the last of it
    assert "rahasia" not in post.params
    coordinator = desk_of_one.staff["coordinator"].id
    assert desk_of_one.chat.views(coordinator).count(View.NOTICE) == 1
    assert View.NOTICE not in desk_of_one.chat.views(None)
    with desk_of_one.store.write("test") as db:
        deliveries.replay(db, desk_of_one.office.id, [7, 8])
    desk_of_one.settle()
    assert [notice["count"] for notice in notices(desk_of_one)] == [100, 2]
    desk_of_one.clock.forward(3601)
    desk_of_one.letters.broken.add("letter-101")
    desk_of_one.arrive("satu lagi")
    desk_of_one.settle()
    assert [notice["count"] for notice in notices(desk_of_one)] == [100, 2, 1]


def test_who_was_only_slow_did_not_die(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu")
    one = desk_of_one
    accounts = inbound.readable(one.office)
    with one.store.write("test") as db:
        mine = claims.claim(db, one.office.id, accounts, "slow")
    with one.store.write("test") as db:
        claims.claim(db, one.office.id, accounts, "other")
        assert db.get_one(Delivery, 1).attempts == 1
    with one.store.write("test") as db:
        claims.absolve(db, mine, "slow")
    assert one.all(Delivery)[0].attempts == 0


def test_a_lost_lease_gives_the_claim_back(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu")

    plain = desk_of_one.letters.parse

    def overtaken(delivery: Raw) -> object:
        with desk_of_one.store.write("test") as db:
            db.connection().exec_driver_sql("UPDATE lease SET fence = fence + 1")
        return plain(delivery)

    desk_of_one.letters.parse = overtaken  # type: ignore[method-assign,assignment]
    inbound.record_due(desk_of_one.ctx)
    [row] = desk_of_one.all(Delivery)
    assert (row.disposition, row.attempts, row.claimed_by) == ("pending", 0, None)


def test_a_process_that_ends_in_good_order_did_not_die(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu")
    one = desk_of_one
    accounts = inbound.readable(one.office)
    with one.store.write("test") as db:
        claims.claim(db, one.office.id, accounts, one.ctx.holder)
    inbound.let_go_of_all(one.ctx)
    with one.store.write("test") as db:
        [row] = claims.claim(db, one.office.id, accounts, "the next").rows
    assert row.attempts == 0
