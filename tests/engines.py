"""The database that a test gets: SQLite, or with TANGGAP_TEST_DATABASE=postgresql a real server's.

The same tests run on both. One that is about an engine is marked `sqlite` or `postgresql` and
gets that engine in either run.
"""

import os
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine

from simulator.postgres import PostgresServer
from store import engine
from store.engine import Store
from store.tables import metadata

_TABLES = "with_tables"


@dataclass
class Engines:
    """One server for the run, a database for every data folder of a test."""

    wanted: str = os.environ.get("TANGGAP_TEST_DATABASE", "sqlite")
    """`sqlite` or `postgresql`."""
    server: PostgresServer | None = None
    _given: dict[Path, str] = field(default_factory=dict)
    _serial: "count[int]" = field(default_factory=count)

    def begin(self, markers: set[str]) -> None:
        """A test begins."""
        self.current = next(iter({"sqlite", "postgresql"} & markers), self.wanted)

    def end(self) -> None:
        """A test is over: its databases go."""
        for name in self._given.values():
            assert self.server is not None
            self.server.drop_database(name)
        self._given.clear()

    def close(self) -> None:
        """The run is over."""
        if self.server is not None:
            self.server.stop()

    def url(self, folder: Path, *, tables: bool = False) -> str:
        """What `[database] url` says for this data folder: empty on SQLite, and otherwise the
        same database each time, made at the first.
        """
        if self.current == "sqlite":
            return ""
        server = self._running()
        if folder not in self._given:
            name = self._given[folder] = f"test_{next(self._serial)}"
            server.create_database(name, _TABLES if tables else None)
        return server.url_of(self._given[folder])

    def _running(self) -> PostgresServer:
        if self.server is None:
            self.server = PostgresServer(fsync=False)
            self.server.start()
            self.server.create_database(_TABLES)
            made = create_engine(f"postgresql+psycopg{self.server.url_of(_TABLES)[10:]}")
            metadata.create_all(made)
            made.dispose()
        return self.server


engines = Engines()


def open_store(folder: Path) -> Store:
    """As the product opens it, on the engine of this test; empty."""
    return engine.open_store(folder, engines.url(folder))


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
