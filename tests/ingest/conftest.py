from collections.abc import Iterator
from pathlib import Path

import pytest

from store.engine import Store, open_store
from store.migrate import migrate


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "data")
    migrate(store)
    yield store
    store.close()
