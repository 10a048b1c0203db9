"""The tables in a database are those of `store.tables`, whoever made it, when, and where."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, inspect, select, text
from sqlalchemy.exc import DBAPIError

from store import migrate as module
from store.engine import LOCKS, SETUP, Store
from store.migrate import HEAD, BrokenReferences, MigrationBusy, NewerSchema, current, migrate
from store.tables import metadata
from tests.engines import open_with_tables

_REPO = Path(__file__).parents[2]
_EARLIER = [f"{number:04d}" for number in range(1, int(HEAD))]


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """A database that no migration has made: today's tables at once."""
    store = open_with_tables(tmp_path / "other")
    yield store
    store.close()


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(_REPO / "store" / "migrations"))
    return made


def up_to(store: Store, revision: str) -> None:
    """Bring an empty database to an earlier revision."""
    with store.writer.connect() as connection, connection.begin():
        made = config()
        made.attributes["connection"] = connection
        command.upgrade(made, revision)


def process(store: Store, code: str) -> "subprocess.Popen[str]":
    """Another program at the same database."""
    setup = (
        "import sys; from pathlib import Path; from store.engine import open_store;"
        "from store.migrate import current, migrate;"
        "store = open_store(Path(sys.argv[1]), sys.argv[2]);"
    )
    url = "" if store.is_sqlite else store.url.render_as_string(hide_password=False)
    folder = Path(store.url.database or "").parent if store.is_sqlite else store.blobs.spool
    return subprocess.Popen(
        [sys.executable, "-c", f"{setup}{code}; store.close()", str(folder), url],
        cwd=_REPO,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )


def shape(store: Store) -> dict[str, Any]:
    """Every table as the database itself describes it."""
    look = inspect(store.writer)
    return {
        name: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], _default(column))
                for column in look.get_columns(name)
            },
            "key": look.get_pk_constraint(name),
            "unique": sorted(map(repr, look.get_unique_constraints(name))),
            "references": sorted(map(repr, look.get_foreign_keys(name))),
            "indexes": _indexes(store, name),
            "storage": _storage(store, name),
        }
        for name in look.get_table_names()
        if name != "alembic_version"
    }


def _default(column: Any) -> str:
    return str(column["default"]).replace("::character varying", "")


def _indexes(store: Store, table: str) -> list[str]:
    """In the database's own words, so that a condition that differs is seen too."""
    query = (
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :it AND sql IS NOT NULL"
        if store.is_sqlite
        else "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = :it"
    )
    with store.read() as db:
        found = db.connection().execute(text(query), {"it": table}).scalars()
        return sorted(" ".join(words.replace('"', "").split()) for words in found)


def _storage(store: Store, table: str) -> list[tuple[str, str]]:
    """On PostgreSQL: which columns are compressed, and which kept apart as they are."""
    if store.is_sqlite:
        return []
    query = (
        "SELECT attname, attstorage::text FROM pg_attribute"
        " WHERE attrelid = CAST(:it AS regclass) AND attnum > 0 ORDER BY 1"
    )
    with store.read() as db:
        found = db.connection().execute(text(query), {"it": f'"{table}"'})
        return [(name, kind) for name, kind in found]


def fill(connection: Connection) -> None:
    """Three rows in every table that stands, each pointing at rows that are there."""
    tables = MetaData()
    tables.reflect(connection)
    for table in tables.sorted_tables:
        if table.name != "alembic_version":
            connection.execute(table.insert(), [_row(table, number) for number in (1, 2, 3)])


