"""Two of every process on one PostgreSQL, each as on a host of its own."""

import os
import re
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import make_url

from simulator.dovecot import DovecotServer
from simulator.imap import ImapServer
from simulator.wire import Wire
from tests.engines import engines
from tests.faults.site import DovecotUser, Site
from tests.faults.truth import pause
from tests.soak.keeper import Keeper, Slot

PARTS = ("poll", "work", "bot")
NAMES = tuple(f"{part}-{number}" for part in PARTS for number in (1, 2))
_LIMIT = 60.0
_MOVES = ("set_back", "lease", "alembic_version")
"""Tables that say nothing about what a late process changed."""
_FRESH = ("polled_at",)
"""Columns that whoever is at work renews every minute."""


class Crew(Keeper):
    """Starts again whoever dies, but for those who are told to rest."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.resting: set[str] = set()

    def _again(self, slot: Slot) -> None:
        if slot.name not in self.resting:
            super()._again(slot)

    def start_again(self, slot: Slot) -> None:
        """It has rested."""
        super()._again(slot)


class Many(Site):
    """`processes` by name: `poll-1`, `poll-2`, `work-1` and so on; `wires` to the database, one a
    process. `empty`: they start at once, on a database with nothing in it.
    """

    def __init__(
        self,
        folder: Path,
        server: ImapServer,
        *,
        lease: float = 2.0,
        redis: str = "",
        empty: bool = False,
    ) -> None:
        super().__init__(folder, server, lease=lease, redis=redis)
        self.engine = "postgresql"
        self._empty = empty
        self._all = ExitStack()

    def begin(self) -> None:
        """All six start side by side."""
        if not self._empty:
            self.enrol()
        url = make_url(self._engine.url).set(drivername="postgresql")
        with ExitStack() as stack:
            port = engines.running().port
            self.wires = {name: stack.enter_context(Wire(port)) for name in NAMES}
            slots = [
                Slot(
                    name,
                    name.partition("-")[0],
                    self._environment(
                        name,
                        url.set(port=self.wires[name].port).render_as_string(hide_password=False),
                    ),
                    self._host(name),
                )
                for name in NAMES
            ]
            self.crew = stack.enter_context(Crew(slots, self.config, self.entry))
            self._all = stack.pop_all()
        self.processes = self.crew.slots
        if self._empty:
            self.ready()
            self.enrol()

    def end(self) -> None:
        """Nothing runs any more."""
        self._all.close()

    def _host(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder

    def _environment(self, name: str, url: str) -> Mapping[str, str]:
        host = self.folder / name
        return {
            "TANGGAP_DATA": str(host / "data"),
            "TANGGAP_DATABASE__URL": url,
            "TANGGAP_FAILPOINT": f"@{host / 'orders'}",
            "TANGGAP_FAILPOINT_LOG": str(host / "points"),
        }

    def log(self) -> str:
        """What all of them wrote."""
        return "\n".join(f"== {it.name}\n{self.said(it)[-1500:]}" for it in self.processes.values())

    def said(self, slot: Slot) -> str:
        """What this one wrote."""
        return slot.log.read_text(errors="replace") if slot.log.exists() else ""

    def ready(self) -> None:
        """Until all six say so."""
        self.until(
            lambda: all("Tanggap siap" in self.said(it) for it in self.processes.values()), "ready"
        )

    def until(self, condition: Any, what: str, limit: float = _LIMIT) -> float:
        """Seconds until it holds; raises AssertionError with what is known."""
        begun = time.monotonic()
        while not condition():
            if time.monotonic() > begun + limit:
                raise AssertionError(f"{what} does not happen:\n{self.state()}")
            time.sleep(0.01)
        return time.monotonic() - begun

    def kill(self) -> None:
        """kill -9 for all."""
        for slot in self.processes.values():
            self.crew.signal(slot, signal.SIGKILL)

    def holder(self, lease: str) -> Slot | None:
        """Who holds the lease whose name begins so."""
        query = text("SELECT holder FROM lease WHERE name LIKE :name AND expires > 0")
        with self.database() as db:
            found = db.execute(query, {"name": f"{lease}:%"}).scalars().all()
        return self.by_holder(found[0]) if found else None

    def sender(self) -> Slot | None:
        """Who is sending a reply."""
        query = text("SELECT holder FROM reply_part WHERE state = 'sending'")
        with self.database() as db:
            found = db.execute(query).scalars().all()
        return self.by_holder(found[0]) if found else None

    def by_holder(self, holder: str) -> Slot | None:
        """The process that calls itself so in leases."""
        pid = int(re.match(r"\d+", holder)[0])  # type: ignore[index]
        return next((it for it in self.processes.values() if it.pid == pid), None)

    def stop(self, slot: Slot) -> None:
        """SIGSTOP, in the middle of no transaction."""
        pause(self._engine, slot.pid)

    def wake(self, slot: Slot) -> None:
        """SIGCONT."""
        os.kill(slot.pid, signal.SIGCONT)

    def points_of(self, slot: Slot) -> list[str]:
        """What it has passed."""
        return slot.points.read_text().split() if slot.points.exists() else []

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of all tables that a late process could change."""
        names = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        with self.database() as db:
            tables = [name for name in db.execute(names).scalars() if name not in _MOVES]
            return {
                name: [
                    {key: value for key, value in row.items() if key not in _FRESH}
                    for row in db.execute(text(f'SELECT * FROM "{name}" ORDER BY 1')).mappings()
                ]
                for name in tables
            }

    def sent(self) -> dict[str, int]:
        """What the gateways have done for us so far, by method."""
        effects = ("sendMessage", "editMessageText", "DATA", "APPEND", "leaveChat")
        entries = self.journal.entries()
        return {
            method: sum(it.method == method and it.committed for it in entries)
            for method in effects
        }


@contextmanager
def many(folder: Path, server: DovecotServer, **options: Any) -> Iterator[Many]:
    """For a while, with a mailbox of their own."""
    with Many(folder, DovecotUser(server, folder.name), **options) as site:
        yield site
