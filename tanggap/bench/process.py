"""What the process itself costs: start, idling, memory."""

import random
import subprocess
import time
from pathlib import Path

from simulator.dovecot import DovecotServer
from simulator.journal import Journal
from simulator.proxy import ImapProxy
from simulator.telegram import Telegram
from tanggap.bench import ingest
from tanggap.bench.chat import team
from tanggap.bench.desk import copy_mails, set_up_desk, surroundings, tanggap
from tanggap.bench.judge import Figure, middle
from tanggap.bench.machine import cpu_seconds
from tanggap.bench.mails import mail

LARGE = 50 * 2**20
"""Bytes of the large mail, as it travels."""

_HELPS = 11
_STARTS = 5
_MAILBOXES = 5
_SETTLE, _IDLE = 5.0, 60.0
"""Seconds before idling is measured, and for how long: two rounds of polls at the default."""
_PAIRS = 3
_FEW = 50
_CARDS = 3


def help_text(folder: Path) -> list[Figure]:
    """`help`."""
    samples = []
    for _ in range(_HELPS):
        start = time.perf_counter()
        subprocess.run(  # noqa: S603 (our own command)
            tanggap("--help"),
            check=True,
            stdout=subprocess.DEVNULL,
            env=surroundings(folder),
        )
        samples.append(time.perf_counter() - start)
    return [middle("help", samples)]


def first_poll(server: DovecotServer, folder: Path) -> list[Figure]:
    """`first-poll`: every start makes its database first, as on the first day."""
    samples = []
    for turn in range(_STARTS):
        journal = Journal()
        with ImapProxy(server.port, journal) as proxy:
            desk = set_up_desk(folder / f"start{turn}", proxy.port, users=("kosong",))
            with desk.running() as process:
                opened = journal.wait(lambda entry: entry.method in ("EXAMINE", "SELECT"), 60)
            samples.append(opened.at.timestamp() - process.started)
    return [middle("first-poll", samples)]


def idling(server: DovecotServer, folder: Path, peaks: list[float]) -> list[Figure]:
    """`idle-cpu`; the peak of the process goes into `peaks`."""
    users = tuple(f"kotak{number}" for number in range(1, _MAILBOXES + 1))
    with Telegram() as telegram:
        chat = (telegram, team(telegram))
        desk = set_up_desk(folder / "idle", server.port, users=users, chat=chat)
        with desk.running() as process:
            polled = "SELECT 1 FROM account WHERE polled_at IS NOT NULL"
            process.until("five mailboxes", lambda: len(desk.ask(polled)) == _MAILBOXES)
            time.sleep(_SETTLE)
            start, used = time.monotonic(), cpu_seconds(process.pid)
            time.sleep(_IDLE)
            used = cpu_seconds(process.pid) - used
            seconds = time.monotonic() - start
        peaks.append(process.peak)
    share = 100 * used / seconds
    return [Figure(name="idle-cpu", value=share, samples=[share], detail={"seconds": _IDLE})]


def memory(server: DovecotServer, folder: Path, peaks: list[float]) -> list[Figure]:
    """`large-mail-memory` and `peak-memory`, the highest of `peaks` and of what runs here."""
    rng = random.Random(13)  # noqa: S311 (invented letters)
    with server.session() as client:
        for name in ("Kosong", "Besar"):
            client.create(name)
    # base64 makes 78 bytes with the line's end of 57.
    server.append(mail(900_001, rng, LARGE * 57 // 78), "Besar")
    copy_mails(server, f"1:{_FEW}", "Sedikit")
    without, with_it = [], []
    for turn in range(_PAIRS):
        without.append(_peak(server, folder / f"small{turn}", ("Sedikit", "Kosong"), _FEW))
        with_it.append(_peak(server, folder / f"large{turn}", ("Sedikit", "Besar"), _FEW + 1))
    name, mails = ingest.MAILS
    peaks.append(_peak(server, folder / "all", (name, "Besar"), mails + 1))
    differences = [one - other for one, other in zip(with_it, without, strict=True)]
    return [
        middle(
            "large-mail-memory",
            differences,
            without_mb=[round(one, 1) for one in without],
            with_mb=[round(one, 1) for one in with_it],
        ),
        Figure(
            name="peak-memory",
            value=max([*peaks, *with_it]),
            samples=[*peaks, *with_it],
            detail={"mails": mails + 1},
        ),
    ]


def _peak(server: DovecotServer, folder: Path, folders: tuple[str, ...], mails: int) -> float:
    """The peak of a `run` with mail and chat that has recorded these and shown some of them."""
    with Telegram() as telegram:
        chat = (telegram, team(telegram))
        desk = set_up_desk(folder, server.port, folders=folders, chat=chat)
        shown = "SELECT 1 FROM post WHERE kind = 'card' AND state = 'accepted'"
        with desk.running() as process:
            process.until(f"{mails} alert rows", lambda: desk.highest("alert") >= mails)
            process.until("cards", lambda: len(desk.ask(shown)) >= min(_CARDS, mails // 20))
        return process.peak
