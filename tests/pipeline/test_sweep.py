import threading
import time
from datetime import UTC, datetime, timedelta

from structlog.testing import capture_logs

from pipeline.sweep import Sweeper

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class Woken:
    """Remembers who was woken; a test can wait for it."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self._changed = threading.Condition()

    def __call__(self, stage: str) -> None:
        with self._changed:
            self.stages.append(stage)
            self._changed.notify_all()

    def wait_for(self, stage: str, times: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.stages.count(stage) >= times, 10)


def in_thread(sweeper: Sweeper) -> threading.Thread:
    thread = threading.Thread(target=sweeper.run)
    thread.start()
    return thread


def test_every_stage_is_woken_at_once_and_then_again_and_again() -> None:
    woken = Woken()
    sweeper = Sweeper(["record", "post"], woken, lambda: NOW, period=0.02)
    thread = in_thread(sweeper)
    assert woken.wait_for("post", 3)
    sweeper.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert woken.stages[:4] == ["record", "post", "record", "post"]


def test_the_timer_wakes_a_stage_before_the_next_sweep() -> None:
    woken = Woken()
    sweeper = Sweeper(["reply"], woken, lambda: datetime.now(UTC), period=3600)
    thread = in_thread(sweeper)
    assert woken.wait_for("reply", 1)
    sweeper.at("reply", datetime.now(UTC) + timedelta(seconds=3600))
    sweeper.at("reply", datetime.now(UTC) + timedelta(milliseconds=50))
    assert woken.wait_for("reply", 2)
    sweeper.stop()
    thread.join(10)
    assert woken.stages == ["reply", "reply"]


def test_a_broken_chore_keeps_nobody_from_work() -> None:
    done: list[str] = []

    def broken() -> None:
        raise OSError("nama warga")

    woken = Woken()
    sweeper = Sweeper(
        ["record"], woken, lambda: NOW, chores=[broken, lambda: done.append("expired")]
    )
    with capture_logs() as logs:
        sweeper.sweep()
    assert (woken.stages, done) == (["record"], ["expired"])
    assert [entry["error"] for entry in logs] == ["OSError"]
    assert "nama warga" not in str(logs)


def test_stop_is_noticed_at_once() -> None:
    sweeper = Sweeper([], Woken(), lambda: NOW, period=3600)
    thread = in_thread(sweeper)
    sweeper.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_waiting_costs_nothing() -> None:
    woken = Woken()
    sweeper = Sweeper(["record"], woken, lambda: NOW, period=3600)
    sweeper.at("record", NOW + timedelta(hours=1))
    thread = in_thread(sweeper)
    assert woken.wait_for("record", 1)
    before = time.process_time()
    thread.join(0.5)
    assert time.process_time() - before < 0.1
    sweeper.stop()
    thread.join(10)
