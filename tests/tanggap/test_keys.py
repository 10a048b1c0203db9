"""One key, made once, readable by nobody else."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import UserError
from tanggap.keys import signing_key


def test_it_is_made_once(tmp_path: Path) -> None:
    key = signing_key(tmp_path / "data")
    assert len(key) == 32
    assert signing_key(tmp_path / "data") == key
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0


def test_all_who_start_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(signing_key, [tmp_path] * 32))
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


def test_a_damaged_one_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"short")
    with pytest.raises(UserError, match="cadangan"):
        signing_key(tmp_path)
    assert (tmp_path / "secret.key").read_bytes() == b"short"
