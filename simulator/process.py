"""Server programs as child processes on loopback, in folders of their own."""

import os
import shutil
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from simulator.net import free_port, wait_listening

UNPRIVILEGED = ("nobody", "nogroup")
"""User and group for what refuses to run as root."""
START = 30.0
_STOP = 5.0
"""Seconds to come up, and to go down before it is killed."""


def is_root() -> bool:
    """Whether we would have to step down for a server that refuses root."""
    return os.geteuid() == 0


def as_nobody(command: list[str]) -> list[str]:
    """The same command as `nobody` when we are root; its process id stays the child's."""
    if not is_root():
        return command
    user, group = UNPRIVILEGED
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--", *command]


class ServerProcess(ABC):
    """One server program on `port`; a context manager that ends it by its process id."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """What to run, in the foreground, listening on `port`."""

    def environment(self) -> Mapping[str, str] | None:
        """The variables it gets; None: ours."""
        return None

    @property
    def pid(self) -> int:
        """The process id while it runs. Raises RuntimeError otherwise."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    def start(self) -> None:
        """Run it and wait until it listens. Raises TimeoutError, RuntimeError."""
        process = subprocess.Popen(
            self.command(),
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._process = process
        wait_listening(self.port, START, alive=lambda: process.poll() is None)

    def stop(self) -> None:
        """End it: asked first, killed when it will not listen."""
        if self._process is None:
            return
        self.ask_to_stop(self._process)
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            # pymap waits for its clients as long as they please on newer Pythons.
            self.crash()
        self._process = None

    def ask_to_stop(self, process: subprocess.Popen[bytes]) -> None:
        """What makes this program end by itself."""
        process.terminate()

    def crash(self) -> None:
        """kill -9, as when the power goes."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop and start again on the same port."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class InFolder(ServerProcess):
    """A server with a folder of its own, which goes with it and holds its log.

    The folder lies directly under /tmp since its sockets' paths must be short, and belongs to
    `nobody` when we are root.
    """

    @cached_property
    def folder(self) -> Path:
        """Made at the first use."""
        made = Path(tempfile.mkdtemp(prefix="tg", dir="/tmp"))
        if is_root():
            shutil.chown(made, *UNPRIVILEGED)
        return made

    def log(self) -> str:
        """What the server wrote, for the message of a failed test."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        shutil.rmtree(self.folder, ignore_errors=True)
        del self.folder
