import pytest

from ingest.backoff import CAP_SECONDS, Backoff


def test_it_doubles_up_to_five_minutes_and_starts_again_after_success() -> None:
    backoff = Backoff(30, jitter=lambda: 1.0)
    assert [backoff.failed() for _ in range(6)] == [30, 60, 120, 240, 300, 300]
    backoff.worked()
    assert backoff.failed() == 30


def test_chance_takes_away_up_to_half() -> None:
    assert Backoff(30, jitter=lambda: 0.0).failed() == 15


def test_the_providers_wish_is_a_minimum_within_reason() -> None:
    backoff = Backoff(1, jitter=lambda: 1.0)
    assert backoff.failed(retry_after=900) == 900
    assert backoff.failed(retry_after=0.1) == 2
    assert backoff.failed(retry_after=1e9) == 6 * 3600


@pytest.mark.parametrize("failures", [10, 5000])
def test_a_long_outage_does_not_overflow(failures: int) -> None:
    backoff = Backoff(30, jitter=lambda: 1.0)
    assert [backoff.failed() for _ in range(failures)][-1] == CAP_SECONDS
