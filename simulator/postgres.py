"""A real PostgreSQL in a folder of its own, as root or as anybody.

https://www.postgresql.org/docs/current/app-initdb.html
https://www.postgresql.org/docs/current/server-shutdown.html
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.process import START, InFolder, as_nobody

if TYPE_CHECKING:
    import psycopg

_USER = "tanggap"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    # In its folder, so that nothing stays in /dev/shm when it was killed.
    "dynamic_shared_memory_type": "mmap",
    "logging_collector": "on",
    "log_directory": "..",
    "log_filename": "log",
}
_CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
}


@cache
def _programs() -> Path | None:
    """The folder with initdb and postgres.

    Debian's own folders come first: there both belong together, and initdb is not on the PATH.
    """
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(packaged, key=lambda it: float(it.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    for folder in [*newest, *([Path(on_path).resolve().parent] if on_path else [])]:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    return None


def available() -> bool:
    """Whether this machine has a PostgreSQL server."""
    return _programs() is not None


class PostgresServer(InFolder):
    """Anybody on this machine is let in without a password, as the superuser `tanggap`.

    `fsync=False` for what never crashes the machine: a killed server loses nothing either way.
    """

    def __init__(self, *, fsync: bool = True) -> None:
        super().__init__()
        self._settings = _SETTINGS | ({} if fsync else _CARELESS)

    @property
    def url(self) -> str:
        """Of the database that is always there."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """postgresql://... of a database on this server."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make it, as a copy of `template` where given; returns its URL."""
        from psycopg import sql

        query = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            query += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        self._execute(query)
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Remove it, whoever is still connected, if it is there."""
        from psycopg import sql

        query = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._execute(query.format(sql.Identifier(name)))

    def command(self) -> list[str]:
        """The postmaster in the foreground."""
        run = [str(self._program("postgres")), "-D", str(self._data), "-p", str(self.port)]
        for name, value in self._settings.items():
            run += ["-c", f"{name}={value}"]
        return as_nobody(run)

    def environment(self) -> dict[str, str]:
        """Nothing of ours: neither PGDATA nor a foreign language in its messages."""
        return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}

    def start(self) -> None:
        """Run it and wait until it takes questions: it listens before it has recovered."""
        import psycopg

        if not self._data.exists():
            self._initdb()
        super().start()
        deadline = time.monotonic() + START
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def ask_to_stop(self, process: subprocess.Popen[bytes]) -> None:
        """At once: nobody here waits for clients, and the next start recovers."""
        process.send_signal(signal.SIGQUIT)

    def crash(self) -> None:
        """kill -9 for all of it, as when the power goes; the next start finds nobody left."""
        if self._process is None:
            return
        postmaster = self._process.pid
        # Stopped it neither forks nor reaps, so that the ids below stay those of its children.
        os.kill(postmaster, signal.SIGSTOP)
        _wait_for(lambda: _state(postmaster)[:1] in ("T", "Z", ""))
        children = _children(postmaster)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        _wait_for(lambda: all(_state(child)[:1] in ("Z", "") for child in children))
        super().crash()
        self._free_shared_memory()

    def _free_shared_memory(self) -> None:
        """The one System V segment that a killed postmaster leaves; its id ends line seven."""
        lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        if len(lines) > 6 and (words := lines[6].split()):
            quiet = subprocess.DEVNULL
            subprocess.run(["ipcrm", "-m", words[-1]], check=False, stdout=quiet, stderr=quiet)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _program(self, name: str) -> Path:
        programs = _programs()
        if programs is None:
            raise RuntimeError("PostgreSQL is not installed")
        return programs / name

    def _initdb(self) -> None:
        run = [str(self._program("initdb")), "-D", str(self._data), "-U", _USER, "-A", "trust"]
        run += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(
            as_nobody(run),
            env=self.environment(),
            cwd=self.folder,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr}")

    def _connect(self) -> "psycopg.Connection":
        import psycopg

        return psycopg.connect(self.url, autocommit=True, connect_timeout=5)

    def _execute(self, query: "psycopg.sql.Composed") -> None:
        with self._connect() as connection:
            connection.execute(query)


def _wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("a process of the killed server is still there")
        time.sleep(0.005)


def _state(pid: int) -> str:
    """State and parent as /proc tells them ("S 1 ..."), empty when it is gone.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return stat.rpartition(") ")[2]


def _children(parent: int) -> list[int]:
    pids = [int(it.name) for it in Path("/proc").iterdir() if it.name.isdigit()]
    return [pid for pid in pids if _state(pid).split()[1:2] == [str(parent)]]
