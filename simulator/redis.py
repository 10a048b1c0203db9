"""A real Redis (or Valkey) that keeps nothing on disk.

https://redis.io/docs/latest/operate/oss_and_stack/management/config/
"""

import shutil
from functools import cache

from simulator.process import InFolder


@cache
def _program() -> str:
    return shutil.which("redis-server") or shutil.which("valkey-server") or ""


def available() -> bool:
    """Whether this machine has one of them."""
    return bool(_program())


class RedisServer(InFolder):
    """Empty at every start. With a `password`, for the sake of the logs that must not show it."""

    def __init__(self, password: str = "") -> None:
        super().__init__()
        self.password = password

    @property
    def url(self) -> str:
        """redis://... of its first database."""
        secret = f":{self.password}@" if self.password else ""
        return f"redis://{secret}127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """In the foreground, no snapshot and no append-only file."""
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "save": "",
            "appendonly": "no",
            "dir": str(self.folder),
            "logfile": str(self.folder / "log"),
        }
        if self.password:
            options["requirepass"] = self.password
        return [_program(), *(it for name in options for it in (f"--{name}", options[name]))]

    def flush(self) -> None:
        """Lose everything that waits there."""
        import redis

        with redis.Redis.from_url(self.url) as client:
            client.flushall()
