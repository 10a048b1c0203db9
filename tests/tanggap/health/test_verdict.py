"""Every broken thing has its reason, and only our own keep the watchdog hungry."""

from typing import Any

import pytest

from tanggap.health import verdict
from tanggap.health.verdict import Facts, Limits, Reason, judge, worth_feeding

WELL: dict[str, Any] = {"main": 1.0, "sweeper": 4.0, "database": 9.0, "free": 2**40}


def test_a_process_that_works_is_well() -> None:
    busy = Facts(
        **WELL,
        stages={"reply": 60.0},
        silent={"puring/kotak": 45.0},
        late={"puring": -3600.0},
    )
    assert judge(busy, Limits()) == []
    assert worth_feeding([])


@pytest.mark.parametrize(
    ("broken", "reason", "own"),
    [
        ({"main": 31.0}, Reason("main-loop-stuck", seconds=31), True),
        ({"sweeper": 121.0}, Reason("sweeper-stuck", seconds=121), True),
        (
            {"stages": {"post": 2.0, "reply": 901.0}},
            Reason("stage-stuck", "reply", 901),
            True,
        ),
        ({"database": 30.5}, Reason("database-unreachable", seconds=30), True),
        ({"silent": {"puring/kotak": 1801.0}}, Reason("account-silent", "puring/kotak", 1801), 0),
        ({"late": {"puring": 1.0, "ayah": -1.0}}, Reason("alert-late", "puring", 1), False),
        ({"clock_behind": True}, Reason("clock-behind"), False),
        ({"free": verdict.FREE_BYTES - 1}, Reason("disk-nearly-full"), False),
    ],
)
def test_a_broken_thing_has_its_reason(broken: Any, reason: Reason, own: bool) -> None:
    reasons = judge(Facts(**WELL | broken), Limits())
    assert reasons == [reason]
    assert worth_feeding(reasons) is not bool(own)
    assert reason.reason in verdict.REASONS


def test_several_are_told_together() -> None:
    reasons = judge(Facts(**WELL | {"clock_behind": True, "database": 99.0}), Limits())
    assert [one.reason for one in reasons] == ["database-unreachable", "clock-behind"]
    assert not worth_feeding(reasons)


def test_what_could_not_be_asked_is_no_reason() -> None:
    assert judge(Facts(**WELL | {"free": None, "sweeper": None}), Limits()) == []
