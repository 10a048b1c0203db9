"""`tanggap desk` as a person meets it: a terminal, a PIN, and a Telegram that refuses all."""

import io
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlmodel import select as query

from simulator.faults import FaultPlan, Refuse
from simulator.mail import MailWorld
from simulator.net import free_port
from simulator.telegram import Telegram
from store.tables import Event, Staff
from tanggap.clock import now
from tanggap.database import open_database
from tanggap.settings import load
from tests.tanggap.conftest import Done, Run

CLERK, COORDINATOR = "271828", "161803"
CONFIG = """\
[facility]
name = "Puskesmas Contoh"
profile = "arjuno"
[[email]]
name = "hotline"
address = "aduan@puskesmas.example"
host = "127.0.0.1"
port = {closed}
tls = "none"
user = "aduan"
password = "rahasia-surat"
smtp_host = "127.0.0.1"
smtp_port = {smtp}
smtp_tls = "none"
smtp_user = "aduan"
smtp_password = "rahasia-surat"
[telegram]
base_url = "{telegram}"
token = "{token}"
group = -1001234500001
[desk]
approval = "coordinator"
undo_seconds = 0
poll_seconds = 0.2
"""


@dataclass
class Site:
    """A data folder with one complaint in it, and the world around it."""

    folder: Path
    config: Path
    mail: MailWorld
    run: Run
    patch: pytest.MonkeyPatch

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "TANGGAP_DATA": str(self.folder / "data"), "PYTHONWARNINGS": "error"}

    def command(self, *words: str, typed: str = "") -> Done:
        """Run a command to its end, its input as from a pipe."""
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        return self.run(*words, "--config", self.config)

    def done(self, *words: str, typed: str = "") -> str:
        """The same, once it went well; its output."""
        ended = self.command(*words, typed=typed)
        assert ended.status == 0, ended.out + ended.err
        return ended.out

    def events(self) -> list[str]:
        store = open_database(load(self.config), now())
        try:
            with store.read() as db:
                return list(db.exec(query(Event.kind).order_by(Event.id)))  # type: ignore[arg-type]
        finally:
            store.close()


