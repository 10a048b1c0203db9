"""A real Dovecot on loopback, and mailboxes in it that no other test uses."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from imapclient import IMAPClient

from channels.base import Batch, ChannelState, Polls
from channels.email.config import EmailConfig, Tls

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
PASSWORD = "rahasia"
UNPRIVILEGED = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {home}/run
log_path = {home}/log
ssl = no
disable_plaintext_auth = no
default_login_user = nobody
default_internal_user = nobody
default_internal_group = nogroup
mail_location = maildir:{home}/mail/%u
mail_max_userip_connections = 100
auth_failure_delay = 0
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Junk {{
    special_use = \\Junk
    auto = create
  }}
  mailbox Terkirim {{
    special_use = \\Sent
    auto = create
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={home}/mail/%u
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


class Dovecot:
    """Started on first use, ended by its process id."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="dc"))
        self.port = free_port()
        config = CONFIG.format(home=self.home, port=self.port, password=PASSWORD)
        (self.home / "conf").write_text(config)
        (self.home / "mail").mkdir()
        for path in (self.home, self.home / "mail", self.home / "conf"):
            shutil.chown(path, "nobody", "nogroup")
        self.users = count(1)
        self.process = subprocess.Popen(
            [*UNPRIVILEGED, "/usr/sbin/dovecot", "-F", "-c", str(self.home / "conf")],
            env={"PATH": os.environ["PATH"]},
        )
        deadline = time.monotonic() + 10
        while not self.answers():
            if time.monotonic() > deadline:
                raise RuntimeError((self.home / "log").read_text())
            time.sleep(0.02)

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.home, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mailbox:
    """One user's mailbox, and a colleague's mail program that looks into it."""

    def __init__(self, server: Dovecot) -> None:
        self.user = f"aduan{next(server.users)}@puskesmas.example"
        self.port = server.port
        self.home = server.home / "mail" / self.user
        self.program = IMAPClient("127.0.0.1", port=server.port, ssl=False, timeout=20)
        self.program.login(self.user, PASSWORD)
        self.program.select_folder("INBOX")

    def config(self, **changed: object) -> EmailConfig:
        fields: dict[str, object] = {
            "name": "aduan",
            "user": self.user,
            "password": PASSWORD,
            "host": "127.0.0.1",
            "port": self.port,
            "tls": Tls.NONE,
            "smtp_tls": Tls.NONE,
            "read_timeout": 20.0,
        }
        return EmailConfig(**(fields | changed))  # type: ignore[arg-type]

    def put(self, *mails: bytes, folder: str = "INBOX", at: datetime = NOW) -> None:
        for mail in mails:
            self.program.append(folder, mail, msg_time=at)

    def put_many(self, number: int) -> None:
        """Faster than APPEND: files, as a delivery agent leaves them."""
        for n in range(number):
            path = self.home / "new" / f"1790000000.{n:06d}.tes"
            path.write_bytes(mail(f"m{n}"))
            shutil.chown(path, "nobody", "nogroup")
        self.program.noop()

    def uids(self, folder: str = "INBOX") -> list[int]:
        self.program.select_folder(folder)
        return list(self.program.search("ALL"))

    def delete(self, *uids: int) -> None:
        self.program.select_folder("INBOX")
        self.program.delete_messages(uids)
        self.program.expunge()


def mail(name: str, size: int = 0) -> bytes:
    head = (
        f"From: Warga <warga@contoh.example>\r\nTo: aduan@puskesmas.example\r\n"
        f"Subject: Keluhan {name}\r\nMessage-ID: <{name}@contoh.example>\r\n"
        "Date: Mon, 2 Nov 2026 10:00:00 +0700\r\n\r\n"
    ).encode()
    line = b"Sudah dua jam menunggu di loket pendaftaran.\r\n"
    return head + line * (max(0, size - len(head)) // len(line) + 1)


class Desk:
    """Commits as ingest does: a batch's deliveries together with its cursor."""

    def __init__(self, spool: Path) -> None:
        self.spool = spool
        self.cursors: dict[str, str] = {}
        self.taken: list[str] = []
        self.bodies: dict[str, bytes] = {}
        self.batches: list[Batch] = []

    def commit(self, batch: Batch) -> None:
        self.batches.append(batch)
        for delivery in batch.deliveries:
            raw = delivery.raw
            self.taken.append(delivery.transport_id)
            self.bodies[delivery.transport_id] = raw if isinstance(raw, bytes) else raw.read_bytes()
        if batch.cursor is not None:
            self.cursors[batch.stream] = batch.cursor

    def state(self, now: datetime = NOW) -> ChannelState:
        return ChannelState(cursors=dict(self.cursors), spool=self.spool, now=now)

    def poll(self, channel: Polls) -> list[Batch]:
        before = len(self.batches)
        for batch in channel.poll(self.state()):
            self.commit(batch)
        return self.batches[before:]

    def subjects(self) -> list[str]:
        lines = (
            body.split(b"Subject: ", 1)[1].split(b"\r\n", 1)[0] for body in self.bodies.values()
        )
        return [line.decode() for line in lines]


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    if not Path("/usr/sbin/dovecot").exists():
        pytest.skip("Dovecot is not installed")
    server = Dovecot()
    yield server
    server.stop()


@pytest.fixture
def mailbox(dovecot: Dovecot) -> Iterator[Mailbox]:
    box = Mailbox(dovecot)
    yield box
    box.program.logout()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
