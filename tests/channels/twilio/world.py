"""Twilio for the contract: a double on loopback, asked by the real SDK, and its absence."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from channels.message import Delivery, OutboundReply, RouteKind
from channels.twilio import polling
from channels.twilio.adapter import TwilioChannel
from channels.twilio.client import RequestLog
from channels.twilio.config import TwilioConfig
from simulator.faults import DROP_AFTER_COMMIT, TooMany
from simulator.net import free_port
from simulator.twilio import TwilioDouble
from tests.channels.contract import World
from tests.channels.world import NOW

CITIZEN = "+6281234500001"
HOTLINE = "+62811000110"
TEXT = "Obat sudah tersedia, silakan datang.\n\n(ADU-2026-0042/2)"
HOOK = "https://puskesmas.example/kait/twilio"


def config(double: TwilioDouble, **changed: Any) -> TwilioConfig:
    fields: dict[str, Any] = {
        "name": "wa",
        "account_sid": double.account,
        "auth_token": double.token,
        "whatsapp": HOTLINE,
        "sms": HOTLINE,
        "base_url": double.url,
        "timeout": 10.0,
    }
    return TwilioConfig(**(fields | changed))


def channel(
    double: TwilioDouble,
    clock: Callable[[], datetime] = lambda: NOW,
    request_log: RequestLog | None = None,
    **changed: Any,
) -> TwilioChannel:
    return TwilioChannel(config(double, **changed), clock=clock, request_log=request_log)


def part(**changed: Any) -> OutboundReply:
    fields: dict[str, Any] = {
        "part": 7,
        "route": RouteKind.PRIVATE,
        "recipient": f"whatsapp:{CITIZEN}",
        "text": TEXT,
        "since": NOW,
    }
    return OutboundReply(**(fields | changed))


@contextmanager
def open_world(request: pytest.FixtureRequest) -> Iterator[World]:
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    patch.setattr(polling, "BATCH", 3)
    with TwilioDouble(clock=lambda: NOW) as double:
        citizen = double.citizen(CITIZEN)
        citizen.says("Selamat pagi", at=NOW - timedelta(hours=1), listed=False)
        with (
            closing(channel(double)) as living,
            closing(channel(double, base_url=f"http://127.0.0.1:{free_port()}")) as unplugged,
            closing(channel(double, auth_token="s4lah")) as locked_out,
        ):
            yield World(
                channel=living,
                unplugged=unplugged,
                locked_out=locked_out,
                secrets=(double.token, "s4lah", double.account, CITIZEN, CITIZEN[3:], TEXT),
                arrive=lambda number: [citizen.says(f"Keluhan {n}") for n in range(number)],
                reply=part(),
                taken=lambda: len(double.messages()),
                drop=lambda: double.faults.add(DROP_AFTER_COMMIT, method="messages.create"),
                throttle_poll=lambda: double.faults.add(TooMany(30), method="messages.list"),
                throttle_send=lambda: double.faults.add(TooMany(30), method="messages.create"),
                lacks={"withdraw": "Twilio does not tell that a message was taken back"},
            )


def delivery(raw: bytes, key: str = "SM1", **meta: str) -> Delivery:
    return Delivery(
        account="wa",
        stream="whatsapp",
        transport_id=key,
        received_at=NOW,
        raw=raw,
        size=len(raw),
        meta={"medium": "whatsapp", **meta},
    )
