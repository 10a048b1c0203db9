"""kill -9, placed: before and after every commit, and at three moments of every request.

The points are not a list that somebody has to keep: they are read off an undisturbed case and an
undisturbed start, and every one of them is visited. After each death the process is started
again, the case has to come to its end, and the checker has to find nothing.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from simulator.faults import Cut, Moment
from tests.faults.cases import Cases

pytestmark = [pytest.mark.dovecot, pytest.mark.slow, pytest.mark.timeout(2400)]

PERIODIC = 2
"""Visits of what comes again and again while nothing happens (a poll, a lease)."""
_QUIET = ("ingest.lease", "bot.renew", "post.lease", "post.release", "record.lease")
_ASKED = 12
"""Visits of one method; a case asks most of them less often."""
Asked = tuple[str, str]
"""(gateway, method)"""
_LIBRARY = ("smtp", "AUTH")
"""The sink's library answers it by itself, and it changes nothing."""


def _points(cases: Cases) -> Counter[str]:
    """What an undisturbed case passes, from its mail to its answer."""
    cases.site.points.unlink(missing_ok=True)
    cases.settle(cases.complain())
    cases.site.rest()
    return Counter(cases.site.points.read_text().split())


def _start_points(cases: Cases) -> Counter[str]:
    """What a start passes, up to the end of its first case."""
    cases.site.points.unlink(missing_ok=True)
    cases.site.kill()
    cases.settle(cases.complain())
    return Counter(cases.site.points.read_text().split())


def _visits(points: Counter[str]) -> Iterator[tuple[str, int]]:
    for point, passed in sorted(points.items()):
        often = min(passed, PERIODIC) if point.startswith(_QUIET) else passed
        yield from ((point, count) for count in range(1, often + 1))


def test_killed_at_every_commit(cases: Cases) -> None:
    # Given what undisturbed cases pass (now and then a minute's chore comes in between)
    site, points, visited = cases.site, _points(cases) & _points(cases), Counter[str]()
    labels = {point.split(":")[0] for point in points}
    assert {"ingest.keep", "record.commit", "alert.card", "post.placed"} <= labels, labels
    assert {"update.store", "update.process", "reply.claim", "reply.accepted"} <= labels, labels
    for point, count in _visits(points):
        # When the process dies there in the middle of a case
        deaths = site.kills
        site.order(f"{point}:{count}")
        address = cases.complain()
        cases.until(lambda: site.kills > deaths or cases.finished(address), point)  # noqa: B023
        if site.kills == deaths:  # its answer is seen before the process passes what follows
            site.rest()
        visited[point] += site.kills > deaths
        site.cancel_order()
        # Then the case comes to its end all the same
        cases.settle(address)
    assert cases.damage() == []
    assert [point for point in points if not visited[point]] == []
    print(f"\nkilled {visited.total()} times at the {len(visited)} points of a case")


def test_killed_at_every_commit_of_a_start(cases: Cases) -> None:
    # Given what starts pass that a case does not
    site, visited = cases.site, Counter[str]()
    points = set(_start_points(cases) & _start_points(cases)) - set(_points(cases))
    assert {"setup.accounts:before", "bot.lease:after"} <= points, points
    for point in sorted(points):
        # When the process dies there while a case waits
        deaths = site.kills
        site.order_at_start(f"{point}:1")
        address = cases.complain()
        cases.until(lambda: site.kills > deaths + 1 or cases.finished(address), point)  # noqa: B023
        visited[point] += site.kills > deaths + 1
        site.cancel_order()
        # Then the case comes to its end all the same
        cases.settle(address)
    assert cases.damage() == []
    assert [point for point in points if not visited[point]] == []
    print(f"\nkilled at the {len(visited)} points of a start")


def _asked(cases: Cases) -> Counter[Asked]:
    """What an undisturbed case asks of the gateways."""
    before = len(cases.site.journal.entries())
    cases.settle(cases.complain())
    cases.site.rest()
    entries = cases.site.journal.entries()[before:]
    return Counter((it.gateway, it.method) for it in entries if (it.gateway, it.method) != _LIBRARY)


def _kill_at(cases: Cases, asked: Asked, moment: Moment, count: int, *, start: bool) -> bool:
    """Whether the process died with this request in the gateway's hands."""
    site = cases.site
    gateway, method = asked
    rule = site.faults.add(Cut(moment, strike=site.kill), gateway=gateway, method=method, nth=count)
    deaths = site.kills + start
    if start:
        site.kill()
    address = cases.complain()
    cases.until(lambda: site.kills > deaths or cases.finished(address), f"{asked} {moment}")
    site.faults.clear()
    # Then the case comes to its end all the same
    cases.settle(address)
    return rule.fired


def test_killed_at_every_request(cases: Cases) -> None:
    # Given the requests that a case makes (now and then it has to log in once more besides)
    asked, visited = _asked(cases) & _asked(cases), Counter[str]()
    assert {("telegram", "sendMessage"), ("smtp", "DATA"), ("imap", "UID FETCH")} <= set(asked)
    for one, passed in sorted(asked.items()):
        idle = one[0] == "imap" or one[1] == "getUpdates"
        for moment in Moment:
            for count in range(1, min(passed, PERIODIC if idle else _ASKED) + 1):
                visited[f"{one} {moment}"] += _kill_at(cases, one, moment, count, start=False)
    assert cases.damage() == []
    assert [f"{one} {at}" for one in asked for at in Moment if not visited[f"{one} {at}"]] == []
    print(f"\nkilled {visited.total()} times at {len(visited)} moments of {len(asked)} requests")


def test_killed_at_every_request_of_a_start(cases: Cases) -> None:
    # Given the requests that a start makes and a case does not
    usual = _asked(cases) & _asked(cases)
    cases.site.kill()
    asked, visited = set(_asked(cases)) - set(usual), Counter[str]()
    assert {("telegram", "deleteWebhook"), ("imap", "LOGIN")} <= asked, asked
    for one in sorted(asked):
        for moment in Moment:
            visited[f"{one} {moment}"] += _kill_at(cases, one, moment, 1, start=True)
    assert cases.damage() == []
    assert [f"{one} {at}" for one in asked for at in Moment if not visited[f"{one} {at}"]] == []
    print(f"\nkilled {visited.total()} times at the {len(asked)} requests of a start")
