"""A mailbox in a real Dovecot, and a desk that commits as ingest does."""

import shutil
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from imapclient import IMAPClient

from channels.base import Batch, ChannelState, Polls
from channels.email.config import EmailConfig, Tls
from simulator.dovecot import DovecotServer

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
_USERS = count(1)


class Mailbox:
    """One user's mailbox that no other test uses, and a colleague's mail program looking at it."""

    def __init__(self, server: DovecotServer) -> None:
        self.server = server
        self.user = f"aduan{next(_USERS)}@puskesmas.example"
        self.home = server.folder / "mail" / self.user
        self.program = IMAPClient("127.0.0.1", port=server.port, ssl=False, timeout=20)
        self.program.login(self.user, server.password)
        self.program.select_folder("INBOX")

    def config(self, **changed: object) -> EmailConfig:
        fields: dict[str, object] = {
            "name": "aduan",
            "user": self.user,
            "password": self.server.password,
            "host": "127.0.0.1",
            "port": self.server.port,
            "tls": Tls.NONE,
            "smtp_tls": Tls.NONE,
            "read_timeout": 20.0,
        }
        return EmailConfig(**(fields | changed))  # type: ignore[arg-type]

    def put(self, *mails: bytes, folder: str = "INBOX", at: datetime = NOW) -> None:
        for raw in mails:
            self.program.append(folder, raw, msg_time=at)

    def put_many(self, number: int) -> None:
        """Faster than APPEND: files, as a delivery agent leaves them."""
        for n in range(number):
            path = self.home / "new" / f"1790000000.{n:06d}.tes"
            path.write_bytes(mail(f"m{n}"))
            owner = self.home.stat()
            shutil.chown(path, owner.st_uid, owner.st_gid)
        self.program.noop()

    def delete(self, *uids: int) -> None:
        self.program.select_folder("INBOX")
        self.program.delete_messages(uids)
        self.program.expunge()

    def uidvalidity(self, folder: str = "INBOX") -> int:
        return int(self.program.folder_status(folder, ["UIDVALIDITY"])[b"UIDVALIDITY"])


def mail(name: str, size: int = 0) -> bytes:
    """An invented complaint of at least `size` bytes."""
    head = (
        f"From: Warga <warga@contoh.example>\r\nTo: aduan@puskesmas.example\r\n"
        f"Subject: Keluhan {name}\r\nMessage-ID: <{name}@contoh.example>\r\n"
        "Date: Mon, 2 Nov 2026 10:00:00 +0700\r\n\r\n"
    ).encode()
    line = b"Sudah dua jam menunggu di loket pendaftaran.\r\n"
    return head + line * (max(0, size - len(head)) // len(line) + 1)


class Desk:
    """Commits a batch's deliveries together with its cursor."""

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

    def state(self) -> ChannelState:
        return ChannelState(cursors=dict(self.cursors), spool=self.spool, now=NOW)

    def poll(self, channel: Polls) -> list[Batch]:
        """The batches that moved something."""
        before = len(self.batches)
        for batch in channel.poll(self.state()):
            self.commit(batch)
        return [batch for batch in self.batches[before:] if batch.cursor is not None]

    def subjects(self) -> list[str]:
        bodies = self.bodies.values()
        lines = (body.split(b"Subject: ", 1)[1].split(b"\r\n", 1)[0] for body in bodies)
        return [line.decode() for line in lines]
