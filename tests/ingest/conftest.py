from collections.abc import Iterator
from pathlib import Path

import pytest

from store.engine import Store
from store.migrate import migrate
from tests.engines import open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "data")
    migrate(store)
    yield store
    store.close()