@pytest.fixture
def site(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    faults = FaultPlan()
    faults.add(Refuse(502), gateway="telegram", times=None)
    with (
        Telegram(faults=faults) as telegram,
        MailWorld(user="aduan", password="rahasia-surat") as mail,
    ):
        config = tmp_path / "tanggap.toml"
        config.touch(mode=0o600)
        config.write_text(
            CONFIG.format(
                closed=free_port(),
                smtp=mail.port,
                telegram=telegram.base_url,
                token=telegram.token,
            )
        )
        made = Site(tmp_path, config, mail, run, monkeypatch)
        made.done("staff", "add", "Sari", "--role", "clerk")
        made.done("staff", "add", "dr. Wulan", "--role", "coordinator", "--telegram", "42")
        made.done("staff", "pin", "Sari", typed=f"{CLERK}\n{CLERK}\n")
        made.done("staff", "pin", "dr. Wulan", typed=f"{COORDINATOR}\n{COORDINATOR}\n")
        letter = EmailMessage()
        letter["From"], letter["To"] = "Ani <ani@contoh.example>", "aduan@puskesmas.example"
        letter["Subject"], letter["Message-ID"] = "Antrean", "<a1@contoh.example>"
        letter["Date"] = "Tue, 24 Nov 2026 09:00:00 +0700"
        letter.set_content("Antre dua jam, [bold]tolong[/bold] \x1b[31mmerah.")
        letter.add_attachment(b"%PDF-1.4 foto", "application", "pdf", filename="../bukti.pdf")
        (tmp_path / "a.eml").write_bytes(letter.as_bytes())
        made.done("import", str(tmp_path / "a.eml"))
        yield made


class Screen:
    """A pseudo-terminal with somebody at it."""

    def __init__(self, site: Site, *words: str) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tanggap", "desk", *words, "--config", str(site.config)],
            env=site.environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""
        self._from = 0

    def expect(self, words: str) -> str:
        """Wait until this is on the screen, after what was expected before."""
        end = time.monotonic() + 30
        while (found := self.seen.find(words, self._from)) < 0:
            assert time.monotonic() < end, self.seen
            if select.select([self._master], [], [], 0.5)[0]:
                try:
                    self.seen += os.read(self._master, 65536).decode(errors="replace")
                except OSError:  # Linux says so when the other side has gone
                    assert words in self.seen[self._from :], self.seen
        shown = self.seen[self._from : found]
        self._from = found + len(words)
        return shown

    def type(self, line: str) -> None:
        os.write(self._master, f"{line}\n".encode())

    def log_in(self, who: str, pin: str) -> None:
        self.expect("Siapa Anda?")
        self.type(who)
        self.expect("PIN: ")
        self.type(pin)

    def pick(self, label: str) -> None:
        """Choose by the number before a label, once the screen asks."""
        shown = self.expect("Pilih nomor")
        number = re.findall(rf"(\d+)\. {re.escape(label)}", shown)[-1]
        self.expect("kembali): ")
        self.type(number)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        os.close(self._master)


@contextmanager
def screen(site: Site, *words: str) -> Iterator[Screen]:
    opened = Screen(site, *words)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def running(site: Site) -> Iterator[None]:
    """`tanggap run` beside it."""
    with (site.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tanggap", "run", "--config", str(site.config)],
            env=site.environment,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        try:
            assert process.stdout is not None
            assert b"Tanggap siap" in process.stdout.readline()
            yield
        finally:
            process.terminate()
            process.wait(30)
            process.communicate()


def test_from_login_to_the_answer_in_the_citizens_mailbox_without_telegram(site: Site) -> None:
    with running(site):
        with screen(site) as clerk:
            clerk.log_in("Sari", CLERK)
            clerk.expect("ADU-")
            clerk.expect("keluar: ")
            clerk.type("1")
            clerk.pick("Saya tangani")
            clerk.pick("Tulis balasan")
            clerk.expect("titik; kosong = batal.")
            for line in ("Mohon maaf, Bu.", "", "Loket kami tambah.", "."):
                clerk.type(line)
            clerk.expect("diteruskan ke koordinator")
            clerk.type("")
            clerk.expect("keluar: ")
            clerk.type("k")
            clerk.expect("Selesai.")
            assert clerk.process.wait(30) == 0
            assert CLERK not in clerk.seen, "a PIN is not shown"
            assert "[bold]tolong[/bold]" in clerk.seen
            assert "\x1b[31m" not in clerk.seen
        with screen(site) as coordinator:
            coordinator.log_in("2", COORDINATOR)
            coordinator.expect("keluar: ")
            coordinator.type("0001")
            coordinator.pick("Setujui & kirim")
            coordinator.expect("ani@contoh.example>? (y/t): ")
            coordinator.type("y")
            coordinator.expect("Pilih nomor")
            assert "tidak ada yang berjalan" not in coordinator.seen
        letter = site.mail.wait_for("ani@contoh.example", timeout=30)
        assert "Mohon maaf, Bu.\n\nLoket kami tambah." in letter.text.replace("\r\n", "\n")
        assert len(site.mail.letters("ani@contoh.example")) == 1
    log = (site.folder / "log").read_text()
    for word in (CLERK, COORDINATOR, "Loket kami", "Antre dua"):
        assert word not in log
    assert site.events().count("desk-entered") == 2


def test_the_same_from_a_pipe_and_in_one_go(site: Site) -> None:
    shown = site.done("desk", typed=f"Sari\n{CLERK}\n1\n1\n\nk\n")
    assert "belum pernah ada yang berjalan" in shown
    assert "Antre dua jam" in shown
    assert CLERK not in shown
    site.done("desk", "--as", "sari", "draft", "1", typed=f"{CLERK}\nSudah ditambah.\nMaaf.\n")
    shown = site.done("desk", "--as", "dr. Wulan", "show", "1", typed=f"{COORDINATOR}\n")
    assert "Sudah ditambah.\nMaaf." in shown
    refused = site.command("desk", "--as", "Sari", "approve", "1", "1", typed=f"{CLERK}\n")
    assert refused.status == 1
    assert "Sekarang giliran koordinator" in refused.out
    site.done("desk", "--as", "dr. Wulan", "approve", "1", "1", typed=f"{COORDINATOR}\n")
    assert "balasan disetujui" in site.done("desk", "--as", "Sari", "list", typed=f"{CLERK}\n")
    unknown = site.command("desk", "--as", "Sari", "dance", typed=f"{CLERK}\n")
    assert (unknown.status, unknown.err.count("\n")) == (1, 1)
    nobody = site.command("desk", "take", "1")
    assert (nobody.status, "--as NAMA" in nobody.err) == (1, True)


def test_files_are_saved_under_names_that_harm_nothing(site: Site) -> None:
    there = site.folder / "simpan"
    there.mkdir()
    for _ in range(2):
        site.done("desk", "--as", "dr. Wulan", "files", "1", str(there), typed=f"{COORDINATOR}\n")
    [first, second] = sorted(there.iterdir(), key=lambda path: len(path.name))
    assert re.fullmatch(r"ADU-\d{4}-0001-1-[\w.]*bukti\.pdf", first.name)
    assert re.fullmatch(r"ADU-\d{4}-0001-1-[\w.]*bukti \(2\)\.pdf", second.name)
    assert first.read_bytes() == second.read_bytes() == b"%PDF-1.4 foto"
    refused = site.command("desk", "--as", "Sari", "files", "1", str(there), typed=f"{CLERK}\n")
    assert refused.status == 1, "a case in nobody's hands shows its files to those who lead"
    missing = site.command(
        "desk", "--as", "dr. Wulan", "files", "1", str(there / "x"), typed=f"{COORDINATOR}\n"
    )
    assert "Folder itu tidak ada" in missing.out


def test_five_wrong_pins_lock_and_a_reset_opens(site: Site) -> None:
    typed = "Sari\n" + "314159\n" * 5
    locked = site.command("desk", typed=typed)
    assert locked.status == 1
    assert locked.out.count("PIN salah") == 4
    assert "15 menit lagi" in locked.err
    again = site.command("desk", "--as", "Sari", "list", typed=f"{CLERK}\n")
    assert (again.status, "PIN terlalu sering salah" in again.err) == (1, True)
    site.done("staff", "pin", "Sari", "--reset", typed="141421\n141421\n")
    site.done("desk", "--as", "Sari", "list", typed="141421\n")
    kinds = site.events()
    assert (kinds.count("pin-failed"), kinds.count("pin-locked")) == (4, 1)
    assert kinds[-2:] == ["pin-reset", "desk-entered"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("123456\n123456\n", "mudah ditebak"),
        ("12345\n12345\n", "6 angka"),
        ("271828\n271829\n", "tidak sama"),
        ("271828\n", "belum lengkap"),
    ],
)
def test_pins_that_are_not_taken(site: Site, typed: str, said: str) -> None:
    site.done("staff", "add", "Budi", "--role", "team")
    done = site.command("staff", "pin", "Budi", typed=typed)
    assert (done.status, said in done.err) == (1, True), done.err
    assert "27182" not in done.out + done.err


def test_another_pin_costs_the_old_one_and_revoking_takes_it(site: Site) -> None:
    wrong = site.command("staff", "pin", "Sari", typed="314159\n141421\n141421\n")
    assert (wrong.status, "PIN salah" in wrong.err) == (1, True)
    site.done("staff", "pin", "Sari", typed=f"{CLERK}\n141421\n141421\n")
    site.done("desk", "--as", "Sari", "list", typed="141421\n")
    site.done("staff", "revoke", "Sari")
    gone = site.command("desk", "--as", "Sari", "list", typed="141421\n")
    assert (gone.status, "belum ada" in gone.err) == (1, True)
    store = open_database(load(site.config), now())
    with store.read() as db:
        assert {row.name: bool(row.pin_hash) for row in db.exec(query(Staff))} == {
            "Sari": False,
            "dr. Wulan": True,
        }
    store.close()
