"""Brings a database to today's tables, once, by one process, with a copy put aside first.

Alembic is imported only when there is something to do: start-up time and memory count.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from store.engine import Store

HEAD = "0001"
"""The newest revision in `migrations/versions`."""

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

    SQLite: a copy `backup-before-REVISION.db` is put beside the database first, unless it is new.
    Raises NewerSchema, MigrationBusy or BrokenReferences, each with nothing changed.
    """
    before = current(store)
    if before == HEAD:
        return
    if store.url.get_backend_name() == "sqlite":
        _migrate_sqlite(store, copy=before is not None)
    else:
        with store.writer.begin() as connection:
            _upgrade(connection)


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
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if before is not None and before not in known:
        raise NewerSchema(before)
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


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
