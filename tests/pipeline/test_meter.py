from pipeline.meter import BOUNDS, StageMeter, Tally


class Times:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_runs_are_counted_by_their_length() -> None:
    times = Times()
    meter = StageMeter(times)
    for seconds, failed in ((0.005, False), (0.01, False), (3.0, True), (500.0, False)):
        meter.began("reply")
        times.now += seconds
        meter.ended("reply", failed=failed)
    count = meter.counts()["reply"]
    assert sum(count.runs) == 4
    assert count.runs[-1] == 1
    assert count.runs[BOUNDS.index(5.0)] == 1
    assert count.failures == 1
    assert round(count.seconds, 3) == 503.015


def test_a_run_that_has_not_ended_is_seen() -> None:
    times = Times()
    meter = StageMeter(times)
    meter.began("post")
    times.now += 7
    assert meter.running() == {"post": 7.0}
    assert meter.counts() == {}
    meter.ended("post", failed=False)
    assert meter.running() == {}


def test_a_tally_only_grows() -> None:
    tally = Tally()
    tally.add()
    tally.add()
    assert tally.count == 2
