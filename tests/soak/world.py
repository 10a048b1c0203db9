"""The worlds of the fault run: a desk of real processes between gateways on loopback."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from simulator.dovecot import DovecotServer
from simulator.faults import FaultPlan
from simulator.journal import Journal
from simulator.mail import Letter, MailWorld
from simulator.postgres import PostgresServer
from simulator.proxy import ImapProxy
from simulator.redis import RedisServer
from simulator.telegram import Telegram
from simulator.telegram.limits import Flood
from tests.soak.chats import Chats
from tests.soak.disk import Disk
from tests.soak.keeper import Keeper, Slot

HOTLINE = "aduan@puskesmas.example"
STAFF = {"clerk": 4101, "coordinator": 4102, "head": 4103}
GROUP = -1001234500001
_START = 60.0
LEASE = 2.0
"""Seconds of a lease: what is paused for longer has lost it."""

_CONFIG = """\
[facility]
name = "Puskesmas Contoh"
profile = "arjuno"
[[email]]
name = "hotline"
address = "{hotline}"
host = "127.0.0.1"
port = {imap}
tls = "none"
user = "{user}"
password = "{password}"
since = 2009-01-01
smtp_host = "127.0.0.1"
smtp_port = {smtp}
smtp_tls = "none"
file_sent = false
[telegram]
base_url = "{telegram}"
token = "{token}"
group = {group}
[desk]
receipts = true
receipt_seconds = 1
hold_seconds = 2
burst_seconds = 60
approval = "coordinator+head"
undo_seconds = 1
card_seconds = 0.1
group_per_minute = 100000
poll_seconds = 0.5
lease_seconds = {lease}
retry_seconds = 0.5
quiet = ""
[database]
url = "{database}"
[queue]
redis_url = "{redis}"
"""

_WATCH_SQLITE = """\
CREATE TABLE set_back (old TEXT, new TEXT);
CREATE TRIGGER watch AFTER UPDATE ON cursor
WHEN CAST(substr(new.value, instr(new.value, ':') + 1) AS INTEGER)
   < CAST(substr(old.value, instr(old.value, ':') + 1) AS INTEGER)
BEGIN INSERT INTO set_back VALUES (old.value, new.value); END;
"""
_WATCH_POSTGRESQL = """\
CREATE TABLE set_back (old TEXT, new TEXT);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO set_back VALUES (old.value, new.value); RETURN NULL; END $$;
CREATE TRIGGER watch AFTER UPDATE ON cursor FOR EACH ROW
WHEN (CASE WHEN old.value ~ '^[0-9]+:[0-9]+$' AND new.value ~ '^[0-9]+:[0-9]+$'
 THEN split_part(new.value, ':', 2)::bigint < split_part(old.value, ':', 2)::bigint
 ELSE false END)
EXECUTE FUNCTION watch();
"""
"""Remembers a mailbox's cursor that goes back, which no row would show afterwards. Those of other
gateways are no `UIDVALIDITY:UID`."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a world is made of."""

    name: str
    parts: Sequence[str]
    """The processes, by command."""
    postgresql: bool = False
    redis: bool = False


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("sqlite", ("run",)),
        Shape("postgresql", ("poll",) * 2 + ("work",) * 3 + ("bot",) * 2, postgresql=True),
        Shape("redis", ("poll",) * 2 + ("work",) * 3 + ("bot",) * 2, postgresql=True, redis=True),
    )
}
Rows = list[tuple[Any, ...]]