def _row(table: Table, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.columns:
        kind: Any = str(column.type)
        if kind.startswith("VARCHAR") or kind == "TEXT":
            row[column.name] = f"{column.name}-{number}"
        elif kind.startswith(("DATETIME", "TIMESTAMP")):
            row[column.name] = datetime(2026, 11, number, 9, 30, tzinfo=UTC)
        elif kind in ("BLOB", "BYTEA"):
            row[column.name] = bytes([number]) * 9
        else:
            row[column.name] = number % 2 == 0 if kind == "BOOLEAN" else number
    return row


def contents(connection: Connection, schema: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as plain values."""
    tables = MetaData()
    tables.reflect(connection, schema=schema)
    return {
        table.name: [
            dict(row)
            for row in connection.execute(select(table).order_by(*_order(table))).mappings()
        ]
        for table in tables.sorted_tables
        if table.name != "alembic_version"
    }


def _order(table: Table) -> list[Any]:
    return list(table.primary_key.columns) or list(table.columns)


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [HEAD]


def test_migrations_and_tables_say_the_same(migrated: Store, other: Store) -> None:
    """Fails? `python -m store.migrations NUMBER "why"` writes what is missing."""
    with migrated.writer.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    made, wanted = shape(migrated), shape(other)
    assert made.keys() == wanted.keys()
    for name, table in wanted.items():
        assert made[name] == table, name


@pytest.mark.parametrize("revision", _EARLIER)
def test_a_filled_database_is_upgraded_from_every_earlier_revision(
    empty: Store, other: Store, revision: str
) -> None:
    up_to(empty, revision)
    with empty.writer.connect() as connection, connection.begin():
        fill(connection)
    with empty.read() as db:
        before = contents(db.connection())
    assert len(before) > 20
    migrate(empty)
    assert current(empty) == HEAD
    with empty.read() as db:
        after = contents(db.connection())
        for name, rows in before.items():
            kept = [{key: row[key] for key in rows[0]} for row in after[name]]
            assert kept == rows, name
        if empty.is_sqlite:
            assert db.connection().execute(text("PRAGMA foreign_key_check")).all() == []
    assert shape(empty) == shape(other)
    assert _copied(empty) == before


def _copied(store: Store) -> dict[str, list[dict[str, Any]]]:
    """What was put aside before the upgrade."""
    if not store.is_sqlite:
        with store.read() as db:
            return contents(db.connection(), f"backup_before_{HEAD}")
    from sqlalchemy import create_engine

    copy = create_engine(f"sqlite:///{_copy(store, HEAD)}")
    try:
        with copy.connect() as connection:
            return contents(connection)
    finally:
        copy.dispose()


def _copy(store: Store, revision: str) -> Path:
    assert store.url.database
    return Path(store.url.database).with_name(f"backup-before-{revision}.db")


def test_a_second_time_does_nothing_and_does_not_load_alembic(migrated: Store) -> None:
    done = process(migrated, "migrate(store); print('alembic' in sys.modules)")
    assert done.communicate()[0].strip() == "False"
    assert done.returncode == 0


def test_many_processes_start_at_once(empty: Store) -> None:
    running = [process(empty, "migrate(store); print(current(store))") for _ in range(3)]
    assert [process.communicate()[0].strip() for process in running] == [HEAD] * 3
    assert [process.returncode for process in running] == [0, 0, 0]


def test_a_newer_schema_is_left_alone(migrated: Store) -> None:
    with migrated.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchema, match="9999"):
        migrate(migrated)
    assert current(migrated) == "9999"
    if migrated.is_sqlite:
        assert not _copy(migrated, HEAD).exists()


def test_waiting_for_another_migrator_ends_in_words(
    empty: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with empty.writer.connect() as other, other.begin():
        if empty.is_sqlite:
            # The file's own lock, held by another program and not for the ten seconds of real life.
            monkeypatch.setattr(module, "_migrate_sqlite", _impatient(empty))
        else:
            other.execute(text(f"SELECT pg_advisory_xact_lock({LOCKS}, {SETUP})"))
            monkeypatch.setattr(module, "LOCK_WAIT", "50ms")
        with pytest.raises(MigrationBusy):
            migrate(empty)
    monkeypatch.undo()
    migrate(empty)
    assert current(empty) == HEAD


def _impatient(store: Store) -> Any:
    real = module._migrate_sqlite

    def run(_store: Store, *, copy: bool) -> None:
        from store.engine import open_store

        second = open_store(Path(store.url.database or "").parent)
        with second.writer.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA busy_timeout = 50")
        try:
            real(second, copy=copy)
        finally:
            second.close()

    return run


def test_a_failing_step_leaves_everything_as_it_was(
    migrated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with migrated.writer.connect() as connection, connection.begin():
        fill(connection)

    def failing(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half_done (id integer)"))
        connection.execute(text("UPDATE facility SET name = 'half done'"))
        connection.execute(text("SELECT * FROM no_such_table"))

    with migrated.read() as db:
        before = contents(db.connection())
    monkeypatch.setattr(module, "HEAD", "9000")
    monkeypatch.setattr(module, "_upgrade", failing)
    with pytest.raises(DBAPIError):
        migrate(migrated)
    with migrated.read() as db:
        assert contents(db.connection()) == before


@pytest.mark.sqlite
def test_a_copy_is_put_aside_before_an_upgrade(
    migrated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEAD", "9000")
    seen: list[bool] = []
    copy = _copy(migrated, "9000")
    monkeypatch.setattr(module, "_upgrade", lambda _connection: seen.append(copy.exists()))
    migrate(migrated)
    assert seen == [True]
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    if os.name == "posix":
        assert copy.stat().st_mode & 0o077 == 0
    assert not list(copy.parent.glob("*.part"))


@pytest.mark.sqlite
def test_rows_that_point_nowhere_undo_the_upgrade(
    migrated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only SQLite rebuilds tables with the references switched off."""
    monkeypatch.setattr(module, "HEAD", "9000")
    monkeypatch.setattr(
        module,
        "_upgrade",
        lambda connection: connection.execute(
            text("INSERT INTO counter (facility_id, year, last) VALUES (77, 2026, 1)")
        ),
    )
    with pytest.raises(BrokenReferences, match="counter"):
        migrate(migrated)
    with migrated.read() as db:
        assert db.connection().execute(text("SELECT count(*) FROM counter")).scalar() == 0
        assert db.connection().execute(text("PRAGMA foreign_keys")).scalar() == 1
