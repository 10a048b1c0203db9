"""How long a message takes to the team: from the moment it was found to the card that names it."""

import random
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulator.dovecot import DovecotServer
from simulator.journal import Journal
from simulator.telegram import Group, Telegram
from tanggap.bench.desk import Desk, Process, Stalled, set_up_desk
from tanggap.bench.judge import Figure, percentile
from tanggap.bench.mails import mail

RATES = (("chat-single", 25, 4.0), ("chat-coalesced", 60, 1.0))
"""Figure, messages, seconds between two of them."""
USER = "obrolan"

_NUMBER = re.compile(r"ADU-\d{4}-\d{4,}")
_POLL_SECONDS = 0.5
_FOUND = """SELECT complaint.number, delivery.fetched_at FROM complaint
    JOIN message ON message.complaint_id = complaint.id
    JOIN delivery ON delivery.id = message.delivery_id"""


@dataclass(slots=True)
class TimedJournal(Journal):
    """A journal that knows when each request was answered."""

    ended: dict[int, datetime] = field(default_factory=dict)

    def finish(
        self, seq: int, outcome: str, *, committed: bool = False, result: Any = None
    ) -> None:
        """As the parent does, with the time."""
        self.ended[seq] = self.clock()
        Journal.finish(self, seq, outcome, committed=committed, result=result)


def team(telegram: Telegram) -> Group:
    """A group of the team's with the bot in it."""
    ani = telegram.world.user(501, "Ani")
    ani.start()
    return telegram.world.group("Tim Aduan", [ani], bot=True)


def to_the_chat(server: DovecotServer, folder: Path, peaks: list[float]) -> list[Figure]:
    """`chat-single` and `chat-coalesced`; the peak of the process goes into `peaks`."""
    journal = TimedJournal()
    with Telegram(journal) as telegram:
        desk = set_up_desk(
            folder / "chat",
            server.port,
            users=(USER,),
            poll_seconds=_POLL_SECONDS,
            chat=(telegram, team(telegram)),
        )
        with desk.running() as process:
            process.until("the first poll", lambda: bool(_polled(desk)))
            rng, first, figures = random.Random(11), 0, []  # noqa: S311 (invented letters)
            for name, messages, gap in RATES:
                mails = [mail(first + number, rng) for number in range(messages)]
                _send(server, mails, gap)
                first += messages
                figures.append(_figure(name, process, journal, first, messages, gap))
        peaks.append(process.peak)
    return figures


def _polled(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.ask("SELECT 1 FROM account WHERE polled_at IS NOT NULL")


def _send(server: DovecotServer, mails: list[bytes], gap: float) -> None:
    begin = time.monotonic()
    for number, raw in enumerate(mails):
        time.sleep(max(begin + number * gap - time.monotonic(), 0.0))
        server.append(raw, user=USER)


def _figure(
    name: str, process: Process, journal: TimedJournal, total: int, messages: int, gap: float
) -> Figure:
    process.until(f"{total} numbers in the chat", lambda: len(_named(journal)) >= total)
    named = _named(journal)
    found = {number: datetime.fromisoformat(at) for number, at in process.desk.ask(_FOUND)}
    latest = sorted(found)[-messages:]
    if len(found) != total or not named.keys() >= found.keys():
        raise Stalled(f"{total} complaints, each named in the chat")
    waits = [(named[one] - found[one].replace(tzinfo=UTC)).total_seconds() for one in latest]
    cards = len({named[one] for one in latest})
    return Figure(
        name=name,
        value=percentile(waits, 0.99),
        samples=waits,
        detail={
            "messages": messages,
            "seconds_between": gap,
            "cards": cards,
            "median": round(percentile(waits, 0.5), 3),
        },
    )


def _named(journal: TimedJournal) -> dict[str, datetime]:
    """When the group's first accepted message that names each number was accepted."""
    named: dict[str, datetime] = {}
    for entry in journal.entries("telegram", "sendMessage"):
        if entry.committed and int(entry.params.get("chat_id", 0)) < 0:
            for number in _NUMBER.findall(str(entry.params.get("text", ""))):
                named.setdefault(number, journal.ended[entry.seq])
    return named