class World:
    """Gateways, servers, data folders and the processes. A context manager.

    `entry` is the module that is run as `tanggap`; it gets `environment` besides.
    """

    def __init__(
        self,
        shape: Shape,
        folder: Path,
        seed: int = 0,
        *,
        entry: str = "tanggap",
        environment: dict[str, str] | None = None,
    ) -> None:
        self.shape = shape
        self.folder = folder
        self.journal = Journal()
        self.faults = FaultPlan()
        self.chats = Chats(seed, self.journal, self.faults)
        self.clock_offset = folder / "clock"
        self.config = folder / "tanggap.toml"
        self._entry = entry
        self._environment = environment or {}
        self._postgres = PostgresServer() if shape.postgresql else None
        self._redis = RedisServer() if shape.redis else None
        self._stack = ExitStack()
        self._database_lock = threading.Lock()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start_servers(stack)
            self._write_config()
            self._enrol()
            with self.connect() as db:
                if isinstance(db, sqlite3.Connection):
                    db.executescript(_WATCH_SQLITE)
                else:
                    db.execute(_WATCH_POSTGRESQL)
            self.keeper = stack.enter_context(Keeper(self._slots(), self.config, self._entry))
            self._wait_at_work()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _start_servers(self, stack: ExitStack) -> None:
        place = self._postgres.folder if self._postgres else self.folder / "data"
        self.disk = Disk(place, unprivileged=self._postgres is not None)
        stack.callback(self.disk.close)
        if self._postgres:
            stack.enter_context(self._postgres)
        if self._redis:
            stack.enter_context(self._redis)
        self.imap = stack.enter_context(DovecotServer())
        # The team works faster than any team; the limits have their own tests.
        flood = Flood(group_per_minute=1_000_000, per_second=1_000_000)
        self.telegram = stack.enter_context(Telegram(self.journal, self.faults, flood=flood))
        self.mail = stack.enter_context(
            MailWorld(self.journal, self.faults, user=self.imap.user, password=self.imap.password)
        )
        stack.enter_context(self.chats.twilio)
        stack.enter_context(self.chats.android)
        self.proxy = stack.enter_context(ImapProxy(self.imap.port, self.journal, self.faults))
        chats = self.telegram.world
        self.people = {role: chats.user(id_, role) for role, id_ in STAFF.items()}
        self.group = chats.group("Tim", list(self.people.values()), bot=True, chat_id=GROUP)

    def _write_config(self) -> None:
        self.config.touch(mode=0o600)
        self.config.write_text(
            _CONFIG.format(
                hotline=HOTLINE,
                imap=self.proxy.port,
                user=self.imap.user,
                password=self.imap.password,
                smtp=self.mail.port,
                telegram=self.telegram.base_url,
                token=self.telegram.token,
                group=GROUP,
                lease=LEASE,
                database=self._postgres.url if self._postgres else "",
                redis=self._redis.url if self._redis else "",
            )
            + self.chats.config()
        )

    def _enrol(self) -> None:
        self.command("init")
        with ThreadPoolExecutor(len(STAFF)) as at_once:
            list(at_once.map(self._add, STAFF.items()))
        for person in self.people.values():
            person.start()

    def _add(self, member: tuple[str, int]) -> None:
        role, id_ = member
        self.command("staff", "add", role, "--role", role, "--telegram", str(id_))

    def _wait_at_work(self) -> None:
        """Until somebody has polled for the first time."""
        end = time.monotonic() + _START
        while not self.rows("SELECT 1 FROM cursor"):
            if time.monotonic() > end:
                raise TimeoutError(f"the desk does not begin\n{self.logs()}")
            time.sleep(0.1)

    def _slots(self) -> list[Slot]:
        slots = []
        for number, part in enumerate(self.shape.parts, 1):
            host = self.folder / f"host-{number}"
            host.mkdir()
            environment = {
                **self._surroundings(host if self._postgres else self.folder),
                "TANGGAP_FAILPOINT": f"@{host / 'orders'}",
                "TANGGAP_FAILPOINT_LOG": str(host / "points"),
            }
            slots.append(Slot(f"{part}-{number}", part, environment, host))
        return slots

    def _surroundings(self, host: Path) -> dict[str, str]:
        return {
            "TANGGAP_DATA": str(host / "data"),
            "TANGGAP_CLOCK_OFFSET_FILE": str(self.clock_offset),
            **self._environment,
        }

    def command(self, *words: str, ok: Sequence[int] = (0,)) -> str:
        """Run a command of the product to its end; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "tanggap", *words, "--config", str(self.config)],
            env=os.environ | self._surroundings(self.folder),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode not in ok:
            raise RuntimeError(f"tanggap {words[0]}: {done.stderr[-2000:]}")
        return done.stdout

    def connect(self) -> "sqlite3.Connection | psycopg.Connection[Any]":
        """The truth as it stands, reached with nothing of the product; commits at the end of a
        `with`, and must be closed on SQLite.
        """
        if self._postgres:
            return psycopg.connect(self._postgres.url, connect_timeout=5)
        return sqlite3.connect(self.folder / "data" / "tanggap.db", timeout=30)

    def rows(self, query: str, *params: object) -> Rows:
        """What a query finds; `?` where a parameter goes."""
        db = self.connect()
        try:
            if isinstance(db, sqlite3.Connection):
                found: Rows = db.execute(query, params).fetchall()
            else:
                found = db.execute(query.replace("?", "%s").encode(), params).fetchall()
            db.commit()
            return found
        finally:
            db.close()

    @property
    def postgres(self) -> PostgresServer:
        """The database server of this world."""
        assert self._postgres is not None
        return self._postgres

    @property
    def redis(self) -> RedisServer:
        """The queue's server of this world."""
        assert self._redis is not None
        return self._redis

    def holder(self, lease: str) -> Slot | None:
        """Whose process has the first lease of that name's beginning."""
        found = self.rows("SELECT holder FROM lease WHERE name LIKE ? ORDER BY name", f"{lease}%")
        pids = {slot.pid: slot for slot in self.keeper.slots.values()}
        return pids.get(int(found[0][0].partition("-")[0])) if found else None

    def set_clock(self, seconds: float) -> None:
        """Let every process's clock be wrong by that much, from now on."""
        fresh = self.clock_offset.with_suffix(".new")
        fresh.write_text(repr(seconds))
        fresh.replace(self.clock_offset)

    def answers(self, address: str = "") -> list[Letter]:
        """What came by mail and was written by a person."""
        return [it for it in self.mail.letters(address) if not it.message["Auto-Submitted"]]

    def logs(self) -> str:
        """The last words of every process, for the message of a failed run."""
        ends = []
        for slot in self.keeper.slots.values():
            text = slot.log.read_text(errors="replace") if slot.log.exists() else ""
            ends.append(f"--- {slot.name} ({dict(slot.deaths)})\n{text[-1500:]}")
        return "\n".join(ends)

    def doctor(self) -> list[dict[str, Any]]:
        """What `tanggap doctor --json` finds."""
        found: list[dict[str, Any]] = json.loads(self.command("doctor", "--json", ok=(0, 1)))
        return found

    def crash_database(self) -> None:
        """kill -9 for all of PostgreSQL, and start it again."""
        with self._database_lock:
            self.postgres.crash()
            self.postgres.start()

    def revive(self) -> None:
        """Start PostgreSQL again if the full disk was too much for it."""
        with self._database_lock:
            try:
                self.rows("SELECT 1")
            except psycopg.Error:
                self.postgres.restart()

    def all_awake(self) -> None:
        """Nobody stays paused."""
        for slot in self.keeper.slots.values():
            self.keeper.signal(slot, signal.SIGCONT)

    def strike(self, part: str) -> Callable[[], None]:
        """What kills every process of a kind, as when their host goes."""

        def kill() -> None:
            for slot in self.keeper.of(part):
                self.keeper.signal(slot, signal.SIGKILL)

        return kill
