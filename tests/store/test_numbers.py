import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from store import facilities, numbers
from store.engine import Store
from store.tables import Counter
from tests.store.test_events import NOW


@pytest.fixture
def facility(store: Store) -> int:
    with store.write("test") as db:
        return facilities.ensure_facility(
            db, slug="melati", name="Melati", zone="Asia/Jakarta", profile="ayah", now=NOW
        )


class Undo(Exception):
    pass


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from([2026, 2027]), st.integers(1, 5), st.booleans()), max_size=12
    )
)
def test_numbers_have_no_gap_whatever_is_rolled_back(
    store: Store, facility: int, steps: list[tuple[int, int, bool]]
) -> None:
    with store.write("test") as db:
        db.execute(delete(Counter))
    given_out: dict[int, list[int]] = {2026: [], 2027: []}
    for year, count, keep in steps:
        try:
            with store.write("test") as db:
                first = numbers.take(db, facility, year, count)
                if not keep:
                    raise Undo
        except Undo:
            continue
        given_out[year] += range(first, first + count)
    for taken in given_out.values():
        assert taken == list(range(1, len(taken) + 1))


def test_many_at_once_never_share_a_number(store: Store, facility: int) -> None:
    taken: list[int] = []

    def take() -> None:
        for _ in range(20):
            with store.write("test") as db:
                taken.append(numbers.take(db, facility, 2026, 1))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 81))


def test_how_a_number_is_written() -> None:
    assert numbers.public(2026, 42) == "ADU-2026-0042"
    assert numbers.public(2026, 12345) == "ADU-2026-12345"
