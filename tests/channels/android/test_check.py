"""The doctor names what is wrong with the phone, and the cure."""

from collections.abc import Iterator
from typing import Any

import pytest

from channels.android.check import check
from channels.android.client import AndroidClient
from channels.base import Finding
from simulator.android import AndroidDouble
from simulator.faults import Refuse
from simulator.net import free_port
from tests.channels.android import phone


@pytest.fixture
def double() -> Iterator[AndroidDouble]:
    with AndroidDouble() as running:
        yield running


def ills(double: AndroidDouble, **changed: Any) -> list[str]:
    found: tuple[Finding, ...] = tuple(phone.channel(double, **changed).check())
    assert all(finding.fix for finding in found if not finding.ok)
    return [f"{finding.what}; {finding.fix}" for finding in found if not finding.ok]


def test_all_is_well(double: AndroidDouble) -> None:
    assert ills(double) == []
    assert double.messages() == ()


@pytest.mark.parametrize("level", [20, 5])
def test_the_battery_is_low(double: AndroidDouble, level: int) -> None:
    double.phone.battery = level
    [ill] = ills(double)
    assert f"{level}%" in ill


def test_an_app_that_says_nothing_of_its_health(double: AndroidDouble) -> None:
    double.faults.add(Refuse(404), method="health")
    assert ills(double) == []


def test_the_password_is_wrong(double: AndroidDouble) -> None:
    [ill] = ills(double, password="s4lah")
    assert "password" in ill
    assert "s4lah" not in ill


def test_the_app_is_old(double: AndroidDouble) -> None:
    double.old = True
    [ill] = ills(double)
    assert "1.59" in ill


def test_the_phone_is_off(double: AndroidDouble) -> None:
    [ill] = ills(double, base_url=f"http://127.0.0.1:{free_port()}")
    assert "WiFi" in ill


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://192.168.1.20:8080", True),
        ("http://hp-sms:8080", True),
        ("http://hp-sms.local:8080", True),
        ("https://sms.puskesmas.example", True),
        ("http://sms.puskesmas.example", False),
        ("http://8.8.8.8:8080", False),
    ],
)
def test_a_password_does_not_cross_the_internet(
    double: AndroidDouble, url: str, near: bool
) -> None:
    client = AndroidClient(phone.config(double), None)
    found = check(phone.config(double, base_url=url), client)
    assert any("enkripsi" in finding.what for finding in found) != near
