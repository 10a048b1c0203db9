"""How the truth is reached: short labelled write transactions, read-only reads.

On SQLite a process writes through one connection behind one lock, because a busy database
otherwise makes a person's tap wait for seconds behind bulk work; who marks a write `urgent`
goes first.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlmodel import Session

from store import failpoint
from store.blobs import Blobs, FolderBlobs

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA temp_store = MEMORY",
    # Bounds the write-ahead log after a burst: without it the file keeps its largest size.
    "PRAGMA journal_size_limit = 67108864",
)


class WriterLock:
    """One writer at a time; the urgent ones (a person's tap) before the bulk."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._busy = False
        self._urgent = 0

    @contextmanager
    def hold(self, *, urgent: bool) -> Iterator[None]:
        """Wait for the turn, keep it for the block."""
        with self._condition:
            self._urgent += urgent
            while self._busy or (self._urgent and not urgent):
                self._condition.wait()
            self._urgent -= urgent
            self._busy = True
        try:
            yield
        finally:
            with self._condition:
                self._busy = False
                self._condition.notify_all()


class Store:
    """The database and the large files beside it."""

    def __init__(self, url: str | URL, blobs: Blobs) -> None:
        self.url = make_url(url)
        self.blobs = blobs
        self._lock = WriterLock()
        self._writer = _engine(self.url, read_only=False)
        self._reader = _engine(self.url, read_only=True)

    @property
    def writer(self) -> Engine:
        """For migrations and for tests that look inside."""
        return self._writer

    @contextmanager
    def write(self, label: str, *, urgent: bool = False) -> Iterator[Session]:
        """One write transaction, committed when the block ends, rolled back when it raises.

        `label` names it for fault tests. Nothing slow belongs inside: no parsing, no network.
        """
        with self._lock.hold(urgent=urgent), Session(self._writer, expire_on_commit=False) as db:
            yield db
            db.flush()
            failpoint.hit(f"{label}:before")
            db.commit()
        failpoint.hit(f"{label}:after")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only view of one moment."""
        with Session(self._reader, expire_on_commit=False) as db:
            yield db

    def close(self) -> None:
        """Let go of every connection."""
        self._writer.dispose()
        self._reader.dispose()


def open_store(data: Path, url: str = "") -> Store:
    """The store in the folder `data`, or at `url` when one is configured."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Store(
        url or URL.create("sqlite", database=str(data / "tanggap.db")),
        FolderBlobs(data / "blobs"),
    )


def _engine(url: URL, *, read_only: bool) -> Engine:
    # hide_parameters: an exception's text must not carry a citizen's words.
    options: dict[str, Any] = {"hide_parameters": True}
    if url.get_backend_name() == "sqlite":
        options["connect_args"] = {"check_same_thread": False}
        if not read_only:
            options |= {"pool_size": 1, "max_overflow": 0}
    engine = create_engine(url, **options)
    if url.get_backend_name() == "sqlite":
        _prepare_sqlite(engine, read_only=read_only)
    return engine


def _prepare_sqlite(engine: Engine, *, read_only: bool) -> None:
    """Take transactions out of the driver's hands, which begins them late and never reads."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        if read_only:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if driver.in_transaction:
            # A COMMIT that failed leaves its transaction open, and the pool takes it for ended.
            driver.rollback()
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
