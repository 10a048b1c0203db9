from collections.abc import Iterator
from pathlib import Path

import pytest

from store.engine import Store
from store.migrate import migrate
from tests.engines import open_store


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "data")
    yield store
    store.close()


@pytest.fixture
def store(empty: Store) -> Store:
    migrate(empty)
    return empty
