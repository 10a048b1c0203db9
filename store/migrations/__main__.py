"""Write the next revision from the difference between `store.tables` and the migrations.

`python -m store.migrations 0002 "What it is for"`; `python -m store.migrations 0001 "..."` writes
the first one anew, which is right only as long as no database in use was made by it. Read what
it wrote, run `ruff format`, and set `store.migrate.HEAD`.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from store.engine import open_store

_FOLDER = Path(__file__).parent


def write(revision: str, message: str) -> None:
    """Compare an empty database, brought to what stands before `revision`, and write it."""
    for old in (_FOLDER / "versions").glob(f"{revision}_*.py"):
        old.unlink()
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        with store.writer.connect() as connection, connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "heads")
            command.revision(config, message, autogenerate=True, rev_id=revision)
        store.close()


if __name__ == "__main__":
    write(*sys.argv[1:3])
