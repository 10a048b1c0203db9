"""The queue that a configuration asks for."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from pipeline.errors import UserError
from pipeline.queue import LOST_AFTER, QUEUE
from pipeline.redisqueue import connect
from simulator.net import free_port
from simulator.redis import RedisServer
from tanggap.broker import Queue, open_queue
from tanggap.settings import Settings
from tests.tanggap.test_runtime import keep, process, ready, unrecorded


@pytest.fixture
def settings() -> Settings:
    return Settings()


def configured(url: str) -> Settings:
    return Settings.model_validate({"queue": {"redis_url": url}})


def waits(queue: Queue) -> int:
    return int(queue.broker.queues[QUEUE].qsize())


def test_without_redis_a_process_wakes_its_own_stages_or_nobody() -> None:
    for hears, woken in ((True, 1), (False, 0)):
        queue = open_queue(Settings(), hears=hears)
        queue.broker.declare_queue(QUEUE)
        queue.wake("record")
        assert (waits(queue), queue.link) == (woken, None)


def test_with_redis_those_with_stages_wake_themselves_first() -> None:
    queue = open_queue(configured(f"redis://127.0.0.1:{free_port()}/0"), hears=True)
    queue.broker.declare_queue(QUEUE)
    queue.wake("record")
    assert waits(queue) == 1
    assert queue.link is not None


@pytest.mark.parametrize(
    "url",
    ["rahasia", "http://:rahasia@127.0.0.1/0", "redis://:p/rahasia@127.0.0.1:x1/0"],
)
def test_an_unusable_address_is_said_without_its_password(url: str) -> None:
    with pytest.raises(UserError, match=r"\[queue\] redis_url tidak dapat dipakai") as caught:
        open_queue(configured(url), hears=True)
    assert "rahasia" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_redis_is_not_even_imported_where_it_is_not_configured() -> None:
    look = "import sys, tanggap.runtime; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0


@contextmanager
def running(queue: Queue) -> Iterator[Queue]:
    assert queue.link is not None
    thread = Thread(target=queue.link.run)
    thread.start()
    try:
        yield queue
    finally:
        queue.link.stop()
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.redis
def test_a_poller_is_heard_in_the_process_that_records(settings: Settings) -> None:
    with RedisServer(password="rahasia") as server:
        url = {"TANGGAP_QUEUE__REDIS_URL": server.url}
        with process(settings.data, "work", **url) as working, connect(server.url) as client:
            ready(working)
            keep(settings)
            with running(open_queue(configured(server.url), hears=False)) as poller:
                poller.wake("record")
            # Sooner than the mark would have gone by itself.
            assert poll(lambda: not client.exists("tanggap:mark:record"), LOST_AFTER / 2)
            assert poll(lambda: not unrecorded(settings))


def test_what_waits_is_recorded_although_redis_is_dead_for_good(settings: Settings) -> None:
    url = f"redis://:kata-sandi-rahasia@127.0.0.1:{free_port()}/0"
    with process(settings.data, "work", TANGGAP_QUEUE__REDIS_URL=url) as working:
        ready(working)
        keep(settings)
        assert poll(lambda: not unrecorded(settings))
        working.terminate()
        assert working.wait(20) == 0
        assert working.stderr is not None
        said = working.stderr.read()
    assert said.count("queue.redis-away") == 1
    assert "Traceback" not in said
    assert "rahasia" not in said


def poll(until: Callable[[], bool], timeout: float = 30.0) -> bool:
    end = time.monotonic() + timeout
    while not until():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
