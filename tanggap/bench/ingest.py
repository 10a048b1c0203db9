"""From the mailbox to the recorded complaint: against the bare limit, a queue, a full register.

Whatever is compared runs in turns within one process, and a figure is the median of the pairs'
ratios: a slow minute of the machine then slows both.
"""

import gc
import shutil
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from simulator.dovecot import DovecotServer
from tanggap.bench import reference
from tanggap.bench.desk import Desk, Stalled, set_up_desk, settings_of, wait_until
from tanggap.bench.fill import fill
from tanggap.bench.judge import Figure, middle

MAILS = "Dua ribu", 2_000
PORTION = "Lima ratus", 500
FEW, MANY = ("Seribu", 1_000), ("INBOX", 5_000)
DAYS = tuple((f"Hari {day}", 1_000) for day in range(1, 6))
"""Folders and how many mails are in each; those of the days have none in common."""
REGISTER = 200_000

_PAIRS = 7
_QUEUES = 5


def warm(server: DovecotServer, folder: Path) -> None:
    """Read every folder once: the server remembers sizes, and whoever comes first pays for it."""
    for name, _ in (MAILS, PORTION, FEW, MANY, *DAYS):
        database = folder / "warm.db"
        reference.collect(server.port, server.user, server.password, name, database)
        database.unlink()


def against_reference(server: DovecotServer, folder: Path) -> list[Figure]:
    """`ingest-ratio`."""
    desks = (
        set_up_desk(folder / f"ours{turn}", server.port, folders=(MAILS[0],))
        for turn in range(_PAIRS)
    )
    return [over_the_reference("ingest-ratio", server, folder, desks)]


def over_the_reference(
    name: str, server: DovecotServer, folder: Path, desks: Iterable[Desk]
) -> Figure:
    """Our mails a second over the reference's, in turns; every desk is new and goes afterwards."""
    mails = MAILS[1]
    ours, bare = [], []
    for desk in desks:
        gc.collect()
        database = folder / f"bare-{desk.folder.name}.db"
        count, seconds = reference.collect(
            server.port, server.user, server.password, MAILS[0], database
        )
        if count != mails:
            raise Stalled(f"{mails} mails for the reference")
        bare.append(mails / seconds)
        ours.append(mails / ingest(desk, mails))
        shutil.rmtree(desk.folder)
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    return middle(
        name,
        ratios,
        mails=mails,
        mails_per_second=[round(rate) for rate in ours],
        reference_per_second=[round(rate) for rate in bare],
    )


def with_a_queue(server: DovecotServer, folder: Path) -> list[Figure]:
    """`waiting-ratio`."""
    ratios, costs = [], []
    for turn in range(_QUEUES):
        few = _in_a_new_desk(server, folder / f"few{turn}", *FEW) / FEW[1]
        many = _in_a_new_desk(server, folder / f"many{turn}", *MANY) / MANY[1]
        ratios.append(many / few)
        costs.append([round(few * 1000, 3), round(many * 1000, 3)])
    return [middle("waiting-ratio", ratios, milliseconds_a_mail=costs)]


def with_a_register(server: DovecotServer, folder: Path) -> list[Figure]:
    """`register-ratio`: the day's mail comes into an empty register and into a full one."""
    full = set_up_desk(folder / "full", server.port)
    _fill(full)
    ratios, costs = [], []
    for day, mails in DAYS:
        empty = _in_a_new_desk(server, folder / day, day, mails) / mails
        set_up_desk(full.folder, server.port, folders=(day,))
        loaded = ingest(full, mails) / mails
        ratios.append(loaded / empty)
        costs.append([round(empty * 1000, 3), round(loaded * 1000, 3)])
    size = full.database.stat().st_size
    return [
        middle(
            "register-ratio",
            ratios,
            complaints=REGISTER,
            database_mb=round(size / 2**20),
            milliseconds_a_mail=costs,
        )
    ]


def ingest(desk: Desk, mails: int) -> float:
    """Seconds from starting the desk's threads to the last mail's alert row. Raises Stalled.

    Everything but the process itself is that of `tanggap run`: poller, queue, worker, sweeper.
    """
    from tanggap.runtime import PARTS, Running
    from tanggap.wiring import open_everything

    before = desk.highest("alert")
    wired = open_everything(settings_of(desk))
    running = Running(wired, PARTS, threading.Event())
    gc.collect()
    start = time.perf_counter()
    try:
        running.start()
        wait_until(lambda: desk.highest("alert") >= before + mails, f"{mails} alert rows")
        taken = time.perf_counter() - start
    finally:
        running.stop()
        wired.close()
    recorded = desk.ask(f"SELECT count(*) FROM alert WHERE id > {before}")  # noqa: S608
    if recorded != [(mails,)]:
        raise Stalled(f"exactly {mails} alert rows")
    return taken


def _in_a_new_desk(server: DovecotServer, folder: Path, name: str, mails: int) -> float:
    seconds = ingest(set_up_desk(folder, server.port, folders=(name,)), mails)
    shutil.rmtree(folder)
    return seconds


def _fill(desk: Desk) -> None:
    from tanggap.wiring import open_everything

    wired = open_everything(settings_of(desk), hears=False)
    try:
        fill(desk.database, wired.ctx.store, REGISTER, datetime.now(UTC))
    finally:
        wired.close()
