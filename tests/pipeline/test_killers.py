"""A delivery that kills its worker is put aside after MAX_ATTEMPTS deaths, and nobody else is.

The worker is a process of its own that dies for real, by `os._exit` or by SIGKILL, as the kernel
does when memory is short.
"""

import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from channels.message import Delivery as Raw
from pipeline import inbound
from store.claims import MAX_ATTEMPTS
from store.states import Disposition
from store.tables import Complaint, Delivery, Post
from tests.doubles import LetterChannel
from tests.pipeline.conftest import Desk, make_desk

_STARTS = 60
"""No worker is started more often, or the test has found a loop."""


class Deadly(LetterChannel):
    """Its letters named `exit…` and `kill…` end the process that parses them."""

    def parse(self, delivery: Raw) -> object:  # type: ignore[override]
        if delivery.transport_id.startswith("exit"):
            os._exit(3)
        if delivery.transport_id.startswith("kill"):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().parse(delivery)


def _work(desk: Desk, number: int) -> None:
    """One life of a worker."""
    desk.store.writer.dispose(close=False)
    desk.store._reader.dispose(close=False)
    ctx = replace(desk.ctx, holder=f"worker-{number}")
    channels = dict(desk.office.channels) | {"hotline": Deadly()}
    office = replace(desk.office, channels=channels)
    with desk.store.write("test") as db:  # the lease of the dead has run out
        db.connection().exec_driver_sql("UPDATE lease SET expires = 0")
    inbound.record_office(ctx, office)
    os._exit(0)


def work_until_done(desk: Desk) -> int:
    """Start workers one after the other until one comes to its end; how many died."""
    desk.store.writer.dispose()
    desk.store._reader.dispose()
    fork = multiprocessing.get_context("fork")
    for number in range(_STARTS):
        worker = fork.Process(target=_work, args=(desk, number))
        worker.start()
        worker.join(60)
        assert worker.exitcode is not None, "the worker hangs"
        if worker.exitcode == 0:
            return number
    raise AssertionError("workers die for ever")


@pytest.mark.parametrize(
    ("total", "poisons"),
    [
        (300, {150: "kill"}),
        (12, {1: "exit"}),
        (12, {12: "kill"}),
        (1, {1: "exit"}),
    ],
)
def test_one_that_kills(tmp_path: Path, total: int, poisons: dict[int, str]) -> None:
    desk = make_desk(tmp_path)
    for number in range(1, total + 1):
        desk.arrive("keluhan", key=f"{poisons.get(number, 'letter')}-{number}")
    deaths = work_until_done(desk)
    rows = desk.all(Delivery)
    aside = [row for row in rows if row.disposition is Disposition.QUARANTINED]
    assert [(row.id, row.reason, row.attempts) for row in aside] == [
        (number, "died", MAX_ATTEMPTS) for number in poisons
    ]
    assert deaths == MAX_ATTEMPTS
    others = [row for row in rows if row.id not in poisons]
    assert {row.disposition for row in others} <= {Disposition.RECORDED}
    assert all(row.attempts == 0 for row in others)
    assert [row.serial for row in desk.all(Complaint)] == list(range(1, total))
    assert sum(post.kind == "notice" for post in desk.all(Post)) == 1
    desk.store.close()


def test_two_in_one_batch(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    for number in range(1, 21):
        name = {4: "kill", 15: "exit"}.get(number, "letter")
        desk.arrive("keluhan", key=f"{name}-{number}")
    deaths = work_until_done(desk)
    # The first death is charged to both, for nobody knows whose it was.
    assert deaths == 2 * MAX_ATTEMPTS - 1
    rows = desk.all(Delivery)
    assert {row.id for row in rows if row.disposition is Disposition.QUARANTINED} == {4, 15}
    assert {row.attempts for row in rows if row.disposition is Disposition.RECORDED} == {0}
    [notice] = [post for post in desk.all(Post) if post.kind == "notice"]
    assert '"count": 2' in notice.params
    desk.store.close()
