"""The demo's world: loopback gateways in this process, and the desk beside them."""

import contextlib
import re
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from simulator.faults import FaultPlan, Refuse
from simulator.imap import JUNK, SENT, PymapServer
from simulator.journal import Journal
from simulator.mail import MailWorld
from simulator.telegram import Group, Person, Telegram
from tanggap.demo.desk import Desk
from tanggap.demo.errors import Late
from tanggap.demo.letter import DESK, MX, Letter
from tanggap.demo.phones import Phones

UNDO_SECONDS = 5.0
CARD_SECONDS = 1.0
POLL_SECONDS = 0.5
RETRY_SECONDS = 1.0
"""Short, so that a minute is enough; in earnest they are 120, 3, 30 and 60."""

_PASSWORD = "rahasia"  # noqa: S105  (of servers that live for a minute on loopback)
FOLDERS = ("INBOX", JUNK, SENT)
_STEP = 30.0
_MOST = 180.0
"""Seconds for one step and for all of it, on a machine that has much else to do; half a minute
is enough for one that has not.
"""
_BREATH = 0.25
_LINE_END = re.compile(rb"\r\n|\r|\n")

Found = TypeVar("Found")


@dataclass
class World:
    """Gateways, people and the desk; a context manager that ends all of them.

    `fault`, for tests: smtp-refuses, telegram-500 or imap-password.
    """

    folder: Path
    fault: str = ""
    telephones: bool = True
    journal: Journal = field(default_factory=Journal)
    faults: FaultPlan = field(default_factory=FaultPlan)
    letters: list[Letter] = field(default_factory=list)
    """Everything that was put into the desk's mailbox, in order."""

    def __post_init__(self) -> None:
        self.phones: Phones | None = None
        """None where only mail is played."""

    def __enter__(self) -> Self:
        self._end = time.monotonic() + _MOST
        self.desk = Desk(self.folder)
        with ExitStack() as stack:
            self.telegram = stack.enter_context(Telegram(self.journal, self.faults))
            self.mail = stack.enter_context(
                MailWorld(
                    self.journal,
                    self.faults,
                    user=DESK,
                    password=_PASSWORD,
                    folder=self.folder / "kotak-surat",
                )
            )
            self.imap = stack.enter_context(PymapServer(DESK, _PASSWORD))
            if self.telephones:
                self.phones = stack.enter_context(Phones(self.journal, self.faults))
            self.group: Group = self.telegram.world.group("Tim Aduan Puskesmas Melati")
            self._break()
            self._configure()
            stack.callback(self.desk.end)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def person(self, telegram_id: int, name: str) -> Person:
        """Somebody with a Telegram account who is in the team's group."""
        person = self.telegram.world.user(telegram_id, name)
        self.group.join(person)
        if self.telegram.world.bot.id not in self.group.chat.members:
            self.group.add_bot(person)
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

    def start_desk(self) -> None:
        """`tanggap run`, until it says that it is ready."""
        self.desk.start()
        self.until(lambda: self.desk.ready or None, "tanggap run belum siap")

    def until(self, look: Callable[[], Found | None], what: str) -> Found:
        """What `look` finds, as soon as it does: it looks again after every request to a gateway.

        Raises Late, saying `what` did not come, and Trouble when the desk has ended.
        """
        end = min(time.monotonic() + _STEP, self._end)
        while True:
            seen = len(self.journal.entries())
            if (found := look()) is not None:
                return found
            self.desk.heed()
            left = end - time.monotonic()
            if left <= 0:
                raise Late(f"{what}, padahal sudah ditunggu; lihat {self.desk.log}.")
            with contextlib.suppress(TimeoutError):
                self.journal.wait(lambda entry: bool(entry.outcome), min(left, _BREATH), after=seen)

    def keep_mails(self) -> None:
        """Write down what lies in the IMAP server, for the counting."""
        for folder in FOLDERS:
            target = self.folder / "imap" / folder
            target.mkdir(parents=True, exist_ok=True)
            for uid, raw in enumerate(self.imap.mails(folder), 1):
                (target / f"{uid:05}.eml").write_bytes(raw)

    def keep_journal(self) -> None:
        """Write down what the gateways were asked."""
        self.journal.dump(self.folder / "gateways.jsonl")

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
password = "{"salah" if wrong else _PASSWORD}"
host = "127.0.0.1"
port = {self.imap.port}
tls = "none"
smtp_host = "127.0.0.1"
smtp_port = {self.mail.port}
smtp_tls = "none"
smtp_password = "{_PASSWORD}"
# Salinan balasan datang kapan sempat; di sini semua surat harus terhitung pada akhirnya.
file_sent = false
authserv_ids = ["{MX}"]
since = {since}
{self.phones.accounts(datetime.now(UTC)) if self.phones else ""}
[telegram]
base_url = "{self.telegram.base_url}"
token = "{self.telegram.token}"
group = {self.group.id}

[desk]
receipts = {str(self.telephones).lower()}
receipt_seconds = 1
hold_seconds = 5
undo_seconds = {UNDO_SECONDS}
card_seconds = {CARD_SECONDS}
poll_seconds = {POLL_SECONDS}
retry_seconds = {RETRY_SECONDS}
quiet = ""
"""
        self.desk.config.write_text(text, encoding="utf-8")
        self.desk.config.chmod(0o600)
