"""The fault run's short form: every kind of fault once, kills in each window.

Two storms a run of the suite: those of SQLite where it runs on that, of PostgreSQL, without and
with Redis, where it runs on that.
"""

from pathlib import Path

import pytest

from tests.engines import engines
from tests.soak.mails import Citizens
from tests.soak.soak import SHORT, soak

PATIENCE = 300.0
"""Seconds that the desk gets to come to rest, on the busiest machine."""
STORMS = {
    "sqlite": (("sqlite", 21), ("sqlite", 34)),
    "postgresql": (("postgresql", 21), ("redis", 21)),
}
"""World and seed, by what the suite runs on. `make soak` takes new seeds each time."""


def test_the_seed_decides_what_is_written() -> None:
    once, again, other = (
        [(mail.kind, mail.token, mail.folders) for mail in Citizens(seed).day(60)]
        for seed in (7, 7, 8)
    )
    assert once == again
    assert [kind for kind, *_ in once] != [kind for kind, *_ in other]
    assert {"plain", "twin", "junk-twin", "markup", "names", "zip", "nested"} <= {
        kind for kind, *_ in once
    }


@pytest.mark.dovecot
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.redis
@pytest.mark.parametrize("storm", [0, 1])
def test_nothing_is_lost_and_nothing_doubled(storm: int, tmp_path: Path) -> None:
    world, seed = STORMS[engines.wanted][storm]
    result = soak(world, tmp_path, seed, SHORT, patience=PATIENCE)
    report = "\n".join(result.lines())
    assert result.good, f"{world}, seed {seed}\n{report}"
    print(report)
