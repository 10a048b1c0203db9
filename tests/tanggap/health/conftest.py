import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pipeline.meter import StageMeter
from tanggap.health.monitor import Signs


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """Set at the end at the latest."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def signs() -> Signs:
    """A process whose sweeper turned a moment ago, always."""
    return Signs(meter=StageMeter(), sweeper_turned=time.monotonic)


Start = Callable[[Callable[[], None]], threading.Thread]


@pytest.fixture
def start(stop: threading.Event) -> Iterator[Start]:
    """Runs something in a thread that is ended with the test."""
    threads: list[threading.Thread] = []

    def begin(work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, daemon=True)
        threads.append(thread)
        thread.start()
        return thread

    yield begin
    stop.set()
    for thread in threads:
        thread.join(15)
        assert not thread.is_alive()
