"""The real PostgreSQL starts, loses nothing when it is killed, and leaves nothing behind."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from simulator.postgres import PostgresServer

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as running:
        yield running


def alive_in(folder: Path) -> list[str]:
    """Processes that have files of this folder open or run in it."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").readlink().is_relative_to(folder):
                found.append(process.name)
        except OSError:
            continue
    return found


def test_what_was_committed_survives_a_kill(server: PostgresServer) -> None:
    url = server.create_database("kill")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (42)")
        connection.commit()
        connection.execute("INSERT INTO kept VALUES (43)")
        connection.execute("SELECT 1")
        server.crash()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert not alive_in(server.folder)
    server.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(42,)]
    assert "not properly shut down" in server.log()


def test_killed_again_and_again_it_starts_again(server: PostgresServer) -> None:
    for _ in range(3):
        server.crash()
        server.start()
    server.restart()
    with psycopg.connect(server.url) as connection:
        shown = connection.execute("SHOW server_encoding").fetchone()
    assert shown == ("UTF8",)


def test_databases_are_made_from_templates_and_removed(server: PostgresServer) -> None:
    with psycopg.connect(server.create_database("model"), autocommit=True) as connection:
        connection.execute("CREATE TABLE here (n int)")
    url = server.create_database("copy", template="model")
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM here").fetchone() == (0,)
        server.drop_database("copy")
    server.drop_database("copy")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


@pytest.mark.parametrize("fsync", [True, False])
def test_nothing_is_left_of_it(fsync: bool) -> None:
    with PostgresServer(fsync=fsync) as running:
        folder = running.folder
        with psycopg.connect(running.url) as connection:
            shown = connection.execute("SHOW fsync").fetchone()
        assert shown == ("on" if fsync else "off",)
        assert alive_in(folder)
    assert not alive_in(folder)
    assert not folder.exists()
