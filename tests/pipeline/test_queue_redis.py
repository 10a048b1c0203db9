"""Wake-ups over a real Redis: quick while it lives, and needed by nobody when it does not."""

import logging
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime

import pytest
from dramatiq import Message, Worker
from redis import Redis
from structlog.testing import capture_logs

from pipeline.jobs import Jobs
from pipeline.ports import Context, DeskSettings
from pipeline.queue import QUEUE, EmbeddedBroker, QueueWake
from pipeline.redisqueue import MOST, NAMESPACE, Caller, Ear, RedisMarks, RedisQueue, connect
from pipeline.sweep import Sweeper
from simulator.net import LoopbackServer, free_port
from simulator.redis import RedisServer
from tests.engines import open_store

pytestmark = pytest.mark.redis
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SECRET = "kata-sandi-rahasia"


class Ran:
    """A stage that counts its runs; a test can wait for the next ones."""

    def __init__(self) -> None:
        self.times = 0
        self._changed = threading.Condition()

    def __call__(self, _ctx: Context) -> None:
        with self._changed:
            self.times += 1
            self._changed.notify_all()

    @contextmanager
    def runs(self, times: int = 1) -> Iterator[None]:
        """It must run so often from the beginning of the block on; waits at its end."""
        with self._changed:
            before = self.times
        yield
        with self._changed:
            assert self._changed.wait_for(lambda: self.times >= before + times, 20)


Work = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer(password=SECRET) as running:
        yield running


@pytest.fixture
def client(server: RedisServer) -> Iterator["Redis"]:
    with connect(server.url) as asking:
        yield asking


@contextmanager
def thread(link: Caller | Ear | Sweeper) -> Iterator[None]:
    running = threading.Thread(target=link.run)
    running.start()
    try:
        yield
    finally:
        link.stop()
        running.join(20)
        assert not running.is_alive()


@contextmanager
def caller(url: str) -> Iterator[Caller]:
    """The wake of a process without stages."""
    client = connect(url)
    with client:
        it = Caller(QueueWake(RedisQueue(client), RedisMarks(client)))
        with thread(it):
            yield it


@contextmanager
def working(
    url: str, tmp_path_factory: pytest.TempPathFactory, *, period: float = 3600.0, **stages: Ran
) -> Iterator[None]:
    """A process with these stages, as `tanggap work` puts it together."""
    broker = EmbeddedBroker()
    own = QueueWake(broker)
    folder = tmp_path_factory.mktemp("desk")
    store = open_store(folder)
    ctx = Context(
        store=store,
        clock=lambda: NOW,
        wake=own,
        settings=DeskSettings(),
        offices={},
        chat=None,
        holder="test",
    )
    sweeper = Sweeper(tuple(stages), own, lambda: NOW, period=period)
    Jobs(broker, own, stages, ctx, sweeper.at)
    worker = Worker(broker, worker_threads=len(stages), worker_timeout=50)
    worker.start()
    client = connect(url)
    remote = RedisQueue(client)
    calls = QueueWake(remote, RedisMarks(client))
    with ExitStack() as stack:
        stack.callback(store.close)
        stack.enter_context(client)
        stack.callback(lambda: worker.stop(timeout=10_000))
        stack.enter_context(thread(Ear(remote, calls, own, broker.get_declared_actors)))
        stack.enter_context(thread(sweeper))
        yield


@pytest.fixture
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    return lambda url, **given: working(url, tmp_path_factory, **given)


def waiting(client: "Redis") -> int:
    return int(client.llen(f"{NAMESPACE}:{QUEUE}"))


def process(what: str, url: str) -> "subprocess.Popen[str]":
    run = [sys.executable, "-m", "tests.pipeline.redis_worker", what, url]
    return subprocess.Popen(run, stdout=subprocess.PIPE, text=True)


def poll(until: Callable[[], bool], timeout: float = 20.0) -> bool:
    end = time.monotonic() + timeout
    while not until():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_a_call_runs_the_stage_in_another_process_at_once(server: RedisServer, work: Work) -> None:
    record, post = Ran(), Ran()
    with work(server.url, record=record, post=post), caller(server.url) as wake:
        assert poll(lambda: record.times == 1 and post.times == 1)  # the sweep at the start
        for _ in range(2):
            with record.runs():
                wake("record")
        assert post.times == 1


def test_at_most_one_wake_up_is_outstanding_over_all_processes(
    server: RedisServer, client: "Redis"
) -> None:
    callers = [process("call", server.url) for _ in range(2)]
    got = [int(one.communicate(timeout=60)[0]) for one in callers]
    assert [one.returncode for one in callers] == [0, 0]
    assert sum(got) == 1
    assert waiting(client) == 1


def test_a_wake_up_that_got_lost_silences_the_stage_for_a_while_only(
    server: RedisServer, client: "Redis"
) -> None:
    wake = QueueWake(RedisQueue(client), RedisMarks(client, lost_after=0.3))
    wake.send("record")
    client.delete(f"{NAMESPACE}:{QUEUE}")
    wake.send("record")
    assert waiting(client) == 0

    def again() -> bool:
        wake.send("record")
        return waiting(client) == 1

    assert poll(again)


