from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from channels.twilio.adapter import TwilioChannel
from simulator.twilio import Content, TwilioDouble
from tests.channels.twilio.desk import Desk
from tests.channels.twilio.world import CITIZEN, channel
from tests.channels.world import NOW
from tests.doubles import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def twilio(clock: ManualClock) -> Iterator[TwilioDouble]:
    with TwilioDouble(clock=clock) as double:
        double.citizen(CITIZEN).says("Selamat pagi", listed=False)  # opens the window
        yield double


@pytest.fixture
def living(twilio: TwilioDouble, clock: ManualClock) -> Iterator[TwilioChannel]:
    with closing(channel(twilio, clock)) as made:
        yield made


@pytest.fixture
def template(twilio: TwilioDouble) -> Content:
    return twilio.world.content("tanggapan", "Tanggapan {{1}} siap, balas LIHAT")


@pytest.fixture
def desk(tmp_path: Path, clock: ManualClock) -> Desk:
    return Desk(tmp_path, clock)
