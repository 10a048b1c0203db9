"""What the real app refuses, the Android double refuses."""

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.android import AndroidDouble
from simulator.faults import FaultPlan
from simulator.journal import Journal
from tests.simulator.android_phone import ANI, ask, inbox, send
from tests.simulator.conftest import StillClock


@pytest.fixture
def android(journal: Journal, faults: FaultPlan, clock: StillClock) -> Iterator[AndroidDouble]:
    with AndroidDouble(journal, faults, clock=clock) as double:
        yield double


@pytest.mark.parametrize(
    "fields",
    [
        {"textMessage": {"text": ""}},
        {"textMessage": None},
        {"textMessage": {"text": "a", "other": 1}},
        {"textMessage": {"text": "a" * 65536}},
        {"phoneNumbers": []},
        {"phoneNumbers": [ANI] * 101},
        {"simNumber": 0},
        {"simNumber": 4},
        {"ttl": 4},
        {"ttl": 60, "validUntil": "2026-12-01T00:00:00Z"},
        {"validUntil": "besok"},
        {"validUntil": "2020-01-01T00:00:00Z"},
        {"id": "x" * 37},
        {"id": ""},
        {"priority": 128},
        {"withDeliveryReport": "ya"},
        {"deviceId": "another"},
        {"colour": "red"},
    ],
)
def test_what_the_app_refuses(android: AndroidDouble, fields: dict[str, Any]) -> None:
    status, answer = send(android, **fields)
    assert status == 400
    assert set(answer) == {"message"}
    assert android.messages() == ()


def test_the_same_number_twice_meets_itself(android: AndroidDouble) -> None:
    assert send(android, phoneNumbers=[ANI, ANI])[0] == 409


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 501},
        {"offset": -1},
        {"type": "EMAIL"},
        {"from": "2026-11-25T02:13:00.123456+00:00"},
        {"from": "2026-11-25T02:13:00"},
        {"to": "2026-11-25"},
        {"from": "2026-11-25T02:13:00Z", "to": "2026-11-25T02:12:00Z"},
        {"deviceId": "another"},
        {"since": "2026-11-25T02:13:00Z"},
    ],
)
def test_what_the_inbox_refuses(android: AndroidDouble, params: dict[str, Any]) -> None:
    assert inbox(android, **params)[0] == 400


def test_keys_are_asked_for_except_for_health(android: AndroidDouble, journal: Journal) -> None:
    status, _, headers = ask(android, "GET", "/inbox", password="wrong")
    assert status == 401
    assert headers["www-authenticate"].startswith("Basic ")
    assert ask(android, "GET", "/health", password="wrong")[0] == 200
    assert "wrong" not in repr(journal.entries())