def test_a_flush_loses_nothing(server: RedisServer, work: Work) -> None:
    record = Ran()
    with work(server.url, record=record, period=0.2), caller(server.url) as wake:
        with record.runs():
            for _ in range(20):
                wake("record")
                server.flush()
        with record.runs():
            pass  # the sweeper's
    record = Ran()
    with work(server.url, record=record), caller(server.url) as wake:
        assert poll(lambda: record.times == 1)
        server.flush()
        with record.runs():
            wake("record")


def test_it_goes_on_after_a_restart(server: RedisServer, work: Work) -> None:
    record = Ran()
    with work(server.url, record=record), caller(server.url) as wake:
        assert poll(lambda: record.times == 1)  # the sweep at the start, and no other
        server.crash()
        with record.runs():
            wake("record")  # noted, and told when Redis is back
            server.start()


def test_nothing_waits_for_one_who_was_killed_with_a_wake_up_in_his_hands(
    server: RedisServer, client: "Redis", work: Work
) -> None:
    killed = process("hear", server.url)
    QueueWake(RedisQueue(client), RedisMarks(client)).send("record")
    assert killed.stdout is not None
    assert killed.stdout.readline().strip() == "record"
    killed.kill()
    killed.communicate(timeout=20)
    # dramatiq would give it back after a minute; the mark still stands.
    assert (waiting(client), client.exists(f"{NAMESPACE}:mark:record")) == (0, 1)
    record = Ran()
    with work(server.url, record=record, period=0.2), record.runs(3):
        pass


def test_a_redis_that_is_dead_for_good_is_not_missed(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"redis://:{SECRET}@127.0.0.1:{free_port()}/0"
    record = Ran()
    quiet = caplog.at_level(logging.INFO)
    with capture_logs() as logs, quiet, work(url, record=record, period=0.2), caller(url) as wake:
        began = time.monotonic()
        for _ in range(1000):
            wake("record")
        assert time.monotonic() - began < 1.0
        busy = time.process_time()
        with record.runs(30):
            pass
        assert time.process_time() - busy < 3.0  # of six seconds and more
    away = [entry for entry in logs if entry["event"] == "queue.redis-away"]
    assert [entry["error"] for entry in away] == ["ConnectionError"] * 2  # one each, not one a try
    assert logs == away
    assert SECRET not in str(logs) + caplog.text
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


NONSENSE = [b"", b"-ERR no\r\n", b"+OK\r\n", b"*1\r\n$3\r\nabc\r\n", b"%%%\r\n"]


@pytest.mark.parametrize("says", NONSENSE)
def test_neither_is_one_that_says_nothing_or_nonsense(says: bytes, work: Work) -> None:
    class Nonsense(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while self.request.recv(4096):
                if says:
                    self.request.sendall(says)

    server = LoopbackServer(Nonsense)
    server.begin()
    record = Ran()
    try:
        url = f"redis://127.0.0.1:{server.port}/0"
        with capture_logs(), work(url, record=record, period=0.2), caller(url) as wake:
            began = time.monotonic()
            wake("record")
            assert time.monotonic() - began < 1.0
            with record.runs(10):
                pass
    finally:
        server.end()


def test_a_wrong_password_is_said_without_the_password(server: RedisServer, work: Work) -> None:
    url = f"redis://:salah-{SECRET}@127.0.0.1:{server.port}/0"
    with capture_logs() as logs, work(url, record=Ran()), caller(url) as wake:
        wake("record")
        assert poll(lambda: len(logs) == 2)
    assert [entry["error"] for entry in logs] == ["AuthenticationError"] * 2
    assert SECRET not in str(logs)


def test_a_stage_that_is_not_known_here_is_let_go(
    server: RedisServer, client: "Redis", work: Work
) -> None:
    record = Ran()
    with work(server.url, record=record), caller(server.url) as wake:
        wake("a-later-version")
        assert poll(lambda: not client.exists(f"{NAMESPACE}:{QUEUE}.msgs"))
        with record.runs():
            wake("record")
    assert not client.exists(f"{NAMESPACE}:{QUEUE}.XQ")


def test_what_nobody_hears_does_not_pile_up(server: RedisServer, client: "Redis") -> None:
    broker = RedisQueue(client)
    for _ in range(3 * MOST):
        broker.enqueue(
            Message(queue_name=QUEUE, actor_name="record", args=(), kwargs={}, options={})
        )
        assert waiting(client) <= MOST + 1
    assert client.hlen(f"{NAMESPACE}:{QUEUE}.msgs") <= MOST + 1
    assert broker.middleware == []


def test_stopping_needs_no_redis() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with capture_logs(), caller(url) as wake:
            wake("record")
            began = time.monotonic()
        assert time.monotonic() - began < 5.0
