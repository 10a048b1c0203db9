from collections.abc import Iterator
from pathlib import Path

import pytest

from store.engine import Store
from tests.engines import open_with_tables


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_with_tables(tmp_path / "data")
    yield store
    store.close()
