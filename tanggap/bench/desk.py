"""A desk to be measured: a folder with its configuration, and `tanggap run` as a process."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from simulator.dovecot import DovecotServer
from simulator.imap import check, quoted
from simulator.telegram import Group, Telegram
from tanggap.bench.machine import peak_mb

if TYPE_CHECKING:
    from tanggap.settings import Settings

PATIENCE = 120.0
"""Seconds after which what does not come counts as not measurable."""
_END = 12.0


class Stalled(Exception):
    """What was waited for did not happen; the argument says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A data folder with a tanggap.toml in it."""

    folder: Path
    url: str = ""
    """PostgreSQL; empty: SQLite in the folder."""

    @property
    def config(self) -> Path:
        """Its configuration file."""
        return self.folder / "tanggap.toml"

    @property
    def database(self) -> Path:
        """Where its truth stands."""
        return self.folder / "tanggap.db"

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Read its database from outside; nothing while the table is not there yet."""
        if self.url:
            return _ask_postgresql(self.url, query)
        if not self.database.exists():
            return []
        db = sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            return db.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            db.close()

    def highest(self, table: str) -> int:
        """The last id of a table, 0 while it is empty."""
        rows = self.ask(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608 (our own names)
        return int(rows[0][0]) if rows else 0

    def count(self, table: str) -> int:
        """How many rows a table has."""
        rows = self.ask(f"SELECT count(*) FROM {table}")  # noqa: S608 (our own names)
        return int(rows[0][0]) if rows else 0

    def running(self) -> "Process":
        """`tanggap run` for the length of a `with` block."""
        return Process(self)


def _ask_postgresql(url: str, query: str) -> list[tuple[Any, ...]]:
    import psycopg

    try:
        with psycopg.connect(url, autocommit=True) as db:
            return db.execute(query.encode()).fetchall()
    except psycopg.errors.UndefinedTable:
        return []


def set_up_desk(
    folder: Path,
    port: int,
    *,
    facilities: int = 1,
    url: str = "",
    folders: Sequence[str] = ("INBOX",),
    users: Sequence[str] = ("aduan",),
    poll_seconds: float | None = None,
    chat: tuple[Telegram, Group] | None = None,
) -> Desk:
    """A new desk that reads these folders of these users' mailboxes on this machine, every
    facility for itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = ["Puskesmas Contoh", *(f"Puskesmas Contoh {one}" for one in range(2, facilities + 1))]
    lines = [line for name in names for line in ("[[facility]]", f'name = "{name}"')]
    lines += ["[database]", f'url = "{url}"', "[desk]", "receipts = false"]
    lines.append('quiet = ""')
    if poll_seconds is not None:
        lines.append(f"poll_seconds = {poll_seconds}")
    if chat is not None:
        telegram, group = chat
        lines += ["[telegram]", f'base_url = "{telegram.base_url}"', f'token = "{telegram.token}"']
        lines.append(f"group = {group.id}")
    quoted_folders = ", ".join(f'"{name}"' for name in folders)
    for number, (name, user) in enumerate(product(names, users)):
        account = user if facilities == 1 else f"{user}{number}"
        lines += ["[[email]]", f'name = "{account}"', f'address = "{account}@puskesmas.example"']
        lines += ['host = "127.0.0.1"', f"port = {port}", 'tls = "none"', f'user = "{user}"']
        lines += ['password = "rahasia"', f"folders = [{quoted_folders}]", "since = 2020-01-01"]
        lines += ['smtp_host = "127.0.0.1"', "smtp_port = 9", 'smtp_tls = "none"']
        lines.append(f'facility = "{name}"')
    desk = Desk(folder=folder, url=url)
    desk.config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    desk.config.chmod(0o600)
    return desk


class Process(AbstractContextManager["Process"]):
    """`tanggap run`, or one of its parts, as anybody starts it."""

    def __init__(self, desk: Desk, command: str = "run") -> None:
        self.desk = desk
        self._command = command
        self.peak = 0.0
        """MB, known once it has ended."""
        self.started = 0.0
        """Seconds since 1970."""

    def __enter__(self) -> Self:
        self._log = (self.desk.folder / "log").open("ab")
        self.started = time.time()
        self._child = subprocess.Popen(  # noqa: S603 (our own command)
            tanggap("--config", str(self.desk.config), self._command),
            stdout=self._log,
            stderr=self._log,
            stdin=subprocess.DEVNULL,
            env=surroundings(self.desk.folder),
        )
        return self

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def until(self, what: str, done: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait for it. Raises Stalled when it does not come, or when the process has ended."""
        wait_until(lambda: done() or self._gone(what), what, patience)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child.poll() is None:
            self.peak = peak_mb(self.pid)
            self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(_END)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._log.close()

    def _gone(self, what: str) -> bool:
        if self._child.poll() is not None:
            last = (self.desk.folder / "log").read_text(encoding="utf-8").strip().splitlines()[-1:]
            raise Stalled(
                f"`tanggap {self._command}` ended while waiting for {what}: {' '.join(last)}"
            )
        return False


def tanggap(*arguments: str) -> list[str]:
    """The command line of a `tanggap` of this very installation."""
    return [sys.executable, "-m", "tanggap", *arguments]


def surroundings(data: Path) -> dict[str, str]:
    """The environment, with nothing of TANGGAP_ in it but the data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TANGGAP_")}
    return kept | {"TANGGAP_DATA": str(data)}


def wait_until(done: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Look every few milliseconds. Raises Stalled."""
    end = time.monotonic() + patience
    while not done():
        if time.monotonic() > end:
            raise Stalled(f"{what} did not come within {patience:g} s")
        time.sleep(0.01)


def settings_of(desk: Desk) -> "Settings":
    """Its settings, whatever stands in the environment of whoever measures."""
    from tanggap.settings import load

    outside = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(surroundings(desk.folder))
        return load(desk.config)
    finally:
        os.environ.clear()
        os.environ.update(outside)


def copy_mails(server: DovecotServer, numbers: str, folder: str) -> None:
    """Make a folder of the INBOX's messages `numbers` (IMAP sequence), within the server."""
    with server.session() as client:
        check(client.create(quoted(folder)))
        client.select("INBOX", readonly=True)
        check(client.copy(numbers, quoted(folder)))
