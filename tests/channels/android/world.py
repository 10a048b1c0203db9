"""The Android gateway for the contract: a phone on loopback, and its absence."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from channels.android import inbox
from simulator.android import AndroidDouble
from simulator.faults import DROP_AFTER_COMMIT, TooMany
from simulator.net import free_port
from tests.channels.android import phone
from tests.channels.contract import World
from tests.channels.world import NOW


@contextmanager
def open_world(request: pytest.FixtureRequest) -> Iterator[World]:
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    patch.setattr(inbox, "BATCH", 3)
    patch.setattr(inbox, "PAGE", 4)
    with AndroidDouble(clock=lambda: NOW) as double:
        citizen, numbers = double.citizen(phone.CITIZEN), count()
        living = phone.channel(double)
        yield World(
            channel=living,
            unplugged=phone.channel(double, base_url=f"http://127.0.0.1:{free_port()}"),
            locked_out=phone.channel(double, password="s4lah"),
            secrets=(double.password, "s4lah", phone.CITIZEN, phone.CITIZEN[3:], phone.TEXT),
            arrive=lambda many: [citizen.says(f"Keluhan {next(numbers)}") for _ in range(many)],
            reply=phone.reply(living),
            taken=lambda: len(double.messages()),
            drop=lambda: double.faults.add(DROP_AFTER_COMMIT, method="messages.create"),
            throttle_poll=lambda: double.faults.add(TooMany(30), method="inbox.list"),
            throttle_send=lambda: double.faults.add(TooMany(30), method="messages.create"),
            lacks={"withdraw": "an SMS cannot be taken back"},
        )
