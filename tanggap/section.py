"""What every section of the configuration has in common."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

_LAST_PORT = 65535


class Section(BaseModel):
    """Cannot be changed, refuses keys it does not know, and never repeats a value in an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, said without asking anybody."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_of(url: str) -> str:
    """The host that a URL leads to; empty where it names none."""
    return urlsplit(url).hostname or ""


def listen_address(listen: str) -> tuple[str, int]:
    """Host and port of a `listen` that was checked."""
    host, _, port = listen.rpartition(":")
    host = _bare(host)
    return ("127.0.0.1" if host == "localhost" else host), int(port)


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")) or not host_of(value):
        raise ValueError("harus alamat http:// atau https://")
    return value.rstrip("/")


def _on_loopback(value: str) -> str:
    host, _, port = value.rpartition(":")
    right = is_loopback(_bare(host)) and port.isdecimal() and int(port) <= _LAST_PORT
    if value and not right:
        raise ValueError(
            'harus alamat loopback dengan port, misalnya "127.0.0.1:9187"; untuk dilihat '
            "dari luar, pasang reverse proxy di depannya"
        )
    return value


def _bare(host: str) -> str:
    """An IPv6 address without its brackets."""
    return host.removeprefix("[").removesuffix("]")


HttpUrl = Annotated[str, AfterValidator(_http_url)]
"""Without the slash at its end."""
Listen = Annotated[str, AfterValidator(_on_loopback)]
"""Loopback address and port; empty: nobody listens."""
