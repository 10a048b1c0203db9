"""The whole suite on SQLite and on PostgreSQL, and whether the same tests passed on both.

Both run side by side, for a test mostly waits; what the second says is shown when the first is
through.

`python -m tests.both [ARGUMENTS OF PYTEST]`: status 0 when nothing failed and nothing differs.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from simulator import postgres

_ABSENT = """
The suite did NOT run on PostgreSQL, which is not installed.
To run it there too:    sudo apt-get install postgresql"""
_SHOWN = 20


def main(arguments: list[str]) -> int:
    """Run both; the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        if not postgres.available():
            status, _ = _Run("sqlite", arguments, Path(folder)).end()
            print(_ABSENT)
            return status or int(os.environ.get("CI") == "true")
        later = Path(folder) / "shown"
        with (
            later.open("wb") as shown,
            _Run("postgresql", arguments, Path(folder), shown) as second,
        ):
            with _Run("sqlite", arguments, Path(folder)) as first:
                status, on_sqlite = first.end()
            again, on_postgresql = second.end()
        print(later.read_text(encoding="utf-8", errors="replace"))
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


class _Run(AbstractContextManager["_Run"]):
    """One whole run, as a process of its own."""

    def __init__(
        self, engine: str, arguments: list[str], folder: Path, shown: IO[bytes] | None = None
    ) -> None:
        self._passed = folder / engine
        told = {"TANGGAP_TEST_DATABASE": engine, "TANGGAP_TEST_PASSED": str(self._passed)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments],
            env=os.environ | told,
            stdout=shown,
            stderr=shown,
        )

    def end(self) -> tuple[int, list[str]]:
        """Wait for it; its status and the tests that passed."""
        status = self._process.wait()
        return status, json.loads(self._passed.read_text()) if self._passed.exists() else []

    def __exit__(self, *_: object) -> None:
        # Ctrl-C reaches the other by itself; what is left over has to end its servers.
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
