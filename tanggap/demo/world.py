"""The demo's world: loopback gateways in this process, the desk as processes of its own."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from simulator.faults import FaultPlan, Refuse
from simulator.imap import JUNK, SENT, PymapServer
from simulator.journal import Journal
from simulator.mail import MailWorld
from simulator.telegram import Group, Person, Telegram
from tanggap.demo.letter import DESK, MX, Letter

UNDO_SECONDS = 3.0
CARD_SECONDS = 1.0
POLL_SECONDS = 0.5
RETRY_SECONDS = 1.0
"""Short, so that a minute is enough; in earnest they are 120, 3, 30 and 60."""

PASSWORD = "rahasia"  # noqa: S105  (of servers that live for a minute on loopback)
FAULTS = ("smtp-refuses", "telegram-500", "imap-password")
_STOPPING = 10.0
_STARTING = 30.0
_STEP = 30.0
_MOST_SECONDS = 120.0
"""Bounds for a machine that has much else to do; half a minute is enough for one that has not."""
_BREATH = 0.25
_LINE_END = re.compile(rb"\r\n|\r|\n")

Found = TypeVar("Found")


class Trouble(Exception):
    """The demo cannot go on; the argument says in Indonesian what is wrong and what to do."""


class Late(Trouble):
    """Something did not happen in time; whoever catches it may know why."""


@dataclass
class World:
    """Gateways, people and the desk's processes; a context manager that ends all of them."""

    folder: Path
    fault: str = ""
    journal: Journal = field(default_factory=Journal)
    faults: FaultPlan = field(default_factory=FaultPlan)
    letters: list[Letter] = field(default_factory=list)
    """Everything that was put into the desk's mailbox, in order."""

    def __enter__(self) -> Self:
        self._end = time.monotonic() + _MOST_SECONDS
        self._desk: subprocess.Popen[bytes] | None = None
        with ExitStack() as stack:
            self.telegram = stack.enter_context(Telegram(self.journal, self.faults))
            self.mail = stack.enter_context(
                MailWorld(
                    self.journal,
                    self.faults,
                    user=DESK,
                    password=PASSWORD,
                    folder=self.folder / "kotak-surat",
                )
            )
            self.imap = stack.enter_context(PymapServer(DESK, PASSWORD))
            self.group: Group = self.telegram.world.group("Tim Aduan Puskesmas Melati")
            self._break()
            self._configure()
            stack.callback(self._end_desk)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def database(self) -> Path:
        """The desk's SQLite file."""
        return self.folder / "data" / "tanggap.db"

    @property
    def log(self) -> Path:
        """What `tanggap run` wrote to stderr."""
        return self.folder / "run.log"

    def person(self, telegram_id: int, name: str) -> Person:
        """Somebody with a Telegram account who is in the team's group."""
        person = self.telegram.world.user(telegram_id, name)
        if self.telegram.world.bot.id not in self.group.chat.members:
            self.group.join(person)
            self.group.add_bot(person)
        else:
            self.group.join(person)
        return person

    def put(self, letters: Iterable[Letter]) -> None:
        """Deliver mails into the desk's mailbox; each stands in the journal as `imap APPEND`."""
        # Both sides of the counting know a mail by its bytes, so line ends are made one.
        even = [replace(it, raw=_LINE_END.sub(b"\r\n", it.raw)) for it in letters]
        for folder, group in groupby(even, lambda letter: letter.folder):
            together = list(group)
            self.imap.append_all([(letter.raw, None) for letter in together], folder)
            for letter in together:
                about = {
                    "folder": folder,
                    "kind": letter.kind,
                    "from": letter.sender,
                    "message_id": letter.message_id,
                    "joins": letter.joins,
                    "sha256": letter.digest,
                }
                seq = self.journal.receive("imap", "APPEND", about)
                self.journal.finish(seq, "ok", committed=True)
        self.letters += even

    def command(self, *arguments: str) -> str:
        """Run a `tanggap` command to its end and return what it printed. Raises Trouble."""
        done = self._run(*arguments)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise Trouble(f"tanggap {arguments[0]} gagal: {said[-1] if said else 'tanpa pesan'}")
        return done.stdout

    def show(self, *arguments: str) -> None:
        """Run a `tanggap` command that prints for itself. Raises Trouble."""
        sys.stdout.flush()
        columns = {} if sys.stdout.isatty() else {"COLUMNS": "110"}
        done = subprocess.run(  # noqa: S603
            self._python(*arguments), env=_env(self) | columns, timeout=_STARTING, check=False
        )
        if done.returncode:
            raise Trouble(f"tanggap {arguments[0]} gagal dengan status {done.returncode}.")

    def findings(self) -> list[dict[str, Any]]:
        """What `tanggap doctor --json` says: objects with ok, what and, where not ok, fix."""
        lines = self._run("doctor", "--json").stdout.splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def start_desk(self) -> None:
        """`tanggap run` as a process of its own, until it says that it is ready."""
        out = self.folder / "run.out"
        with self.log.open("wb") as log, out.open("wb") as said:
            self._desk = subprocess.Popen(  # noqa: S603
                self._python("run"),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=log,
                env=_env(self),
            )
        self.until(lambda: b"siap" in out.read_bytes() or None, "tanggap run belum siap", _STARTING)

    def stop_desk(self) -> None:
        """End it as a service manager does. Raises Trouble when it does not end well."""
        status = self._end_desk()
        if status is None:
            raise Trouble("tanggap run tidak berhenti dalam sepuluh detik.")
        if status and os.name == "posix":
            raise Trouble(f"tanggap run berakhir dengan status {status}; lihat {self.log}.")

    def until(self, look: Callable[[], Found | None], what: str, seconds: float = _STEP) -> Found:
        """What `look` finds, as soon as it does: it looks again after every request to a gateway.

        Raises Late, saying `what` did not come, and Trouble when the desk has ended.
        """
        end = min(time.monotonic() + seconds, self._end)
        while True:
            seen = len(self.journal.entries())
            if (found := look()) is not None:
                return found
            if self._desk is not None and (status := self._desk.poll()) is not None:
                raise Trouble(f"tanggap run mati dengan status {status}; lihat {self.log}.")
            left = end - time.monotonic()
            if left <= 0:
                raise Late(f"{what} (ditunggu {seconds:.0f} detik).")
            with contextlib.suppress(TimeoutError):
                self.journal.wait(lambda entry: bool(entry.outcome), min(left, _BREATH), after=seen)

    def dump(self) -> Path:
        """Write down what the gateways saw and what lies in the IMAP server."""
        for folder in ("INBOX", JUNK, SENT):
            for raw in self.imap.mails(folder):
                target = self.folder / "imap" / folder
                target.mkdir(parents=True, exist_ok=True)
                number = len(list(target.iterdir())) + 1
                (target / f"{number:04}.eml").write_bytes(raw)
        path = self.folder / "gateways.jsonl"
        self.journal.dump(path)
        return path

    def _end_desk(self) -> int | None:
        """Ask it to end, by its process id; kill it when it will not. Its status, else None."""
        desk, self._desk = self._desk, None
        if desk is None:
            return 0
        desk.terminate()
        try:
            return desk.wait(_STOPPING)
        except subprocess.TimeoutExpired:
            desk.kill()
            desk.wait()
            return None

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        left = max(self._end - time.monotonic(), 1.0)
        try:
            return subprocess.run(  # noqa: S603
                self._python(*arguments),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                env=_env(self),
                timeout=left,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Trouble(f"tanggap {arguments[0]} tidak selesai pada waktunya.") from None

    def _python(self, *arguments: str) -> list[str]:
        config = str(self.folder / "tanggap.toml")
        return [sys.executable, "-m", "tanggap", *arguments, "--config", config]

    def _break(self) -> None:
        """What a test wants to go wrong."""
        if self.fault == "smtp-refuses":
            self.faults.add(Refuse(554, "5.7.1 Relay access denied"), gateway="smtp", times=None)
        elif self.fault == "telegram-500":
            error = Refuse(500, "Internal Server Error")
            self.faults.add(error, gateway="telegram", times=None)

    def _configure(self) -> None:
        wrong = self.fault == "imap-password"
        # An hour ago, because what arrived before the first start is history and alerts nobody.
        since = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
        text = f"""# Dibuat oleh tanggap demo: semua gateway tiruan di komputer ini.
[facility]
name = "Puskesmas Melati (peragaan)"
profile = "arjuno"

[[email]]
name = "aduan"
user = "{DESK}"
password = "{"salah" if wrong else PASSWORD}"
host = "127.0.0.1"
port = {self.imap.port}
tls = "none"
smtp_host = "127.0.0.1"
smtp_port = {self.mail.port}
smtp_tls = "none"
smtp_password = "{PASSWORD}"
authserv_ids = ["{MX}"]
since = {since}

[telegram]
base_url = "{self.telegram.base_url}"
token = "{self.telegram.token}"
group = {self.group.id}

[desk]
undo_seconds = {UNDO_SECONDS}
card_seconds = {CARD_SECONDS}
poll_seconds = {POLL_SECONDS}
retry_seconds = {RETRY_SECONDS}
quiet = ""
"""
        file = self.folder / "tanggap.toml"
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)


def _env(world: World) -> dict[str, str]:
    """This environment without what would lead the desk elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TANGGAP_")}
    return kept | {"TANGGAP_DATA": str(world.folder / "data"), "PYTHONUTF8": "1"}
