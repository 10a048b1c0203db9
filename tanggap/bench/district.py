"""The district's way to run: PostgreSQL, several workers, and one of them killed.

The server is one of its own, with the durability that PostgreSQL has by default.
"""

import gc
import os
import shutil
import signal
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from simulator.dovecot import DovecotServer
from simulator.postgres import PostgresServer
from tanggap.bench import reference
from tanggap.bench.desk import Desk, Process, Stalled, set_up_desk, wait_until
from tanggap.bench.ingest import MAILS, PORTION, ingest
from tanggap.bench.judge import Figure, middle

FACILITIES = 8
WORKERS = (1, 2, 4)

_PAIRS = 5
_ROUNDS = 3
_DEATHS = 3


def against_reference(server: DovecotServer, folder: Path) -> list[Figure]:
    """`postgresql-ratio`: as `ingest-ratio`, the truth on PostgreSQL, the reference as it is."""
    name, mails = MAILS
    ours, bare = [], []
    with PostgresServer() as postgres:
        for turn in range(_PAIRS):
            gc.collect()
            count, seconds = reference.collect(
                server.port, server.user, server.password, name, folder / f"bare{turn}.db"
            )
            if count != mails:
                raise Stalled(f"{mails} mails for the reference")
            bare.append(mails / seconds)
            url = postgres.create_database(f"ours{turn}")
            desk = set_up_desk(folder / f"ours{turn}", server.port, folders=(name,), url=url)
            ours.append(mails / ingest(desk, mails))
            shutil.rmtree(desk.folder)
            postgres.drop_database(f"ours{turn}")
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    return [
        middle(
            "postgresql-ratio",
            ratios,
            mails=mails,
            mails_per_second=[round(rate) for rate in ours],
            reference_per_second=[round(rate) for rate in bare],
        )
    ]


def by_workers(server: DovecotServer, folder: Path) -> list[Figure]:
    """`two-workers`: a morning's mail of eight facilities lies there; 1, 2 and 4 record it."""
    rates: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    with PostgresServer() as postgres:
        for turn in range(_ROUNDS):
            for workers in WORKERS:
                name = f"curve{turn}_{workers}"
                desk = _waiting_desk(server, postgres, folder, name)
                rates[workers].append(_recorded_a_second(desk, workers))
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
            cores=len(os.sched_getaffinity(0)),
        )
    ]


def after_a_death(server: DovecotServer, folder: Path) -> list[Figure]:
    """`recovery`: one of two workers dies while it records; what it held goes on after so long.

    The slowest counts, because whoever waits for it does not get the median.
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
        [(holder,)] = desk.ask(
            "SELECT holder FROM lease WHERE name LIKE 'record:%'"
            " AND expires > extract(epoch FROM clock_timestamp()) ORDER BY expires DESC LIMIT 1"
        ) or [("",)]
        dead = next((one for one in running if holder.startswith(f"{one.pid}-")), None)
        if dead is None:
            raise Stalled("a worker that records")
        os.kill(dead.pid, signal.SIGKILL)
        start = time.perf_counter()
        mails = desk.count("delivery")
        wait_until(lambda: desk.count("complaint") >= mails, "the rest, by the other worker")
        return time.perf_counter() - start
