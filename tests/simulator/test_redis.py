"""The real Redis starts, forgets everything when it is killed, and leaves nothing behind."""

import os
from collections.abc import Iterator

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from simulator.redis import RedisServer

pytestmark = pytest.mark.redis


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer(password="rahasia") as running:
        yield running


def client(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), decode_responses=True)


def test_a_flush_loses_everything(server: RedisServer) -> None:
    with client(server.url) as asking:
        asking.set("kept", "1")
        assert asking.get("kept") == "1"
        server.flush()
        assert asking.get("kept") is None


def test_killed_and_restarted_it_is_empty(server: RedisServer) -> None:
    with client(server.url) as asking:
        asking.set("kept", "1")
        server.crash()
        with pytest.raises(redis.ConnectionError):
            asking.get("kept")
        server.start()
        assert asking.get("kept") is None
        asking.set("kept", "1")
        server.restart()
    with client(server.url) as asking:
        assert asking.get("kept") is None


def test_it_asks_for_its_password(server: RedisServer) -> None:
    with (
        client(f"redis://127.0.0.1:{server.port}/0") as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_nothing_is_left_of_it() -> None:
    with RedisServer() as running:
        pid, folder = running.pid, running.folder
        assert " is starting" in running.log()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not folder.exists()
