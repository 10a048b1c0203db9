"""kill -9, placed: before and after every commit, and at three moments of every request.

The points are not a list that somebody has to keep: they are read off an undisturbed case, and
every one of them is visited. After each death the process is started again, the case has to come
to its end, and the checker has to find nothing.
"""

from collections import Counter

import pytest

from simulator.faults import Cut, Moment
from tests.faults.cases import Cases

pytestmark = [pytest.mark.dovecot, pytest.mark.slow, pytest.mark.timeout(2400)]

PERIODIC = 2
"""Visits of a point that comes again and again while nothing happens (a poll, a lease)."""
_QUIET = ("ingest.lease", "bot.renew", "bot.lease", "bot.release")


def _points(cases: Cases) -> Counter[str]:
    """What an undisturbed case passes, from its mail to its answer."""
    cases.site.points.unlink(missing_ok=True)
    cases.settle(cases.complain())
    cases.site.rest()
    return Counter(cases.site.points.read_text().split())


def test_killed_at_every_commit(cases: Cases) -> None:
    # Given what an undisturbed case passes
    site = cases.site
    plan = [
        f"{point}:{count}"
        for point, passed in sorted(_points(cases).items())
        for count in range(1, (min(passed, PERIODIC) if point.startswith(_QUIET) else passed) + 1)
    ]
    labels = {point.split(":")[0] for point in plan}
    assert {"ingest.keep", "record.commit", "alert.card", "post.placed"} <= labels, labels
    assert {"update.store", "update.process", "reply.claim", "reply.accepted"} <= labels, labels
    visited = Counter[str]()
    for point in plan:
        # When the process dies there in the middle of a case
        deaths = site.kills
        site.order(point)
        address = cases.complain()
        cases.until(lambda: site.kills > deaths or cases.finished(address), point)  # noqa: B023
        visited[point.rpartition(":")[0]] += site.kills > deaths
        site.cancel_order()
        # Then the case comes to its end all the same
        cases.settle(address)
    assert cases.damage() == []
    missed = sorted({point.rpartition(":")[0] for point in plan} - set(visited.keys()))
    assert [point for point in missed if not visited[point]] == []
    print(f"\nkilled at {sum(visited.values())} commits of {len(visited)} points")


def test_killed_at_every_request(cases: Cases) -> None:
    # Given the requests of an undisturbed case
    site = cases.site
    before = len(site.journal.entries())
    cases.settle(cases.complain())
    site.rest()
    asked = Counter((it.gateway, it.method) for it in site.journal.entries()[before:])
    assert {("telegram", "sendMessage"), ("smtp", "DATA"), ("imap", "UID FETCH")} <= set(asked)
    visited = Counter[str]()
    for gateway, method in sorted(asked):
        often = min(asked[gateway, method], 12 if gateway == "telegram" else PERIODIC)
        if method == "getUpdates":
            often = min(often, 4)
        for moment in Moment:
            for count in range(1, often + 1):
                # When the process dies while the gateway has this request in its hands
                deaths = site.kills
                rule = site.faults.add(
                    Cut(moment, strike=site.kill), gateway=gateway, method=method, nth=count
                )
                address = cases.complain()
                what = f"{gateway} {method} {moment} {count}"
                cases.until(lambda: site.kills > deaths or cases.finished(address), what)  # noqa: B023
                site.faults.clear()
                visited[f"{gateway} {method} {moment}"] += rule.fired
                # Then the case comes to its end all the same
                cases.settle(address)
    assert cases.damage() == []
    assert [what for what in visited if not visited[what]] == []
    print(f"\nkilled at {sum(visited.values())} requests, {len(visited)} kinds and moments")
