"""A real gammu-smsd with gammu's dummy telephone: SMS come in through the daemon, and go out.

https://docs.gammu.org/smsd/config.html, https://docs.gammu.org/config/index.html (the dummy)
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from simulator.process import START, InFolder, as_nobody

_RC = """\
[gammu]
connection = none
model = dummy
port = {folder}/phone
gammuloc = /dev/null
[smsd]
service = files
logfile = {folder}/log
debuglevel = 1
inboxpath = {folder}/spool/inbox/
outboxpath = {folder}/spool/outbox/
sentsmspath = {folder}/spool/sent/
errorsmspath = {folder}/spool/error/
inboxformat = detail
transmitformat = auto
loopsleep = 1
receivefrequency = 1
commtimeout = 1
checksecurity = 0
checkbattery = 0
checksignal = 0
checknetwork = 0
"""
_BEGUN = "Starting phone communication"
_LONG = 70
"""Characters beyond which gammu wants to know how many are coming."""


@cache
def _program(name: str) -> str:
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/bin", "/usr/local/bin"))
    return shutil.which(name, path=places) or ""


def available() -> bool:
    """Whether this machine has the daemon and the program that plays the citizen."""
    return bool(_program("gammu-smsd") and _program("gammu"))


class GammuModem(InFolder):
    """A modem with a SIM card; `spool` holds the daemon's four folders."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("phone", "spool/inbox", "spool/outbox", "spool/sent", "spool/error"):
            (self.folder / name).mkdir(parents=True)
        owner = self.folder.stat()
        for path in self.folder.rglob("*"):
            os.chown(path, owner.st_uid, owner.st_gid)
        self._rc = self.folder / "rc"
        self._rc.write_text(_RC.format(folder=self.folder), encoding="utf-8")

    @property
    def spool(self) -> Path:
        """Its parts are `inbox`, `outbox`, `sent` and `error`."""
        return self.folder / "spool"

    def command(self) -> list[str]:
        """In the foreground, so that its process id is the child's."""
        return as_nobody([_program("gammu-smsd"), "-c", str(self._rc)])

    def environment(self) -> Mapping[str, str]:
        """Texts are UTF-8 whatever the machine's language is."""
        return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def start(self) -> None:
        """Run it and wait until it talks to its telephone. Raises TimeoutError, RuntimeError."""
        before = self.log().count(_BEGUN)
        self._process = subprocess.Popen(
            self.command(),
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START
        while self.log().count(_BEGUN) == before:
            if self._process.poll() is not None:
                raise RuntimeError(f"gammu-smsd ended: {self.log()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"gammu-smsd did not begin: {self.log()}")
            time.sleep(0.02)  # the daemon tells of nothing but by its files

    def deliver(self, sender: str, text: str) -> None:
        """An SMS reaches the SIM card, in several segments where it is long."""
        options = ["-folder", "1", "-unread", "-sender", sender]
        if not text.isascii():
            options.append("-unicode")
        if len(text) > _LONG:
            options += ["-autolen", str(len(text) * 2)]
        subprocess.run(
            as_nobody(
                [_program("gammu"), "-c", str(self._rc), "savesms", "TEXT", *options, "-text", text]
            ),
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=START,
        )

    def arrived(self, number: int) -> None:
        """Wait until so many files lie in the inbox folder, written to their ends.

        Raises TimeoutError.
        """
        self._until("inbox", number, _written)

    def sent(self, number: int) -> list[tuple[str, str]]:
        """Wait until the daemon has sent so many: (number, text) in the order of the names.

        Raises TimeoutError.
        """
        files = self._until("sent", number, Path.is_file)
        return [(path.name.split("_")[1], path.read_text(encoding="utf-16")) for path in files]

    def _until(self, folder: str, number: int, fit: Callable[[Path], bool]) -> list[Path]:
        deadline = time.monotonic() + START
        while len(files := sorted(filter(fit, (self.spool / folder).iterdir()))) < number:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(files)} of {number} files in {folder}: {self.log()}")
            time.sleep(0.02)  # the daemon tells of nothing but by its files
        return files


def _written(file: Path) -> bool:
    return file.read_bytes().endswith(b"\n\n")
