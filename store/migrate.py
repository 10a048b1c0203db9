"""Brings a database to today's tables, once, by one process, with a copy put aside first.

Alembic is imported only when there is something to do: start-up time and memory count.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from store.engine import LOCKS, SETUP, Store

HEAD = "0004"
"""The newest revision in `migrations/versions`."""

LOCK_WAIT = "15s"
"""How long PostgreSQL waits for another migrator, or for whoever reads a table to be changed."""
_COPY = "backup_before_"
_LOCK_NOT_AVAILABLE = "55P03"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
_FOLDER = Path(__file__).parent / "migrations"


class NewerSchema(Exception):
    """The database was written by a newer version of the program; the argument is its revision."""


class MigrationBusy(Exception):
    """Another process has been migrating for longer than we wait."""


class BrokenReferences(Exception):
    """After a migration some rows pointed nowhere; it was rolled back. The argument: the tables."""


def current(store: Store) -> str | None:
    """The revision a database stands at, None for an empty one."""
    with store.read() as db:
        return _current(db.connection())


def migrate(store: Store) -> None:
    """Create or upgrade the tables. Nothing happens when they are today's.

    A copy is put aside first, unless the database is new: beside an SQLite file
    `backup-before-REVISION.db`, in PostgreSQL the schema `backup_before_REVISION`.
    Raises NewerSchema, MigrationBusy or BrokenReferences, each with nothing changed.
    """
    before = current(store)
    if before == HEAD:
        return
    if before is not None and before not in _known():
        raise NewerSchema(before)
    if store.is_sqlite:
        _migrate_sqlite(store, copy=before is not None)
    else:
        _migrate_postgresql(store)


def _migrate_postgresql(store: Store) -> None:
    """One transaction under one lock: tables are rebuilt with it or not at all, and references
    are never switched off.
    """
    with store.writer.connect() as connection:
        try:
            with connection.begin():
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:space, :setup)"),
                    {"space": LOCKS, "setup": SETUP},
                )
                before = _current(connection)
                if before not in (None, HEAD):
                    _copy_tables(connection)
                _upgrade(connection)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
                raise MigrationBusy from None
            raise


def _copy_tables(connection: Connection) -> None:
    """Every table as it stands, into a schema of its own; one such copy is kept."""
    tables = inspect(connection).get_table_names()
    quote = connection.dialect.identifier_preparer.quote
    for old in inspect(connection).get_schema_names():
        if old.startswith(_COPY):
            connection.execute(text(f"DROP SCHEMA {quote(old)} CASCADE"))
    connection.execute(text(f"CREATE SCHEMA {_COPY}{HEAD}"))
    for name in tables:
        copy = f"{_COPY}{HEAD}.{quote(name)}"
        connection.execute(text(f"CREATE TABLE {copy} AS TABLE {quote(name)}"))


def _migrate_sqlite(store: Store, *, copy: bool) -> None:
    if copy and store.url.database:
        _back_up(Path(store.url.database))
    with store.writer.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        # Rebuilding a table with foreign keys on deletes its children, and inside a transaction
        # the switch does nothing. BEGIN IMMEDIATE is the lock: the second migrator waits for it.
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                _upgrade(connection)
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                    raise BrokenReferences(", ".join(sorted({str(row[0]) for row in broken})))
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise MigrationBusy from None
            raise
        finally:
            driver.execute("PRAGMA foreign_keys = ON")


def _upgrade(connection: Connection) -> None:
    """Within the caller's transaction; looks again, for another process may have been first."""
    before = _current(connection)
    if before == HEAD:
        return
    if before is not None and before not in _known():
        raise NewerSchema(before)
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _known() -> set[str]:
    """The revisions that this program knows, by their files' names."""
    return {file.stem.partition("_")[0] for file in (_FOLDER / "versions").glob("[0-9]*.py")}


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _back_up(database: Path) -> None:
    """A whole copy, named only once it is complete."""
    target = database.with_name(f"backup-before-{HEAD}.db")
    part = target.with_suffix(".part")
    part.touch(mode=0o600)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
    part.replace(target)
