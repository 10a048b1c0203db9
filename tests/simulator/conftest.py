"""A world on loopback whose clock only moves when a test moves it."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.faults import FaultPlan
from simulator.journal import Journal
from simulator.telegram import Group, Person, Telegram


class StillClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Desk:
    """A Telegram double, one group with the bot in it, one person who pressed Start."""

    telegram: Telegram
    clock: StillClock
    group: Group
    ani: Person

    def call(self, method: str, token: str = "", /, **params: Any) -> tuple[int, dict[str, Any]]:
        """One raw call of the Bot API with a JSON body: status and answer."""
        return post(self.telegram, f"/bot{token or self.telegram.token}/{method}", params)

    def ok(self, method: str, /, **params: Any) -> Any:
        """The result of a call that must succeed."""
        status, answer = self.call(method, **params)
        assert status == 200, answer
        return answer["result"]


def post(telegram: Telegram, path: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    host = telegram.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=20)
    try:
        kind = {"Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(params), kind)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def faults() -> FaultPlan:
    return FaultPlan()


@pytest.fixture
def journal(clock: StillClock) -> Journal:
    return Journal(clock)


@pytest.fixture
def telegram(journal: Journal, faults: FaultPlan, clock: StillClock) -> Iterator[Telegram]:
    with Telegram(journal, faults, clock=clock) as double:
        yield double


@pytest.fixture
def desk(telegram: Telegram, clock: StillClock) -> Desk:
    ani = telegram.world.user(501, "Ani")
    ani.start()
    group = telegram.world.group("Tim Aduan", [ani], bot=True)
    telegram.world.updates.clear()
    return Desk(telegram, clock, group, ani)
