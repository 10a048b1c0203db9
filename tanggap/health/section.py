"""The section `[health]` of the configuration."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

_LAST_PORT = 65535


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, said without asking anybody."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Health(BaseModel):
    """What tells a watcher how this process is; all of it is off by default."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    listen: str = ""
    """Loopback address and port of `/health` and `/metrics`; empty: none."""
    heartbeat_url: SecretStr = SecretStr("")
    """Called while all is well; it often holds a token."""
    heartbeat_seconds: float = 300.0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `listen`."""
        host, _, port = self.listen.rpartition(":")
        host = _bare(host)
        return ("127.0.0.1" if host == "localhost" else host), int(port)

    @field_validator("listen")
    @classmethod
    def _on_loopback(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        right = is_loopback(_bare(host)) and port.isdecimal() and int(port) <= _LAST_PORT
        if value and not right:
            raise ValueError(
                'harus alamat loopback dengan port, misalnya "127.0.0.1:9187"; untuk dilihat '
                "dari luar, pasang reverse proxy di depannya"
            )
        return value

    @field_validator("heartbeat_url")
    @classmethod
    def _safe(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        host = parts.hostname or ""
        plain = parts.scheme == "http" and is_loopback(host)
        if value.get_secret_value() and not (host and (parts.scheme == "https" or plain)):
            raise ValueError("harus alamat https://")
        return value

    @field_validator("heartbeat_seconds")
    @classmethod
    def _not_too_often(cls, value: float) -> float:
        if not value >= 1:
            raise ValueError("heartbeat_seconds paling sedikit 1")
        return value


def _bare(host: str) -> str:
    """An IPv6 address without its brackets."""
    return host.removeprefix("[").removesuffix("]")
