"""The local holiday file: what it changes, and what a mistake in it is answered with."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.calendar import Override
from pipeline.errors import UserError
from pipeline.overrides import load_overrides


def write(folder: Path, text: str) -> Path:
    file = folder / "libur.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_days_off_and_days_on(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        '\ufeff[[day]]\ndate = 2026-03-20\noff = true\nname = "Cuti bersama"\n'
        "[[day]]\ndate = 2026-12-24\noff = false\n",
    )
    assert load_overrides(file) == {
        date(2026, 3, 20): Override(off=True, name="Cuti bersama"),
        date(2026, 12, 24): Override(off=False, name="Libur setempat"),
    }


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert load_overrides(write(tmp_path, "# belum ada\n")) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[day]\n", "line 1"),
        ("[[hari]]\ndate = 2026-03-20\n", r"“hari” tidak dikenal; tulis \[\[day\]\]"),
        ("[day]\ndate = 2026-03-20\noff = true\n", "dua kurung siku"),
        ("day = [3]\n", "dua kurung siku"),
        ("# a\n[[day]]\noff = true\n", "baris 2: date harus tanggal"),
        ('[[day]]\ndate = "2026-03-20"\noff = true\n', "date harus tanggal .* tanpa tanda kutip"),
        ("[[day]]\ndate = 2026-03-20T00:00:00\noff = true\n", "tanpa jam"),
        ("[[day]]\ndate = 2026-03-20\n", "off harus true"),
        ('[[day]]\ndate = 2026-03-20\noff = "ya"\n', "off harus true"),
        ("[[day]]\ndate = 2026-03-20\noff = true\nname = 3\n", "name harus teks"),
        ("[[day]]\ndate = 2026-03-20\nlibur = true\n", "libur tidak dikenal; yang ada: date"),
        (
            "[[day]]\ndate = 2026-03-20\noff = true\n\n[[day]]\ndate = 2026-03-20\noff = false\n",
            "baris 5: date 2026-03-20 sudah ada",
        ),
        ("day = [{date = 2026-03-20}]\n", "hari ke-1: off harus true"),
    ],
)
def test_a_mistake_names_file_place_and_fix(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        load_overrides(write(tmp_path, text))
    assert "libur.toml" in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="tidak dapat dibaca"):
        load_overrides(tmp_path / "tidak-ada.toml")
    binary = tmp_path / "libur.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="UTF-8"):
        load_overrides(binary)
