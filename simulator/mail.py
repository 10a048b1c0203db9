"""The citizens' mail: an SMTP server on loopback that delivers into mailboxes in memory."""

import asyncio
import mailbox
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server  # noqa: N811  # a class, not a constant
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from simulator.faults import Action, Cut, FaultPlan, Moment, Refuse, Silence, TooMany
from simulator.journal import Journal
from simulator.net import free_port

_GATEWAY = "smtp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as it lies in one citizen's mailbox."""

    to: str
    """The mailbox: the envelope's recipient, in lower case."""
    sender: str
    """The envelope's sender."""
    raw: bytes
    at: datetime

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed with the modern policy."""
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def message_id(self) -> str:
        """Without angle brackets."""
        return str(self.message["Message-ID"] or "").strip().strip("<>")

    @property
    def text(self) -> str:
        """The plain text body."""
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body else ""


class MailWorld(AbstractContextManager["MailWorld"]):
    """An SMTP sink; a context manager. It keeps what it took, and journals `AUTH`, `RCPT`, `DATA`.

    With `user` set, nothing goes without AUTH. With `folder` set, each mailbox is a Maildir there
    too. A `Refuse` of the plan is the reply line: `Refuse(451, "4.3.0 later")`.
    """

    def __init__(
        self,
        journal: Journal | None = None,
        faults: FaultPlan | None = None,
        *,
        user: str = "",
        password: str = "",
        folder: Path | None = None,
    ) -> None:
        self.journal = journal or Journal()
        self.faults = faults or FaultPlan()
        self.user = user
        self.password = password
        self.host = "127.0.0.1"
        self.port = free_port()
        self._folder = folder
        self._letters: list[Letter] = []
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        self._controller = Controller(
            _Handler(self),
            hostname=self.host,
            port=self.port,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop()

    def letters(self, address: str = "") -> tuple[Letter, ...]:
        """The mails of one mailbox, or of all, in order of arrival."""
        with self._changed:
            return tuple(it for it in self._letters if address.lower() in ("", it.to))

    def wait_for(
        self, address: str, predicate: Callable[[Letter], bool] = bool, timeout: float = 10
    ) -> Letter:
        """The first mail of a mailbox that fits, once there is one. Raises TimeoutError."""
        found: list[Letter] = []

        def look() -> bool:
            found[:] = [it for it in self.letters(address) if predicate(it)][:1]
            return bool(found)

        with self._changed:
            if not self._changed.wait_for(look, timeout):
                count = len(self._letters)
                raise TimeoutError(f"no such mail within {timeout} s; {count} came in all")
            return found[0]

    def take(self, sender: str, recipients: list[str], raw: bytes) -> None:
        """Deliver a mail, as the server does it: one copy a recipient."""
        with self._changed:
            for address in recipients:
                letter = Letter(to=address.lower(), sender=sender, raw=raw, at=self.journal.clock())
                self._letters.append(letter)
                if self._folder is not None:
                    self._folder.mkdir(parents=True, exist_ok=True)
                    mailbox.Maildir(self._folder / letter.to.replace("/", "_")).add(raw)
            self._changed.notify_all()

    def _authenticate(
        self, server: Server, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        given = data if isinstance(data, LoginPassword) else LoginPassword(b"", b"")
        right = (given.login, given.password) == (self.user.encode(), self.password.encode())
        seq = self.journal.receive(_GATEWAY, "AUTH", {"user": given.login.decode()})
        self.journal.finish(seq, "ok" if right else "refused: 535", committed=right)
        return AuthResult(success=right, handled=False)


class _Handler:
    """aiosmtpd's hooks: https://aiosmtpd.aio-libs.org/en/latest/handlers.html"""

    def __init__(self, world: MailWorld) -> None:
        self._world = world

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._world.user and not session.authenticated:
            return "530 5.7.0 Authentication required"

        def accept() -> None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)

        return await self._step(server, "RCPT", {"to": address}, accept)

    async def handle_DATA(  # noqa: N802
        self, server: Server, session: Session, envelope: Envelope
    ) -> str:
        raw = bytes(envelope.original_content or b"")
        sender, recipients = envelope.mail_from or "", list(envelope.rcpt_tos)
        about = {
            "from": sender,
            "to": recipients,
            "message_id": str(message_from_bytes(raw)["Message-ID"] or "").strip("<>"),
            "size": len(raw),
        }
        return await self._step(
            server, "DATA", about, lambda: self._world.take(sender, recipients, raw)
        )

    async def _step(
        self, server: Server, method: str, params: Mapping[str, Any], do: Callable[[], None]
    ) -> str:
        """One command through journal and plan; returns the reply line."""
        journal = self._world.journal
        seq = journal.receive(_GATEWAY, method, params)
        action = self._world.faults.meet(_GATEWAY, method, params)
        refusal = await self._refused(server, action, seq)
        if refusal:
            return refusal
        do()
        cut = f"fault: cut {action.when}; " if isinstance(action, Cut) else ""
        journal.finish(seq, f"{cut}ok", committed=True, result=params.get("message_id"))
        if isinstance(action, Cut):
            if action.when is Moment.ANSWER:
                await server.push("250 OK")
            _cut(server, action)
        return "250 OK"

    async def _refused(self, server: Server, action: Action | None, seq: int) -> str:
        """The reply that refuses, or the connection's end; empty when the command is to be done."""
        journal = self._world.journal
        match action:
            case Refuse(status, text):
                journal.finish(seq, f"fault: status {status}")
                return f"{status} {text}"
            case TooMany():
                journal.finish(seq, "fault: status 451")
                return "451 4.7.1 Too much mail, try again later"
            case Silence(seconds):
                journal.finish(seq, "fault: silence")
                await asyncio.sleep(seconds)
                _cut(server, Cut(Moment.RECEIPT))
            case Cut(when) if when is Moment.RECEIPT:
                journal.finish(seq, f"fault: cut {when}")
                _cut(server, action)
        return ""


def _cut(server: Server, action: Cut) -> None:
    """Strike, hang up, and end the session's task the way a lost connection does."""
    if action.strike is not None:
        action.strike()
    if server.transport is not None:
        server.transport.close()
    raise asyncio.CancelledError
