"""What `tanggap doctor` says about the phone, each finding with its cure."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from channels.android.client import AndroidClient
from channels.android.config import AndroidConfig
from channels.base import Finding
from channels.errors import ChannelError


def check(config: AndroidConfig, client: AndroidClient) -> Iterator[Finding]:
    """Ask the phone how it is and whether it lists its inbox. Sends nothing."""
    name = config.name
    try:
        answer = client.get("/inbox", limit=1)
        if answer.status != 200:
            raise client.refusal(answer)
        yield Finding(ok=True, what=f"{name}: kotak masuk ponsel SMS terbaca")
        yield from _health(name, client)
    except ChannelError as error:
        yield Finding(ok=False, what=f"{name}: ponsel SMS", fix=error.text)
    parts = urlsplit(config.base_url)
    if parts.scheme == "http" and not _near(parts.hostname or ""):
        yield Finding(
            ok=False,
            what=f"{name}: kata sandi ponsel dikirim tanpa enkripsi lewat internet",
            fix="pakai alamat ponsel di WiFi kantor (misalnya 192.168.…) di base_url [[android]]",
        )


def _health(name: str, client: AndroidClient) -> Iterator[Finding]:
    """https://docs.sms-gate.app/features/health/"""
    try:
        found = client.get("/health").json()
        checks = dict(found["checks"])
        battery = checks.get("battery:level", {})
        level, status = int(battery.get("observedValue", 100)), battery.get("status", "pass")
    except (ValueError, TypeError, KeyError, AttributeError):
        return  # an app that says nothing of itself
    if status == "pass":
        yield Finding(ok=True, what=f"{name}: baterai ponsel {level}%")
    else:
        yield Finding(
            ok=False,
            what=f"{name}: baterai ponsel tinggal {level}%",
            fix="pasang pengisi daya; ponsel SMS sebaiknya selalu terisi",
        )


def _near(host: str) -> bool:
    """In the building: a private address, or a name without dots."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan"))
