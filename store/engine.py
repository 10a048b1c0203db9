"""How the truth is reached: short labelled write transactions, read-only reads.

What one facility writes is written one after the other, on both engines, so that a transaction
may look and then act. SQLite has one writer at a time anyway; there a process writes through one
connection behind one lock, because a busy database otherwise makes a person's tap wait for
seconds behind bulk work, and who marks a write `urgent` goes first. On PostgreSQL the facility's
advisory lock is taken first (docs/adr/0005).
"""

import threading
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlmodel import Session

from store import failpoint
from store.blobs import Blobs, FolderBlobs
from store.chunks import ChunkBlobs

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA temp_store = MEMORY",
    # Bounds the write-ahead log after a burst: without it the file keeps its largest size.
    "PRAGMA journal_size_limit = 67108864",
)


LOCKS = 0x7461_6E67
"""The advisory locks' first key, so that another program in the same database is not met."""
SETUP = 0
"""No facility's id: taken while facilities are set up and tables are changed."""
_IN_ORDER = text("SELECT pg_advisory_xact_lock(:space, it) FROM unnest(CAST(:ids AS int[])) AS it")

_SESSION = {
    # A paused or cut-off process must not keep what it holds: its transaction ends without it.
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "15s",
    "statement_timeout": "60s",
    "timezone": "UTC",
}
_READ_ONLY = {
    "default_transaction_read_only": "on",
    "default_transaction_isolation": r"repeatable\ read",
}
_CONNECT: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "tanggap",
}
_POOL: dict[str, Any] = {
    # Twelve that write and twelve that read, at most: what is short may wait for its turn.
    "pool_size": 3,
    "max_overflow": 9,
    "pool_pre_ping": True,
    "pool_recycle": 3600,
}


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
        self.url = _with_driver(make_url(url))
        self.blobs: Blobs = blobs
        self._lock = WriterLock()
        self._writer = _engine(self.url, read_only=False)
        self._reader = _engine(self.url, read_only=True)

    @property
    def writer(self) -> Engine:
        """For migrations and for tests that look inside."""
        return self._writer

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded engine: one file, one writer."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def write(
        self, label: str, *, facility: int | Collection[int] = (), urgent: bool = False
    ) -> Iterator[Session]:
        """One write transaction, committed when the block ends, rolled back when it raises.

        `label` names it for fault tests. `facility` is whose rows it looks at or changes: nobody
        else writes for them meanwhile. Without, nothing may be decided by looking, but for what
        leases and unique keys decide. Nothing slow belongs inside: no parsing, no network.
        """
        with self._turn(urgent=urgent), Session(self._writer, expire_on_commit=False) as db:
            if not self.is_sqlite:
                _lock_facilities(db, {facility} if isinstance(facility, int) else set(facility))
            yield db
            db.flush()
            failpoint.hit(f"{label}:before")
            db.commit()
        failpoint.hit(f"{label}:after")

    def _turn(self, *, urgent: bool) -> AbstractContextManager[None]:
        return self._lock.hold(urgent=urgent) if self.is_sqlite else nullcontext()

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
    store = Store(
        url or URL.create("sqlite", database=str(data / "tanggap.db")),
        FolderBlobs(data / "blobs"),
    )
    if not store.is_sqlite:  # whose other hosts have another disk
        store.blobs = ChunkBlobs(store, data / "blobs")
    return store


def _with_driver(url: URL) -> URL:
    """`postgresql://` as everybody writes it, with the driver that is installed."""
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    return url


def _engine(url: URL, *, read_only: bool) -> Engine:
    # hide_parameters: an exception's text must not carry a citizen's words.
    options: dict[str, Any] = {"hide_parameters": True}
    if url.get_backend_name() == "sqlite":
        options["connect_args"] = {"check_same_thread": False}
        if not read_only:
            options |= {"pool_size": 1, "max_overflow": 0}
        engine = create_engine(url, **options)
        _prepare_sqlite(engine, read_only=read_only)
        return engine
    session = _SESSION | (_READ_ONLY if read_only else {})
    words = " ".join(f"-c {name}={value}" for name, value in session.items())
    engine = create_engine(url, connect_args=_CONNECT | {"options": words}, **options, **_POOL)
    event.listen(engine, "handle_error", _without_values)
    return engine


def _lock_facilities(db: Session, ids: set[int]) -> None:
    # Sorted, so that two transactions never wait for each other.
    if ids:
        db.execute(_IN_ORDER, {"space": LOCKS, "ids": sorted(ids)})


def _without_values(context: Any) -> None:
    """Errors without what stands in rows: DETAIL says "Key (address)=(…) already exists"."""
    original = context.original_exception
    first = str(original).partition("\n")[0]
    original.args = (first,)
    if context.sqlalchemy_exception is not None:
        name = f"{type(original).__module__}.{type(original).__name__}"
        context.sqlalchemy_exception.args = (f"({name}) {first}",)


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
