import threading
from typing import Any

import pytest
from dramatiq import Message, Worker
from structlog.testing import capture_logs

from pipeline.meter import WAKE_FAILURES
from pipeline.queue import QUEUE, EmbeddedBroker, LocalMarks, QueueWake


class Broken(EmbeddedBroker):
    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        raise ConnectionError("redis://user:rahasia@host")


@pytest.fixture
def broker() -> EmbeddedBroker:
    broker = EmbeddedBroker()
    broker.declare_queue(QUEUE)
    return broker


def waiting(broker: EmbeddedBroker) -> int:
    return int(broker.queues[QUEUE].qsize())


def test_at_most_one_wake_up_is_outstanding_a_stage(broker: EmbeddedBroker) -> None:
    wake = QueueWake(broker)
    for _ in range(50):
        wake("record")
        wake("post")
    assert waiting(broker) == 2


def test_it_is_so_from_many_threads_too(broker: EmbeddedBroker) -> None:
    wake = QueueWake(broker)
    begin = threading.Barrier(8)

    def shout() -> None:
        begin.wait(10)
        for _ in range(200):
            wake("record")

    threads = [threading.Thread(target=shout) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert waiting(broker) == 1


def test_a_stage_that_started_can_be_woken_again(broker: EmbeddedBroker) -> None:
    wake = QueueWake(broker)
    wake("record")
    wake.started("record")
    wake("record")
    assert waiting(broker) == 2


def test_a_wake_up_that_got_lost_does_not_silence_the_stage(broker: EmbeddedBroker) -> None:
    now = 100.0
    wake = QueueWake(broker, LocalMarks(lost_after=10.0, monotonic=lambda: now))
    wake("record")
    broker.flush_all()
    now += 9
    wake("record")
    assert waiting(broker) == 0
    now += 2
    wake("record")
    assert waiting(broker) == 1


def test_waking_never_raises_and_a_failed_one_is_no_mark() -> None:
    wake = QueueWake(Broken())
    before = WAKE_FAILURES.count
    with capture_logs() as logs:
        wake("record")
        wake("record")
    assert [entry["event"] for entry in logs] == ["queue.wake-failed"] * 2
    assert "rahasia" not in str(logs)
    assert WAKE_FAILURES.count == before + 2


def test_dead_letters_do_not_pile_up(broker: EmbeddedBroker) -> None:
    worker = Worker(broker, worker_threads=1, worker_timeout=10)
    worker.start()
    try:
        for _ in range(100):
            broker.enqueue(
                Message(queue_name=QUEUE, actor_name="unknown", args=(), kwargs={}, options={})
            )
        broker.join(QUEUE, timeout=10_000, fail_fast=False)
    finally:
        worker.stop()
    assert len(broker.dead_letters) == 20


def test_no_middleware_has_a_second_opinion(broker: EmbeddedBroker) -> None:
    assert broker.middleware == []
