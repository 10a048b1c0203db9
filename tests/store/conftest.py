from collections.abc import Iterator
from pathlib import Path

import pytest

from store.engine import Store
from store.migrate import migrate
from tests.engines import open_store, open_with_tables


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "data")
    yield store
    store.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """With today's tables."""
    opened = open_with_tables(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def migrated(empty: Store) -> Store:
    """With today's tables, as the migrations make them."""
    migrate(empty)
    return empty
