"""One run of the demo as a process of its own, and what it left behind."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FOLDER = re.compile(r"(\S*tanggap-demo-\w+)")
_LONGEST = 240


@dataclass(frozen=True)
class DemoRun:
    """How it ended."""

    status: int
    out: str
    folder: Path

    def ended_well(self) -> bool:
        return self.status == 0 and "kedua hitungan cocok" in self.out


def start(place: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Begin a demo whose files all lie below `place`."""
    place.mkdir(parents=True, exist_ok=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("TANGGAP_")}
    return subprocess.Popen(
        [sys.executable, "-m", "tanggap", "demo", *arguments],
        cwd=ROOT,
        env=env | {"TMPDIR": str(place), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def play(place: Path, *arguments: str) -> DemoRun:
    """Play it to its end."""
    process = start(place, *arguments)
    try:
        out, _ = process.communicate(timeout=_LONGEST)
    finally:
        process.kill()
        process.wait()
    return DemoRun(process.returncode, out, left_behind(place))


def left_behind(place: Path) -> Path:
    """The folder with database, log and journal."""
    return next(place.glob("tanggap-demo-*"))


def alive_below(place: Path) -> list[str]:
    """Command lines of processes that have to do with this folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue  # it ended meanwhile
        if str(place) in line:
            found.append(line)
    return found
