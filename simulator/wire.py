"""A wire to any server, which can be cut so that neither end hears of it.

What is sent into a cut wire waits in it, as behind a router that has lost its way, and arrives
when the wire is mended. No end is told: no reset, no close.
"""

import contextlib
import socket
import socketserver
import threading

from simulator.net import LoopbackServer, Serving, hang_up


class Wire(Serving):
    """`with Wire(server.port) as wire:` then connect to `wire.port`."""

    def __init__(self, target: int) -> None:
        super().__init__()
        self.target = target
        self.whole = threading.Event()
        """Set while it is."""
        self.whole.set()

    def cut(self) -> None:
        """From now on nothing gets through, in either direction."""
        self.whole.clear()

    def mend(self) -> None:
        """What waited arrives, and everything gets through again."""
        self.whole.set()

    def on_stop(self) -> None:
        """Let go of whoever waits."""
        self.mend()

    def server(self) -> LoopbackServer:
        """A pair of threads for each connection."""
        return _Server(self)

    def carry(self, source: socket.socket, target: socket.socket) -> None:
        """One direction, to its end, which is passed on like everything else."""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.whole.wait()
                target.sendall(data)
        self.whole.wait()
        hang_up(source)
        hang_up(target)


class _Server(LoopbackServer):
    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        super().__init__(_Handler)


class _Handler(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        wire = self.server.wire
        wire.whole.wait()
        with socket.create_connection(("127.0.0.1", wire.target)) as upstream:
            for side in (self.request, upstream):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answers = threading.Thread(target=wire.carry, args=(upstream, self.request))
            answers.start()
            wire.carry(self.request, upstream)
            answers.join()
