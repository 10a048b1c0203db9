"""A wire that is cut: nobody is told, and what was sent arrives afterwards."""

import socket

import pytest

from simulator.wire import Wire


def test_what_is_sent_into_a_cut_wire_arrives_when_it_is_mended() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        Wire(server.getsockname()[1]) as wire,
        socket.create_connection(("127.0.0.1", wire.port)) as client,
    ):
        far, _ = server.accept()
        with far:
            client.sendall(b"satu")
            assert far.recv(10) == b"satu"
            wire.cut()
            client.sendall(b"dua")
            far.settimeout(0.2)
            with pytest.raises(TimeoutError):
                far.recv(10)
            wire.mend()
            far.settimeout(10)
            assert far.recv(10) == b"dua"
            wire.cut()
            far.shutdown(socket.SHUT_WR)
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):  # no end is told of the other's
                client.recv(10)
            wire.mend()
            client.settimeout(10)
            assert client.recv(10) == b""
