"""Whatever arrives and whoever is killed in between: every SMS is committed, and once."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count, islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.base import Polls
from simulator.android import AndroidDouble
from tests.channels.android import phone
from tests.channels.contract import Committed
from tests.channels.gammu import files
from tests.channels.world import NOW

STEPS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), min_size=1, max_size=8
)
"""Each: so many arrive; a poll of which so many batches are committed; one more dies in hand."""
Gateway = tuple[Callable[[], Polls], Callable[[int], object]]
"""A channel as a process that has just begun makes it, and how one more SMS arrives."""


@contextmanager
def gammu() -> Iterator[Gateway]:
    with tempfile.TemporaryDirectory() as folder:
        path = files.spool(Path(folder))
        yield lambda: files.channel(path), lambda number: files.sms(path, number)


@contextmanager
def android() -> Iterator[Gateway]:
    with AndroidDouble(clock=lambda: NOW) as double:
        citizen = double.citizen(phone.CITIZEN)
        yield lambda: phone.channel(double), lambda number: citizen.says(f"Keluhan {number}")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.gammu.inbox.BATCH", 2)
    monkeypatch.setattr("channels.android.inbox.BATCH", 2)
    monkeypatch.setattr("channels.android.inbox.PAGE", 3)


@pytest.mark.parametrize("gateway", [gammu, android])
def test_nothing_is_lost_and_nothing_doubled(
    gateway: Callable[[], AbstractContextManager[Gateway]], tmp_path: Path
) -> None:
    @settings(max_examples=25, deadline=None)
    @given(steps=STEPS)
    def run(steps: list[tuple[int, int, bool]]) -> None:
        with gateway() as (make, arrive):
            desk, numbers = Committed(tmp_path), count()
            for arriving, committing, dies in steps:
                for number in islice(numbers, arriving):
                    arrive(number)
                batches = make().poll(desk.state())
                for batch in islice(batches, committing):
                    desk.commit(batch)
                if dies:
                    next(batches, None)
            desk.poll(make())
            desk.poll(make())
            assert len(desk.keys) == len(set(desk.keys)) == next(numbers)

    run()
