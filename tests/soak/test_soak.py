"""The fault run's short form, a test a world: every kind of fault once, kills in each window."""

import secrets
from pathlib import Path

import pytest

from tests.soak.mails import Citizens
from tests.soak.soak import SHORT, soak

PATIENCE = 300.0
"""Seconds that the desk gets to come to rest, on the busiest machine."""


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
@pytest.mark.parametrize(
    "world",
    [
        pytest.param("sqlite", marks=pytest.mark.sqlite),
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("redis", marks=[pytest.mark.postgresql, pytest.mark.redis]),
    ],
)
def test_nothing_is_lost_and_nothing_doubled(world: str, tmp_path: Path) -> None:
    seed = secrets.randbelow(10**6)
    result = soak(world, tmp_path, seed, SHORT, patience=PATIENCE)
    report = "\n".join(result.lines())
    assert result.good, f"seed {seed}\n{report}"
    print(report)
