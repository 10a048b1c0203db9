"""The desk itself, as processes of its own: what a Puskesmas runs."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tanggap.demo.errors import Trouble

_REQUEST_LOG = "TANGGAP_REQUEST_LOG"
_STOPPING = 10.0
_COMMAND = 60.0
"""Seconds until `tanggap run` has to have ended, and any other command."""


@dataclass
class Desk:
    """`python -m tanggap …` with this folder's configuration and data."""

    folder: Path

    def __post_init__(self) -> None:
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "tanggap.toml"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "data" / "tanggap.db"

    @property
    def log(self) -> Path:
        """What `tanggap run` writes to stderr."""
        return self.folder / "run.log"

    @property
    def ready(self) -> bool:
        """Whether `tanggap run` has said so."""
        return b"siap" in (self.folder / "run.out").read_bytes()

    def command(self, *arguments: str) -> str:
        """Run a command to its end and return what it printed. Raises Trouble."""
        done = self._run(*arguments)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise Trouble(f"tanggap {arguments[0]} gagal: {said[-1] if said else 'tanpa pesan'}")
        return done.stdout

    def show(self, *arguments: str) -> None:
        """Run a command that prints for itself. Raises Trouble."""
        sys.stdout.flush()
        columns = {} if sys.stdout.isatty() else {"COLUMNS": "110"}
        done = subprocess.run(  # noqa: S603
            self._python(*arguments), env=self._env() | columns, timeout=_COMMAND, check=False
        )
        if done.returncode:
            raise Trouble(f"tanggap {arguments[0]} gagal dengan status {done.returncode}.")

    def findings(self) -> list[dict[str, Any]]:
        """What `tanggap doctor --json` says: objects with ok, what and, where not ok, fix."""
        lines = self._run("doctor", "--json").stdout.splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def start(self) -> None:
        """Begin `tanggap run`."""
        with self.log.open("wb") as log, (self.folder / "run.out").open("wb") as said:
            self._running = subprocess.Popen(  # noqa: S603
                self._python("run"),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=log,
                env=self._env(),
            )

    def heed(self) -> None:
        """Raises Trouble when `tanggap run` has ended by itself."""
        if self._running is not None and (status := self._running.poll()) is not None:
            raise Trouble(f"tanggap run mati dengan status {status}; lihat {self.log}.")

    def stop(self) -> None:
        """End it as a service manager does. Raises Trouble when it does not end well."""
        status = self.end()
        if status is None:
            raise Trouble("tanggap run tidak berhenti dalam sepuluh detik.")
        if status and os.name == "posix":
            raise Trouble(f"tanggap run berakhir dengan status {status}; lihat {self.log}.")

    def end(self) -> int | None:
        """Ask it to end, by its process id; kill it when it will not. Its status, else None."""
        running, self._running = self._running, None
        if running is None:
            return 0
        running.terminate()
        try:
            return running.wait(_STOPPING)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            return None

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        try:
            return subprocess.run(  # noqa: S603
                self._python(*arguments),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                env=self._env(),
                timeout=_COMMAND,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Trouble(f"tanggap {arguments[0]} tidak selesai pada waktunya.") from None

    def _python(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tanggap", *arguments, "--config", str(self.config)]

    def _env(self) -> dict[str, str]:
        """This environment without what would lead the desk elsewhere."""
        kept = {name: it for name, it in os.environ.items() if not name.startswith("TANGGAP_")}
        log = os.environ.get(_REQUEST_LOG) or str(self.folder / "permintaan.jsonl")
        return kept | {
            "TANGGAP_DATA": str(self.folder / "data"),
            "PYTHONUTF8": "1",
            _REQUEST_LOG: str(Path(log).absolute()),
        }
