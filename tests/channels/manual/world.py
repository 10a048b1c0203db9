"""Work by hand needs no gateway."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from channels.manual import ManualChannel
from tests.channels.contract import World


@contextmanager
def open_world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield World(channel=ManualChannel(), unplugged=ManualChannel())
