"""The order in which things are measured, and the mail server they share."""

import logging
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from simulator.dovecot import DovecotServer
from tanggap.bench import chat, district, ingest, process
from tanggap.bench.desk import Stalled, copy_mails
from tanggap.bench.judge import Figure
from tanggap.bench.mails import mail
from tanggap.log import set_up

Measure = Callable[[DovecotServer, Path, list[float]], list[Figure]]

ROUNDS: Mapping[tuple[str, ...], Measure] = {
    ("help",): lambda _server, folder, _peaks: process.help_text(folder),
    ("first-poll",): lambda server, folder, _peaks: process.first_poll(server, folder),
    ("ingest-ratio",): lambda server, folder, _peaks: ingest.against_reference(server, folder),
    ("waiting-ratio",): lambda server, folder, _peaks: ingest.with_a_queue(server, folder),
    ("register-ratio",): lambda server, folder, _peaks: ingest.with_a_register(server, folder),
    ("postgresql-ratio",): lambda server, folder, _peaks: district.against_reference(
        server, folder
    ),
    ("two-workers",): lambda server, folder, _peaks: district.by_workers(server, folder),
    ("recovery",): lambda server, folder, _peaks: district.after_a_death(server, folder),
    ("chat-single", "chat-coalesced"): chat.to_the_chat,
    ("idle-cpu",): process.idling,
    # Last, because it looks back at the peaks of the processes before.
    ("large-mail-memory", "peak-memory"): process.memory,
}
"""What is measured together, under the names of its figures."""


def measure(folder: Path, only: str, say: Callable[[str], None]) -> list[Figure]:
    """All figures, or those that are measured together with `only`."""
    set_up(level=logging.ERROR)  # the processes under measurement keep logs of their own
    chosen = {names: work for names, work in ROUNDS.items() if not only or only in names}
    with DovecotServer() as server:
        if set().union(*chosen) & _NEED_MAILS:
            say(f"putting {ingest.MANY[1]} mails into the mail server")
            _post(server)
            ingest.warm(server, folder)
        return take(chosen, server, folder, say)


def take(
    chosen: Mapping[tuple[str, ...], Measure],
    server: DovecotServer,
    folder: Path,
    say: Callable[[str], None],
) -> list[Figure]:
    """Measure one after the other. One that stalls fails its own figures and no others."""
    figures: list[Figure] = []
    peaks: list[float] = []
    for names, work in chosen.items():
        start = time.monotonic()
        try:
            found = work(server, folder, peaks)
        except (Stalled, TimeoutError) as error:
            found = [Figure(name=name, value=None, detail={"why": str(error)}) for name in names]
        figures += found
        say(f"{', '.join(names)}: {time.monotonic() - start:.0f} s")
    return figures


_NEED_MAILS = {
    *("ingest-ratio", "waiting-ratio", "register-ratio"),
    *("postgresql-ratio", "two-workers", "recovery"),
    *("large-mail-memory", "peak-memory"),
}


def _post(server: DovecotServer) -> None:
    rng = random.Random(1)  # noqa: S311 (invented letters)
    server.append_all((mail(number, rng), None) for number in range(ingest.MANY[1]))
    copy_mails(server, f"1:{ingest.MAILS[1]}", ingest.MAILS[0])
    copy_mails(server, f"1:{ingest.FEW[1]}", ingest.FEW[0])
    copy_mails(server, f"1:{ingest.PORTION[1]}", ingest.PORTION[0])
    first = 1
    for name, mails in ingest.DAYS:
        copy_mails(server, f"{first}:{first + mails - 1}", name)
        first += mails
