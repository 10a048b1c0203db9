"""The database that a test gets: SQLite, or with TANGGAP_TEST_DATABASE=postgresql a real server's.

The same tests run on both. One that is about an engine is marked `sqlite` or `postgresql` and
gets that engine in either run.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, text

from simulator.postgres import PostgresServer
from store import engine
from store.engine import Store
from store.migrate import HEAD
from store.tables import metadata

if TYPE_CHECKING:
    import psycopg

_TABLES = "with_tables"
_PATIENCE = 30.0
_HANG_UP = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_SHAPE = """SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute),
    (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_namespace)"""
"""Another where somebody has made, changed or dropped a table."""
_RESTART = """SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"""
_VERSION = f"INSERT INTO alembic_version VALUES ('{HEAD}')"


@dataclass
class Engines:
    """One server for the run, a database for every data folder of a test.

    Those with tables are emptied and used again, which costs a tenth of making another; and a
    folder that is gone has given its database back, so that a test of many examples needs one.
    """

    wanted: str = os.environ.get("TANGGAP_TEST_DATABASE", "sqlite")
    """`sqlite` or `postgresql`."""
    server: PostgresServer | None = None
    _given: dict[Path, str] = field(default_factory=dict)
    _free: list[str] = field(default_factory=list)
    _cleaners: "dict[str, psycopg.Connection]" = field(default_factory=dict)
    """A connection to each database that can be used again."""
    current: str = ""
    """The engine of the test that runs."""
    _serial: "count[int]" = field(default_factory=count)

    def begin(self, markers: set[str]) -> None:
        """A test begins."""
        self.current = next(iter({"sqlite", "postgresql"} & markers), self.wanted)

    def end(self) -> None:
        """A test is over: its databases go."""
        for folder in list(self._given):
            self._give_back(folder)

    def close(self) -> None:
        """The run is over."""
        for cleaner in self._cleaners.values():
            cleaner.close()
        if self.server is not None:
            self.server.__exit__(None, None, None)

    def url(self, folder: Path, *, tables: bool = False) -> str:
        """What `[database] url` says for this data folder: empty on SQLite, and otherwise the
        same database each time, made at the first; `tables`: with today's tables.
        """
        if self.current == "sqlite":
            return ""
        server = self.running()
        if folder not in self._given:
            for other in [other for other in self._given if not other.exists()]:
                self._give_back(other)
            self._given[folder] = self._with_tables() if tables else self._make(None)
        return server.url_of(self._given[folder])

    def _make(self, template: str | None) -> str:
        name = f"test_{next(self._serial)}"
        self.running().create_database(name, template)
        return name

    def _with_tables(self) -> str:
        import psycopg

        if self._free:
            return self._free.pop()
        name = self._make(_TABLES)
        url = self.running().url_of(name)
        self._cleaners[name] = psycopg.connect(url, autocommit=True)
        return name

    def _give_back(self, folder: Path) -> None:
        name = self._given.pop(folder)
        if name in self._cleaners and self._emptied(self._cleaners[name]):
            self._free.append(name)
            return
        if cleaner := self._cleaners.pop(name, None):
            cleaner.close()
        self.running().drop_database(name)

    def _emptied(self, cleaner: "psycopg.Connection") -> bool:
        """Whether it is as new."""
        deadline = time.monotonic() + _PATIENCE
        while cleaner.execute(_HANG_UP).fetchall():
            assert time.monotonic() < deadline, "somebody stays connected"
            time.sleep(0.002)
        if cleaner.execute(_SHAPE).fetchone() != self._shape:
            return False
        # A table at a time: TRUNCATE makes new files, a hundred of them.
        cleaner.execute("; ".join(f'DELETE FROM "{it}"' for it in reversed(metadata.sorted_tables)))
        cleaner.execute(_RESTART)
        cleaner.execute(f"DELETE FROM alembic_version; {_VERSION}")
        return True

    def running(self) -> PostgresServer:
        """The server, for what outlives a test or is about PostgreSQL: whoever makes a database
        drops it.
        """
        if self.server is None:
            self.server = PostgresServer(fsync=False)
            self.server.start()
            self.server.create_database(_TABLES)
            made = create_engine(f"postgresql+psycopg{self.server.url_of(_TABLES)[10:]}")
            with made.begin() as connection:
                metadata.create_all(connection)
                connection.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
                connection.execute(text(_VERSION))
                self._shape = connection.execute(text(_SHAPE)).one()
            made.dispose()
        return self.server


engines = Engines()


def examples(count: int) -> int:
    """How many of them a state machine gets: fewer on PostgreSQL, where each of its thousands of
    statements is a trip to another process; what they try is decided above the database.
    """
    return count if engines.wanted == "sqlite" else count // 2


def open_store(folder: Path) -> Store:
    """As the product opens it, on the engine of this test; empty."""
    return engine.open_store(folder, engines.url(folder))


@contextmanager
def look_into(folder: Path) -> Iterator[Connection]:
    """What is in the database of a data folder that a process has; committed at the end."""
    store = open_store(folder)
    try:
        with store.writer.begin() as connection:
            yield connection
    finally:
        store.close()


def open_with_tables(folder: Path) -> Store:
    """With today's tables, made without the migrations' time."""
    store = engine.open_store(folder, engines.url(folder, tables=True))
    if store.is_sqlite:
        metadata.create_all(store.writer)
        with store.writer.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA synchronous = OFF")  # no power is cut here
    return store
