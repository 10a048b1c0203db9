import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from simulator.telegram import Telegram
from tanggap.cli import main
from tests.engines import engines


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A data folder of its own, no setting of whoever runs the suite, and no trace afterwards."""
    for name in list(os.environ):
        if name.upper().startswith("TANGGAP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TANGGAP_DATA", str(tmp_path / "data"))
    if url := engines.url(tmp_path / "data", tables=True):
        monkeypatch.setenv("TANGGAP_DATABASE__URL", url)
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    yield
    root.handlers[:], level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)
    structlog.reset_defaults()


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Done]
Write = Callable[[str], Path]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line as from outside, without the second that a new process costs."""

    def command(*args: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["tanggap", *map(str, args)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        out, err = capsys.readouterr()
        return Done(status, out, err)

    return command


@pytest.fixture
def config(tmp_path: Path) -> Write:
    """Writes a configuration file."""

    def write(text: str) -> Path:
        file = tmp_path / "desk.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    with Telegram() as double:
        yield double
