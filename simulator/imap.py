"""Real IMAP servers as processes on loopback, and a small client to fill and read them.

The desk never knows which one it talks to. `PymapServer` comes with pip and serves the demo;
`DovecotServer` (simulator.dovecot) is the real thing, where it is installed.
"""

import contextlib
import imaplib
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from simulator.process import ServerProcess

JUNK = "Junk"
SENT = "Sent"


class ImapServer(ServerProcess):
    """A server process with the folders INBOX, Junk and Sent; a context manager."""

    def __init__(self, user: str, password: str) -> None:
        super().__init__()
        self.user = user
        self.password = password

    @contextlib.contextmanager
    def session(self, user: str = "") -> Iterator[imaplib.IMAP4]:
        """A logged-in client of the standard library, for what has no method here."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=30) as client:
            client.login(user or self.user, self.password)
            yield client

    def append(
        self,
        raw: bytes,
        folder: str = "INBOX",
        at: datetime | None = None,
        *,
        flags: str = "",
        user: str = "",
    ) -> None:
        """Put one mail into a folder, received `at` (aware; default: now)."""
        self.append_all([(raw, at)], folder, flags=flags, user=user)

    def append_all(
        self,
        mails: Iterable[tuple[bytes, datetime | None]],
        folder: str = "INBOX",
        *,
        flags: str = "",
        user: str = "",
    ) -> None:
        """Put mails into a folder over one connection, in order. Raises RuntimeError on a no."""
        with self.session(user) as client:
            for raw, at in mails:
                stamp = imaplib.Time2Internaldate(at or datetime.now(UTC))
                check(client.append(quoted(folder), flags, stamp, raw))

    def mails(self, folder: str = "INBOX", user: str = "") -> list[bytes]:
        """The raw mails of a folder, by UID, without marking any as read."""
        with self.session(user) as client:
            check(client.select(quoted(folder), readonly=True))
            _, found = client.uid("fetch", "1:*", "(BODY.PEEK[])")
        return [bytes(it[1]) for it in found if isinstance(it, tuple)]


class PymapServer(ImapServer):
    """pymap with an empty in-memory mailbox; needs nothing but pip. One user, no special-use."""

    def __init__(self, user: str = "aduan@puskesmas.example", password: str = "rahasia") -> None:
        super().__init__(user, password)

    def command(self) -> list[str]:
        """Its own interpreter, so that it works wherever the virtual environment lies."""
        return [
            sys.executable,
            *("-c", "from pymap.main import main; main()"),
            *("--host", "127.0.0.1", "--port", str(self.port), "--no-tls"),
            *("dict", "--demo-user", self.user, "--demo-password", self.password),
        ]

    def start(self) -> None:
        """Run it and make the folders that a real account brings along."""
        super().start()
        with self.session() as client:
            for folder in (JUNK, SENT):
                check(client.create(folder))


def quoted(folder: str) -> str:
    """A folder's name as an IMAP string."""
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def check(answer: tuple[str, object]) -> None:
    """Raise RuntimeError unless the server said OK."""
    if answer[0] != "OK":
        raise RuntimeError(f"the IMAP server said {answer[0]}: {answer[1]!r}")
