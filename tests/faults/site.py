"""A whole Tanggap in a folder: the real process against gateways on loopback, started again
whenever it dies, as a service manager would.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, text

from simulator.dovecot import DovecotServer
from simulator.faults import FaultPlan
from simulator.imap import ImapServer
from simulator.journal import Journal
from simulator.mail import MailWorld
from simulator.proxy import ImapProxy
from simulator.telegram import Telegram
from simulator.telegram.limits import Flood
from tests.engines import engines
from tests.faults.truth import connect, database, pause, watch_cursors

HOTLINE = "aduan@puskesmas.example"
TEAM = {"clerk": 4101, "coordinator": 4102}
GROUP = -1001234500001

_CONFIG = """\
[facility]
name = "Puskesmas Contoh"
profile = "arjuno"
[[email]]
name = "hotline"
address = "{hotline}"
host = "127.0.0.1"
port = {imap}
tls = "none"
user = "{user}"
password = "{password}"
since = 2020-01-01
smtp_host = "127.0.0.1"
smtp_port = {smtp}
smtp_tls = "none"
file_sent = false
[telegram]
base_url = "{telegram}"
token = "{token}"
group = {group}
[desk]
receipts = false
approval = "coordinator"
undo_seconds = {undo}
card_seconds = 0.1
group_per_minute = 100000
poll_seconds = 0.2
lease_seconds = {lease}
retry_seconds = 0.3
quiet = ""
[database]
url = "{database}"
[queue]
redis_url = "{redis}"
"""


class Site:
    """Gateways, a data folder and the process. `entry` is the module that is run."""

    def __init__(
        self,
        folder: Path,
        server: ImapServer,
        *,
        entry: str = "tanggap",
        undo: float = 0.0,
        lease: float = 1.0,
        redis: str = "",
    ) -> None:
        self.folder = folder
        self.server = server
        self.entry = entry
        self.engine = engines.wanted
        self.journal = Journal()
        self.faults = FaultPlan()
        self.orders = folder / "orders"
        self.points = folder / "points"
        self.kills = 0
        self._next_order = ""
        self._undo = undo
        self._lease = lease
        self._redis = redis
        self._log = folder / "log"
        self._stack = ExitStack()
        self.pid = 0
        """Of the process the keeper looks after, 0 between two of them."""
        self._changed = threading.Condition()
        self._wanted = True
        self._keeper = threading.Thread(target=self._keep_running, name="keeper", daemon=True)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            url = stack.enter_context(database(self.engine))
            self._engine = connect(url, self.folder)
            stack.callback(self._engine.dispose)
            # Cases follow each other faster than any team works; the limit has its own tests.
            flood = Flood(group_per_minute=100_000, per_second=100_000)
            self.telegram = stack.enter_context(Telegram(self.journal, self.faults, flood=flood))
            self.mail = stack.enter_context(
                MailWorld(
                    self.journal,
                    self.faults,
                    user=self.server.user,
                    password=self.server.password,
                )
            )
            proxy = stack.enter_context(ImapProxy(self.server.port, self.journal, self.faults))
            world = self.telegram.world
            self.people = {role: world.user(id_, role) for role, id_ in TEAM.items()}
            self.group = world.group("Tim", list(self.people.values()), bot=True, chat_id=GROUP)
            self.config = self.folder / "tanggap.toml"
            self.config.touch(mode=0o600)
            self.config.write_text(
                _CONFIG.format(
                    hotline=HOTLINE,
                    imap=proxy.port,
                    user=self.server.user,
                    password=self.server.password,
                    smtp=self.mail.port,
                    telegram=self.telegram.base_url,
                    token=self.telegram.token,
                    group=GROUP,
                    undo=self._undo,
                    lease=self._lease,
                    database=url,
                    redis=self._redis,
                )
            )
            self.begin()
            self._stack = stack.pop_all()
        return self

    def begin(self) -> None:
        """The team is enrolled, then the process starts."""
        self.enrol()
        self._keeper.start()

    def enrol(self) -> None:
        """The team's people, known to the desk and willing to be written to."""
        for role, id_ in TEAM.items():
            self.command("staff", "add", role, "--role", role, "--telegram", str(id_))
        for person in self.people.values():
            person.start()
        watch_cursors(self._engine)

    def end(self) -> None:
        """Nothing runs any more."""
        with self._changed:
            self._wanted = False
        self.kill()
        self._keeper.join(10)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.end()
        finally:
            self._stack.close()

    @property
    def _run(self) -> list[str]:
        return [self.entry, "run", "--config", str(self.config)]

    @property
    def environment(self) -> dict[str, str]:
        """What the process is told besides its configuration."""
        return {
            **os.environ,
            "TANGGAP_DATA": str(self.folder / "data"),
            "TANGGAP_FAILPOINT": f"@{self.orders}",
            "TANGGAP_FAILPOINT_LOG": str(self.points),
            "PYTHONWARNINGS": "error",
        }

    def command(self, *words: str) -> str:
        """Run a command to its end; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "tanggap", *words, "--config", str(self.config)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def second(self) -> Iterator[None]:
        """One more process on the same data, for a while."""
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *self._run],
                env={**self.environment, "TANGGAP_FAILPOINT_LOG": f"{self.points}-2"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def pause(self, pid: int) -> None:
        """SIGSTOP, at a moment when the process does not hold the database's one write lock:
        with that in its hands nobody could take over, which is another story. On PostgreSQL: not
        in the middle of a transaction.
        """
        pause(self._engine, pid)

    def kill(self) -> None:
        """kill -9; the keeper starts it again."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)

    def order(self, point: str) -> None:
        """Let the process die at `LABEL:before|after:N`, counted from now."""
        fresh = self.orders.with_suffix(".new")
        fresh.write_text(point)
        fresh.replace(self.orders)

    def order_at_start(self, point: str) -> None:
        """Kill it, and let the one that is started next die at that point."""
        self._next_order = point
        self.kill()

    def cancel_order(self) -> None:
        """Nobody has to die."""
        self.orders.unlink(missing_ok=True)

    def rest(self) -> None:
        """Until every post stands in the chat and every tap is dealt with."""
        end = time.monotonic() + 20
        waiting = (
            "SELECT (SELECT count(*) FROM post WHERE state IN ('pending', 'sending')"
            " OR wanted > shown) + (SELECT count(*) FROM \"update\" WHERE state = 'pending')"
        )
        while True:
            with self.database() as db:
                if not db.scalar(text(waiting)):
                    return
            assert time.monotonic() < end, "the desk does not come to rest"
            with self.telegram.world.changed:
                self.telegram.world.changed.wait(0.05)

    def receive(self, raw: bytes, folder: str = "INBOX") -> None:
        """A mail arrives at the hotline."""
        self.server.append(raw, folder)

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """The truth as it stands, read with nothing of the product."""
        with self._engine.begin() as connection:
            yield connection

    def state(self) -> str:
        """Where everything stands, for the message of a failed test; the data is invented."""
        queries = (
            "SELECT id, disposition, attempts, error FROM delivery ORDER BY id DESC LIMIT 3",
            "SELECT id, status, number, taken_by FROM complaint ORDER BY id DESC LIMIT 2",
            "SELECT id, kind, staff_id, state, attempts, reason, wanted, shown, due_at FROM post"
            " ORDER BY id DESC LIMIT 10",
            'SELECT id, state, attempts, error FROM "update" ORDER BY id DESC LIMIT 5',
            "SELECT id, state, reason, attempts, due_at FROM reply_part ORDER BY id DESC LIMIT 3",
            "SELECT * FROM lease",
        )
        with self.database() as db:
            rows = [f"{query}\n  {db.execute(text(query)).all()}" for query in queries]
        chats = [self.group, *(person.private for person in self.people.values())]
        rows += [
            f"{seen.chat_id}/{seen.id} {seen.text!r} {[button.text for button in seen.buttons]}"
            for chat in chats
            for seen in chat.messages()[-5:]
        ]
        return "\n".join([*rows, self.log()[-1500:]])

    def log(self) -> str:
        """What the process wrote."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _keep_running(self) -> None:
        with self._log.open("ab") as log:
            launcher = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.launcher", *self._run],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert launcher.stdin is not None
        assert launcher.stdout is not None
        with launcher, launcher.stdin, launcher.stdout:
            while True:
                with self._changed:
                    if not self._wanted:
                        return
                    if self._next_order:
                        self.order(self._next_order)
                        self._next_order = ""
                    print("start", file=launcher.stdin, flush=True)
                    self.pid = int(launcher.stdout.readline())
                launcher.stdout.readline()
                with self._changed:
                    self.pid = 0
                    self.kills += 1
                    self.orders.unlink(missing_ok=True)  # one order, one death
                    self._changed.notify_all()


def letter(sender: str, words: str, *, message_id: str, subject: str = "Keluhan") -> bytes:
    """A citizen's mail."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, HOTLINE, subject
    mail["Message-ID"] = f"<{message_id}>"
    mail["Date"] = "Tue, 24 Nov 2026 09:00:00 +0700"
    mail.set_content(words)
    return mail.as_bytes()


Server = Callable[[], ImapServer]


@contextmanager
def dovecot() -> Iterator[DovecotServer]:
    """A mail server for one site."""
    with DovecotServer() as server:
        yield server


class DovecotUser(ImapServer):
    """Another mailbox on a server that runs already."""

    def __init__(self, server: DovecotServer, user: str) -> None:
        super().__init__(user, server.password)
        self.port = server.port

    def command(self) -> list[str]:
        raise NotImplementedError
