"""One key, made once, the same for everybody."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline.errors import UserError
from store.engine import Store
from store.tables import Secret
from tanggap.keys import signing_key
from tests.engines import open_with_tables

OLD = bytes(range(32))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_with_tables(tmp_path / "database")
    yield opened
    opened.close()


def test_it_is_made_once_and_no_file_is_written(store: Store, tmp_path: Path) -> None:
    key = signing_key(store, tmp_path)
    assert len(key) == 32
    assert signing_key(store, tmp_path / "another-host") == key
    assert not list(tmp_path.rglob("secret.key"))


def test_all_who_start_at_once_agree(store: Store, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: signing_key(store, tmp_path), range(32)))
    assert len(keys) == 1


def test_an_earlier_versions_file_is_taken_over_and_left(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    file.write_bytes(OLD)
    assert signing_key(store, tmp_path) == OLD
    assert file.read_bytes() == OLD
    assert signing_key(store, tmp_path / "another-host") == OLD


def test_a_file_that_turns_up_later_changes_nothing(store: Store, tmp_path: Path) -> None:
    key = signing_key(store, tmp_path)
    (tmp_path / "secret.key").write_bytes(OLD)
    assert signing_key(store, tmp_path) == key != OLD


def test_a_damaged_file_is_not_replaced(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    file.write_bytes(b"short")
    with pytest.raises(UserError, match="cadangan"):
        signing_key(store, tmp_path)
    assert file.read_bytes() == b"short"


def test_a_damaged_key_in_the_database_is_not_replaced(store: Store, tmp_path: Path) -> None:
    signing_key(store, tmp_path)
    with store.write("test.damage") as db:
        db.execute(update(Secret).values(value=b"short"))
    with pytest.raises(UserError, match="cadangan"):
        signing_key(store, tmp_path)
