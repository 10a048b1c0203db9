"""The district's way to run: PostgreSQL, several workers, and one of them killed.

The server is one of its own, with the durability that PostgreSQL has by default.
"""

import os
import shutil
import signal
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from simulator.dovecot import DovecotServer
from simulator.postgres import PostgresServer
from tanggap.bench.desk import Desk, Process, Stalled, set_up_desk, wait_until
from tanggap.bench.ingest import MAILS, PORTION, over_the_reference
from tanggap.bench.judge import Figure, middle
from tanggap.bench.machine import idle_seconds

FACILITIES = 8
WORKERS = (1, 2, 4)

_PAIRS = 5
_ROUNDS = 3
_DEATHS = 3
_ENOUGH = 100
"""Mails that have to be left where a worker dies."""
_PATIENCE = 30.0


def against_reference(server: DovecotServer, folder: Path) -> list[Figure]:
    """`postgresql-ratio`: as `ingest-ratio`, the truth on PostgreSQL, the reference as it is."""
    with PostgresServer() as postgres:
        desks = (
            set_up_desk(
                folder / f"elsewhere{turn}",
                server.port,
                folders=(MAILS[0],),
                url=postgres.create_database(f"ours{turn}"),
            )
            for turn in range(_PAIRS)
        )
        return [over_the_reference("postgresql-ratio", server, folder, desks)]


def by_workers(server: DovecotServer, folder: Path) -> list[Figure]:
    """`two-workers`: a morning's mail of eight facilities lies there; 1, 2 and 4 record it."""
    rates: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    busy: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    with PostgresServer() as postgres:
        for turn in range(_ROUNDS):
            for workers in WORKERS:
                name = f"curve{turn}_{workers}"
                desk = _waiting_desk(server, postgres, folder, name)
                start, idle = time.perf_counter(), idle_seconds()
                rates[workers].append(_recorded_a_second(desk, workers))
                idled = (idle_seconds() - idle) / (time.perf_counter() - start)
                busy[workers].append(len(os.sched_getaffinity(0)) - idled)
                shutil.rmtree(desk.folder)
                postgres.drop_database(name)
    two = [many / one for many, one in zip(rates[2], rates[1], strict=True)]
    return [
        middle(
            "two-workers",
            two,
            mails=FACILITIES * PORTION[1],
            mails_per_second={
                str(workers): round(statistics.median(samples))
                for workers, samples in rates.items()
            },
            busy_cores={
                str(workers): round(statistics.median(samples), 1)
                for workers, samples in busy.items()
            },
            cores=len(os.sched_getaffinity(0)),
        )
    ]


def after_a_death(server: DovecotServer, folder: Path) -> list[Figure]:
    """`recovery`: one of two workers dies while it records a facility; how long that one stands
    still. The slowest counts, because whoever waits for it does not get the median.
    """
    samples = []
    with PostgresServer() as postgres:
        for turn in range(_DEATHS):
            desk = _waiting_desk(server, postgres, folder, f"death{turn}")
            samples.append(_seconds_without(desk))
            shutil.rmtree(desk.folder)
    return [Figure(name="recovery", value=max(samples), samples=samples)]


def _waiting_desk(server: DovecotServer, postgres: PostgresServer, folder: Path, name: str) -> Desk:
    """Eight facilities whose mail is kept and not yet looked at."""
    desk = set_up_desk(
        folder / name,
        server.port,
        folders=(PORTION[0],),
        facilities=FACILITIES,
        url=postgres.create_database(name),
    )
    with Process(desk, "poll") as poll:
        poll.until(
            f"{FACILITIES * PORTION[1]} mails kept",
            lambda: desk.count("delivery") >= FACILITIES * PORTION[1],
        )
    return desk


@contextmanager
def _workers(desk: Desk, count: int) -> Iterator[list[Process]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Process(desk, "work")) for _ in range(count)]


def _recorded_a_second(desk: Desk, workers: int) -> float:
    """From the first complaint to the last, by the database: starting Python is not recording."""
    mails = desk.count("delivery")
    with _workers(desk, workers) as running:
        running[0].until(f"{mails} complaints", lambda: desk.count("complaint") >= mails)
    [(seconds, first)] = desk.ask(
        "SELECT extract(epoch FROM max(recorded_at) - min(recorded_at))::float8,"
        " (SELECT count(*) FROM complaint WHERE recorded_at ="
        "  (SELECT min(recorded_at) FROM complaint)) FROM complaint"
    )
    return float((mails - first) / seconds)


def _seconds_without(desk: Desk) -> float:
    with _workers(desk, 2) as running:
        running[0].until("the first complaints", lambda: desk.count("complaint") > 0)
        dead, facility = _at_work(desk, running)
        os.kill(dead.pid, signal.SIGKILL)
        start = time.perf_counter()
        before = _complaints(desk, facility)
        wait_until(lambda: _complaints(desk, facility) > before, "the next complaint")
        return time.perf_counter() - start


def _at_work(desk: Desk, running: Sequence[Process]) -> tuple[Process, int]:
    """A worker, and a facility that it is in the middle of."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        for holder, name in desk.ask(
            "SELECT holder, name FROM lease WHERE name LIKE 'record:%'"
            " AND expires > extract(epoch FROM clock_timestamp())"
        ):
            facility = int(name.removeprefix("record:"))
            waiting = f"facility_id = {facility} AND disposition = 'pending'"
            if desk.count(f"delivery WHERE {waiting}") > _ENOUGH:
                for process in running:
                    if holder.startswith(f"{process.pid}-"):
                        return process, facility
    raise Stalled("a worker in the middle of a facility")


def _complaints(desk: Desk, facility: int) -> int:
    return desk.count(f"complaint WHERE facility_id = {facility}")
