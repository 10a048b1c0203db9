"""Stages that take what is due out of a list, standing for the database."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dramatiq import Worker
from structlog.testing import capture_logs

from pipeline.jobs import Jobs, Stage
from pipeline.ports import Context, DeskSettings
from pipeline.queue import EmbeddedBroker, LocalMarks, QueueWake
from pipeline.sweep import Sweeper
from tests.engines import open_store

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class Queue:
    """Everything between a wake-up and a stage."""

    def __init__(self, ctx: Callable[[QueueWake], Context], **stages: Stage) -> None:
        self.broker = EmbeddedBroker()
        self.wake = QueueWake(self.broker, LocalMarks(lost_after=0.2))
        self.later: list[tuple[str, datetime]] = []
        self.jobs = Jobs(
            self.broker,
            self.wake,
            stages,
            ctx(self.wake),
            lambda name, when: self.later.append((name, when)),
        )

    @contextmanager
    def working(self) -> Iterator[None]:
        worker = Worker(self.broker, worker_threads=4, worker_timeout=10)
        worker.start()
        try:
            yield
        finally:
            worker.stop(timeout=10_000)


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Callable[[QueueWake], Context]]:
    store = open_store(tmp_path)
    yield lambda wake: Context(
        store=store,
        clock=lambda: NOW,
        wake=wake,
        settings=DeskSettings(),
        offices={},
        chat=None,
        holder="test",
    )
    store.close()


def test_a_stage_goes_on_until_nothing_is_due(ctx: Callable[[QueueWake], Context]) -> None:
    due, done = [1, 2, 3, 4, 5], threading.Event()

    def record(given: Context) -> datetime | None:
        due.pop()
        if not due:
            done.set()
            return None
        return given.clock()

    queue = Queue(ctx, record=record)
    with queue.working():
        queue.wake("record")
        assert done.wait(10)
    assert (due, queue.later) == ([], [])


def test_what_is_due_later_goes_to_the_timer(ctx: Callable[[QueueWake], Context]) -> None:
    queue = Queue(ctx, reply=lambda given: given.clock() + timedelta(seconds=60))
    queue.jobs.run("reply")
    assert queue.later == [("reply", NOW + timedelta(seconds=60))]
    assert sum(box.qsize() for box in queue.broker.queues.values()) == 0


def test_a_stage_runs_once_at_a_time_and_looks_again_for_whoever_came_meanwhile(
    ctx: Callable[[QueueWake], Context],
) -> None:
    inside, go_on, twice = threading.Event(), threading.Event(), threading.Event()
    running = most = runs = 0

    def record(_given: Context) -> datetime | None:
        nonlocal running, most, runs
        running += 1
        most = max(most, running)
        inside.set()
        go_on.wait(10)
        running -= 1
        runs += 1
        if runs == 2:
            twice.set()
        return None

    queue = Queue(ctx, record=record)
    with queue.working():
        queue.wake("record")
        assert inside.wait(10)
        queue.jobs.run("record")  # a second actor finds it running, and leaves
        assert (most, runs) == (1, 0)
        go_on.set()
        assert twice.wait(10)
    assert (most, runs) == (1, 2)


def test_an_error_costs_one_run_and_its_words_stay_out_of_the_log(
    ctx: Callable[[QueueWake], Context],
) -> None:
    def record(_given: Context) -> datetime | None:
        raise ValueError("nama warga")

    queue = Queue(ctx, record=record)
    with capture_logs() as logs:
        queue.jobs.run("record")
        queue.jobs.run("record")
    assert [(entry["event"], entry["error"]) for entry in logs] == [
        ("job.failed", "ValueError")
    ] * 2
    assert "test_jobs.py" in logs[0]["at"]
    assert "nama warga" not in str(logs)


def test_a_slow_stage_keeps_no_other_waiting(ctx: Callable[[QueueWake], Context]) -> None:
    go_on, posted = threading.Event(), threading.Event()

    def reply(_given: Context) -> datetime | None:
        go_on.wait(10)
        return None

    def post(_given: Context) -> datetime | None:
        posted.set()
        return None

    queue = Queue(ctx, reply=reply, post=post)
    with queue.working():
        queue.wake("reply")
        queue.wake("post")
        assert posted.wait(10)
        go_on.set()


def test_losing_the_whole_queue_loses_nothing(ctx: Callable[[QueueWake], Context]) -> None:
    due, done = ["a", "b"], threading.Event()

    def record(given: Context) -> datetime | None:
        due.pop()
        done.set() if not due else None
        return given.clock() if due else None

    queue = Queue(ctx, record=record)
    queue.wake("record")
    queue.broker.flush_all()
    sweeper = Sweeper(["record"], queue.wake, lambda: NOW, period=0.05)
    thread = threading.Thread(target=sweeper.run)
    with queue.working():
        thread.start()
        assert done.wait(10)
        sweeper.stop()
        thread.join(10)
    assert due == []
