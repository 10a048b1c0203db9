"""The site's database, on either engine, looked at with nothing of the product."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from tests.engines import engines

_WATCH = {
    "sqlite": (
        """\
CREATE TRIGGER watch AFTER UPDATE ON cursor
WHEN CAST(substr(new.value, instr(new.value, ':') + 1) AS INTEGER)
   < CAST(substr(old.value, instr(old.value, ':') + 1) AS INTEGER)
BEGIN INSERT INTO set_back VALUES (old.value, new.value); END""",
    ),
    "postgresql": (
        """\
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO set_back VALUES (old.value, new.value); RETURN NULL; END $$""",
        """\
CREATE TRIGGER watch AFTER UPDATE ON cursor FOR EACH ROW
WHEN (CAST(substr(new.value, strpos(new.value, ':') + 1) AS bigint)
   < CAST(substr(old.value, strpos(old.value, ':') + 1) AS bigint))
EXECUTE FUNCTION watch()""",
    ),
}
_SERIAL = count()


@contextmanager
def database(engine: str) -> Iterator[str]:
    """What `[database] url` says on that engine, for as long as a site stands."""
    if engine == "sqlite":
        yield ""
        return
    server, name = engines.running(), f"site_{next(_SERIAL)}"
    try:
        yield server.create_database(name)
    finally:
        server.drop_database(name)


def connect(url: str, folder: Path) -> Engine:
    """To the database of the data folder `folder`, or at `url`."""
    if not url:
        file = folder / "data" / "tanggap.db"
        return create_engine(f"sqlite:///{file}", connect_args={"timeout": 10})
    return create_engine(f"postgresql+psycopg{url.removeprefix('postgresql')}")


def watch_cursors(engine: Engine) -> None:
    """Remember each cursor that goes back, which no row would show afterwards."""
    with engine.begin() as db:
        db.execute(text("CREATE TABLE set_back (old TEXT, new TEXT)"))
        for statement in _WATCH[engine.dialect.name]:
            db.exec_driver_sql(statement)


def pause(engine: Engine, pid: int) -> None:
    """SIGSTOP, at a moment when the process is in the middle of no write."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        if _nobody_writes(engine):
            return
        os.kill(pid, signal.SIGCONT)


def _nobody_writes(engine: Engine) -> bool:
    """Whether what was stopped holds nothing; others end what they are at within the time."""
    if engine.dialect.name == "sqlite":
        with suppress(OperationalError), engine.connect() as db:
            driver: Any = db.connection.driver_connection
            driver.execute("PRAGMA busy_timeout = 0")
            try:
                driver.execute("BEGIN IMMEDIATE")
                driver.rollback()
            finally:
                driver.execute("PRAGMA busy_timeout = 10000")
            return True
        return False
    open_ones = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'tanggap' AND state <> 'idle'"
    )
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        with engine.begin() as db:
            if not db.scalar(open_ones):
                return True
        time.sleep(0.01)
    return False
