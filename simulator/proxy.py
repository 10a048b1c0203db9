"""Between the desk and a real IMAP server: faults by plan, command by command.

To the journal and the plan a command is gateway `imap`, method `LOGIN`, `UID FETCH`, `APPEND` and
so on, with its arguments (never those of a login) in `params["args"]`. `Refuse` answers NO with
its text, `TooMany` is the throttled BYE, `Silence` stalls, `Cut` hangs up: before the server saw
the command, when its tagged answer has come but is not passed on, or right after it was.
https://www.rfc-editor.org/rfc/rfc3501#section-2.2
"""

import re
import socket
import socketserver
import threading
from dataclasses import dataclass, field
from enum import Enum
from typing import IO

from simulator.faults import Action, Cut, FaultPlan, Moment, Refuse, Silence, TooMany
from simulator.journal import Journal
from simulator.net import LoopbackServer, Serving, hang_up

_GATEWAY = "imap"
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n$")
_COMMAND = re.compile(rb"(?i)([^\s*+]+) ((?:UID )?[A-Z]+)(?: (.*))?\r\n$", re.DOTALL)
_SECRET = {"LOGIN", "AUTHENTICATE"}
_TALKS_ON = {"IDLE", "AUTHENTICATE"}
"""Commands after which the client says things that are no commands."""


@dataclass(slots=True)
class _Pending:
    seq: int
    method: str
    action: Action | None


class _Way(Enum):
    ON = "to the server"
    SWALLOWED = "answered here"
    END = "the connection ends"


class ImapProxy(Serving):
    """`with ImapProxy(server.port, journal, faults) as proxy:` then connect to `proxy.port`."""

    def __init__(
        self, target: int, journal: Journal | None = None, faults: FaultPlan | None = None
    ) -> None:
        super().__init__()
        self.target = target
        self.journal = journal or Journal()
        self.faults = faults or FaultPlan()

    def server(self) -> LoopbackServer:
        """A `_Link` for each connection."""
        return _Server(self)


class _Server(LoopbackServer):
    def __init__(self, proxy: ImapProxy) -> None:
        self.proxy = proxy
        super().__init__(_Handler)


class _Handler(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        target = ("127.0.0.1", self.server.proxy.target)
        with socket.create_connection(target) as upstream:
            for side in (self.request, upstream):
                # We pass on in small pieces, each of which would wait for the last one's receipt.
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = _Link(self.server.proxy, self.request, upstream)
            answers = threading.Thread(target=link.answers)
            answers.start()
            try:
                link.commands()
            finally:
                link.close()
                answers.join()


@dataclass(slots=True)
class _Link:
    """One client's connection and its counterpart to the server."""

    proxy: ImapProxy
    client: socket.socket
    upstream: socket.socket
    pending: dict[bytes, _Pending] = field(default_factory=dict)

    def close(self) -> None:
        hang_up(self.client)
        hang_up(self.upstream)

    def commands(self) -> None:
        """Client to server, until either side hangs up or the plan says so."""
        with self.client.makefile("rb") as lines:
            while line := lines.readline():
                talking = any(it.method in _TALKS_ON for it in list(self.pending.values()))
                match = None if talking else _COMMAND.match(line)
                way = self._meet(match) if match else _Way.ON
                if way is _Way.END:
                    return
                if way is _Way.SWALLOWED:
                    continue
                self.upstream.sendall(line)
                self._literals(lines, line, self.upstream)

    def _meet(self, match: re.Match[bytes]) -> _Way:
        """Journal the command and meet the plan."""
        tag, method = match[1], match[2].decode().upper()
        args = "" if method in _SECRET else (match[3] or b"").decode("ascii", "replace")
        seq = self.proxy.journal.receive(_GATEWAY, method, {"args": args})
        action = self.proxy.faults.meet(_GATEWAY, method, {"args": args})
        match action:
            case Refuse(_, text):
                self.proxy.journal.finish(seq, "fault: NO")
                self.client.sendall(b"%b NO %b\r\n" % (tag, text.encode()))
                return _Way.END if _LITERAL.search(match[0]) else _Way.SWALLOWED
            case TooMany():
                self.proxy.journal.finish(seq, "fault: BYE")
                self.client.sendall(b"* BYE [THROTTLED] Too much, come back later\r\n")
                return _Way.END
            case Silence(seconds):
                self.proxy.journal.finish(seq, "fault: silence")
                self.proxy.stopping.wait(seconds)
                return _Way.END
            case Cut(when, strike) if when is Moment.RECEIPT:
                self.proxy.journal.finish(seq, f"fault: cut {when}")
                if strike is not None:
                    strike()
                return _Way.END
        self.pending[tag] = _Pending(seq, method, action)
        return _Way.ON

    def answers(self) -> None:
        """Server to client; hangs up on both when the server does, or by plan."""
        try:
            with self.upstream.makefile("rb") as lines:
                while line := lines.readline():
                    if not self._answer(line):
                        return
                    self._literals(lines, line, self.client)
        except OSError:
            pass  # the client is gone: so is this connection
        finally:
            self.close()

    def _answer(self, line: bytes) -> bool:
        """Pass a line on; false when the connection is to end here."""
        tag, _, rest = line.partition(b" ")
        done = self.pending.pop(tag, None)
        if done is None:
            self.client.sendall(line)
            return True
        word = rest.split(maxsplit=1)[0].decode()
        cut = done.action if isinstance(done.action, Cut) else None
        if cut is None or cut.when is Moment.ANSWER:
            self.client.sendall(line)
        outcome = "ok" if word == "OK" else f"refused: {word}"
        prefix = f"fault: cut {cut.when}; " if cut else ""
        self.proxy.journal.finish(done.seq, prefix + outcome, committed=word == "OK")
        if cut is not None and cut.strike is not None:
            cut.strike()
        return cut is None

    def _literals(self, lines: IO[bytes], line: bytes, into: socket.socket) -> None:
        """Pass on what a line announced by its length, and the rest of that line, untouched."""
        while match := _LITERAL.search(line):
            left = int(match[1])
            while left and (data := lines.read(min(left, 65536))):
                into.sendall(data)
                left -= len(data)
            line = lines.readline()
            into.sendall(line)
