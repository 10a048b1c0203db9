"""A channel before the phone on loopback."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from channels.android.adapter import AndroidChannel
from channels.android.client import RequestLog
from channels.android.config import AndroidConfig
from channels.message import OutboundReply, RouteKind
from simulator.android import AndroidDouble
from tests.channels.world import NOW

CITIZEN = "+6281234500001"
TEXT = "Loket sudah ditambah. (ADU-2026-0042)"


def config(double: AndroidDouble, **changed: Any) -> AndroidConfig:
    fields: dict[str, Any] = {
        "name": "hp",
        "base_url": double.url,
        "user": double.user,
        "password": double.password,
        "number": double.phone.number,
        "timeout": 10.0,
    }
    return AndroidConfig(**(fields | changed))


def channel(
    double: AndroidDouble,
    *,
    key: bytes = b"kunci-uji",
    clock: Callable[[], datetime] = lambda: NOW,
    request_log: RequestLog | None = None,
    **changed: Any,
) -> AndroidChannel:
    return AndroidChannel(config(double, **changed), key=key, clock=clock, request_log=request_log)


def reply(channel: AndroidChannel, number: int = 7, **changed: Any) -> OutboundReply:
    fields: dict[str, Any] = {
        "part": number,
        "route": RouteKind.PRIVATE,
        "recipient": CITIZEN,
        "text": TEXT,
        "external_id": channel.external_id(number),
    }
    return OutboundReply(**(fields | changed))
