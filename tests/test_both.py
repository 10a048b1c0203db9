from tests.both import verdict


def test_the_same_tests_passed() -> None:
    assert verdict(["a", "b"], ["b", "a"]) == (True, "2 passed on SQLite, 2 on PostgreSQL: equal")


def test_as_many_but_not_the_same() -> None:
    same, text = verdict(["a", "b"], ["b", "c"])
    assert not same
    assert text.splitlines() == [
        "passed on one of them only: a",
        "passed on one of them only: c",
        "2 passed on SQLite, 2 on PostgreSQL: NOT EQUAL",
    ]


def test_a_run_that_never_came_to_its_end() -> None:
    same, text = verdict([str(number) for number in range(30)], [])
    assert not same
    assert text.splitlines()[-2:] == [
        "and 10 more",
        "30 passed on SQLite, 0 on PostgreSQL: NOT EQUAL",
    ]
