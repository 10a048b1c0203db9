"""The whole suite on SQLite, then on PostgreSQL, and whether the same tests passed on both.

`python -m tests.both [ARGUMENTS OF PYTEST]`: status 0 when nothing failed and nothing differs.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from simulator import postgres

_ABSENT = """
The suite did NOT run on PostgreSQL, which is not installed.
To run it there too:    sudo apt-get install postgresql"""
_SHOWN = 20


def main(arguments: list[str]) -> int:
    """Run both; the exit status."""
    status, on_sqlite = _run("sqlite", arguments)
    if not postgres.available():
        print(_ABSENT)
        return status or int(os.environ.get("CI") == "true")
    again, on_postgresql = _run("postgresql", arguments)
    same, text = verdict(on_sqlite, on_postgresql)
    print(f"\n{text}")
    return status or again or int(not same)


def verdict(on_sqlite: list[str], on_postgresql: list[str]) -> tuple[bool, str]:
    """Whether the same tests passed, and the closing line; before it those that differ."""
    counts = f"{len(on_sqlite)} passed on SQLite, {len(on_postgresql)} on PostgreSQL"
    alone = sorted(set(on_sqlite) ^ set(on_postgresql))
    if not alone and len(on_sqlite) == len(on_postgresql):
        return True, f"{counts}: equal"
    lines = [f"passed on one of them only: {name}" for name in alone[:_SHOWN]]
    if len(alone) > _SHOWN:
        lines.append(f"and {len(alone) - _SHOWN} more")
    return False, "\n".join([*lines, f"{counts}: NOT EQUAL"])


def _run(engine: str, arguments: list[str]) -> tuple[int, list[str]]:
    """One whole run, shown as it goes; its status and the tests that passed."""
    with tempfile.TemporaryDirectory() as folder:
        passed = Path(folder) / "passed"
        told = {"TANGGAP_TEST_DATABASE": engine, "TANGGAP_TEST_PASSED": str(passed)}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments], env=os.environ | told, check=False
        )
        return done.returncode, json.loads(passed.read_text()) if passed.exists() else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
