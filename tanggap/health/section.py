"""The section `[health]` of the configuration."""

from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator

from tanggap.section import Listen, Section, is_loopback, listen_address


class Health(Section):
    """What tells a watcher how this process is; all of it is off by default."""

    listen: Listen = ""
    """Loopback address and port of `/health` and `/metrics`; empty: none."""
    heartbeat_url: SecretStr = SecretStr("")
    """Called while all is well; it often holds a token."""
    heartbeat_seconds: float = 300.0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `listen`."""
        return listen_address(self.listen)

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
