"""A disk of its own for a folder, which can be full."""

import os
import pwd
import subprocess
from contextlib import suppress
from pathlib import Path

from simulator.process import UNPRIVILEGED, is_root

_ROOM = 4 << 30
_LEFT = 64 << 10
"""Bytes of the empty disk, and those that are left on the full one."""


class Disk:
    """A tmpfs on `folder` where the machine lets us mount one (as root); else nothing happens.

    Full means ENOSPC for whoever writes: SQLITE_FULL, PostgreSQL's PANIC on its log. A limit on
    the size of a process's files would only be EFBIG, which neither of them takes for that.
    """

    def __init__(self, folder: Path, *, unprivileged: bool = False) -> None:
        self._folder = folder
        self.mounted = False
        if not is_root():
            return
        folder.mkdir(parents=True, exist_ok=True)
        options = f"size={_ROOM},mode=0700"
        if unprivileged:
            user = pwd.getpwnam(UNPRIVILEGED[0])
            options += f",uid={user.pw_uid},gid={user.pw_gid}"
        command = ["mount", "-t", "tmpfs", "-o", options, "tanggap-soak", str(folder)]
        with suppress(FileNotFoundError):
            self.mounted = not subprocess.run(command, check=False, capture_output=True).returncode

    def fill(self) -> None:
        """Nothing more fits."""
        status = os.statvfs(self._folder)
        used = (status.f_blocks - status.f_bfree) * status.f_frsize
        self._resize(used + _LEFT)

    def empty(self) -> None:
        """There is room again."""
        self._resize(_ROOM)

    def _resize(self, size: int) -> None:
        command = ["mount", "-o", f"remount,size={size}", str(self._folder)]
        # It may have been written to between the look and the order: then it is tried again.
        subprocess.run(command, check=False, capture_output=True)

    def close(self) -> None:
        """Unmount it, also while somebody still has a file open."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self._folder)], check=False, capture_output=True)
            with suppress(OSError):
                self._folder.rmdir()
