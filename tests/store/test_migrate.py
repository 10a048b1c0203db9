"""The tables in a database are those of `store.tables`, whoever made it and when."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from store import migrate as module
from store.engine import Store
from store.migrate import HEAD, BrokenReferences, MigrationBusy, NewerSchema, current, migrate
from store.tables import metadata

_REPO = Path(__file__).parents[2]


def _file(store: Store) -> Path:
    assert store.url.database
    return Path(store.url.database)


def _schema(path: Path) -> dict[str, set[str]]:
    """Every object's own words, so that a condition or a length that differs is seen too."""
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: _clauses(sql) for name, sql in rows}


def _clauses(sql: str) -> set[str]:
    """A statement's clauses in any order: a column that came later stands at the table's end."""
    head, _, inside = sql.partition("(")
    parts, depth = [""], 0
    for sign in inside:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return {" ".join(part.split()) for part in [head, *parts]}


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(_REPO / "store" / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrations_and_tables_say_the_same(store: Store, tmp_path: Path) -> None:
    """Fails? `python -m store.migrations NUMBER "why"` writes what is missing."""
    from alembic.autogenerate import compare_metadata

    with store.writer.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    bare = create_engine(f"sqlite:///{tmp_path / 'bare.db'}")
    metadata.create_all(bare)
    bare.dispose()
    migrated = _schema(_file(store))
    del migrated["alembic_version"]
    wanted = _schema(tmp_path / "bare.db")
    assert migrated.keys() == wanted.keys()
    for name, words in wanted.items():
        assert _plain(migrated[name]) == _plain(words), name


def _plain(lines: set[str]) -> set[str]:
    return {line.rstrip(" )").replace('"', "") for line in lines}


def test_a_second_time_does_nothing_and_does_not_load_alembic(store: Store) -> None:
    code = (
        "import sys; from pathlib import Path; from store.engine import open_store;"
        "from store.migrate import migrate; store = open_store(Path(sys.argv[1]));"
        "migrate(store); store.close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(_file(store).parent)],
        cwd=_REPO,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
    assert not list(_file(store).parent.glob("backup-*"))


def test_many_processes_start_at_once(empty: Store) -> None:
    folder = _file(empty).parent
    code = (
        "import sys; from pathlib import Path; from store.engine import open_store;"
        "from store.migrate import current, migrate; store = open_store(Path(sys.argv[1]));"
        "migrate(store); print(current(store)); store.close()"
    )
    command = [sys.executable, "-c", code, str(folder)]
    running = [
        subprocess.Popen(command, cwd=_REPO, stdout=subprocess.PIPE, text=True, env=os.environ)
        for _ in range(3)
    ]
    assert [process.communicate()[0].strip() for process in running] == [HEAD] * 3
    assert [process.returncode for process in running] == [0, 0, 0]


def test_a_newer_schema_is_left_alone(store: Store) -> None:
    with store.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchema, match="9999"):
        migrate(store)
    assert current(store) == "9999"


def _age(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the database one revision old: the upgrade is a step that the test gives."""
    monkeypatch.setattr(module, "HEAD", "9000")


def test_a_copy_is_put_aside_before_an_upgrade(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _age(store, monkeypatch)
    seen: list[bool] = []
    copy = _file(store).with_name("backup-before-9000.db")
    monkeypatch.setattr(module, "_upgrade", lambda _connection: seen.append(copy.exists()))
    migrate(store)
    assert seen == [True]
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    if os.name == "posix":
        assert copy.stat().st_mode & 0o077 == 0
    assert not list(copy.parent.glob("*.part"))


def test_rows_that_point_nowhere_undo_the_upgrade(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _age(store, monkeypatch)
    monkeypatch.setattr(
        module,
        "_upgrade",
        lambda connection: connection.execute(
            text("INSERT INTO counter (facility_id, year, last) VALUES (77, 2026, 1)")
        ),
    )
    with pytest.raises(BrokenReferences, match="counter"):
        migrate(store)
    with store.read() as db:
        assert db.connection().execute(text("SELECT count(*) FROM counter")).scalar() == 0
        assert db.connection().execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_waiting_for_another_migrator_ends_in_words(empty: Store) -> None:
    with closing(sqlite3.connect(_file(empty).parent / "tanggap.db", timeout=0)) as other:
        other.isolation_level = None
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        with empty.writer.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA busy_timeout = 50")  # not the ten seconds of real life
        with pytest.raises(MigrationBusy):
            migrate(empty)
    migrate(empty)
    assert current(empty) == HEAD
