"""The service manager's side: `sd_notify` over its datagram socket.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
https://www.freedesktop.org/software/systemd/man/latest/sd_watchdog_enabled.html
"""

import os
import socket
from collections.abc import Mapping

import structlog

log = structlog.get_logger(__name__)

_MICRO = 1_000_000


class Manager:
    """Whoever started this process and wants to hear from it; deaf where nobody does."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        if not hasattr(socket, "AF_UNIX") or self._address[:1] not in ("/", "@"):
            self._address = ""
        self.watchdog = self._watchdog(environment) if self._address else None
        """Seconds within which it wants a sign of life; None: it wants none."""

    @property
    def listens(self) -> bool:
        """Whether anybody does."""
        return bool(self._address)

    def ready(self) -> None:
        """Everything runs."""
        self._say("READY=1")

    def alive(self, status: str) -> None:
        """A sign of life, and a word for `systemctl status`."""
        self._say(f"WATCHDOG=1\nSTATUS={status}")

    def status(self, status: str) -> None:
        """Only the word."""
        self._say(f"STATUS={status}")

    def stopping(self) -> None:
        """It was asked to end, and does."""
        self._say("STOPPING=1")

    def _say(self, message: str) -> None:
        if not self._address:
            return
        # "@" stands for the zero byte of Linux's abstract names.
        address = self._address.replace("@", "\0", 1) if self._address[0] == "@" else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                manager.settimeout(1.0)
                manager.sendto(message.encode(), address)
        except OSError as error:
            log.warning("systemd.deaf", error=type(error).__name__)

    @staticmethod
    def _watchdog(environment: Mapping[str, str]) -> float | None:
        wanted = environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID", str(os.getpid()))
        if not wanted.isdecimal() or int(wanted) == 0 or meant != str(os.getpid()):
            return None
        return int(wanted) / _MICRO
