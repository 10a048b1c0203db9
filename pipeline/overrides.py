"""The local holiday file: what a decree changed after the `holidays` package was released.

[[day]]
date = 2026-03-20
off = true                # false makes it a working day again, a weekend's day too
name = "Cuti bersama"     # optional
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from pipeline.calendar import Override
from pipeline.errors import UserError

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*day[ \t]*\]\]", re.MULTILINE)
_FIELDS = {"date", "off", "name"}
_EXAMPLE = "date = 2026-03-20"


def load_overrides(path: Path) -> Mapping[date, Override]:
    """The days that `path` changes.

    Raises UserError, in Indonesian, naming file, line or entry, field and the fix.
    """
    text = _read(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(
            f"Berkas libur {path} bukan TOML yang sah: {error}. Perbaiki baris itu."
        ) from None
    if unknown := sorted(document.keys() - {"day"}):
        raise UserError(f"Berkas libur {path}: “{unknown[0]}” tidak dikenal; tulis [[day]].")
    rows = document.get("day", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"Berkas libur {path}: tulis [[day]] dengan dua kurung siku, bukan [day].")
    lines = [text.count("\n", 0, match.start()) + 1 for match in _HEADER.finditer(text)]
    days: dict[date, Override] = {}
    for index, row in enumerate(rows):
        line = f"baris {lines[index]}" if len(lines) == len(rows) else f"hari ke-{index + 1}"
        day, override = _entry(f"Berkas libur {path}, {line}", row)
        if day in days:
            _fail(f"Berkas libur {path}, {line}", "date", f"{day} sudah ada; hapus salah satunya")
        days[day] = override
    return days


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # Notepad puts a mark at the start
    except UnicodeDecodeError:
        raise UserError(f"Berkas libur {path} bukan UTF-8; simpan ulang sebagai UTF-8.") from None
    except OSError:
        raise UserError(
            f"Berkas libur {path} tidak dapat dibaca; periksa nama dan izinnya."
        ) from None


def _entry(where: str, row: Mapping[str, Any]) -> tuple[date, Override]:
    if unknown := sorted(row.keys() - _FIELDS):
        _fail(where, unknown[0], "tidak dikenal; yang ada: date, off, name")
    day, off, name = row.get("date"), row.get("off"), row.get("name", "Libur setempat")
    if not isinstance(day, date) or isinstance(day, datetime):
        _fail(where, "date", f"harus tanggal tanpa jam dan tanpa tanda kutip, misalnya {_EXAMPLE}")
    if not isinstance(off, bool):
        _fail(where, "off", "harus true (libur) atau false (masuk kerja), tanpa tanda kutip")
    if not isinstance(name, str) or not name.strip():
        _fail(where, "name", 'harus teks dalam tanda kutip, misalnya name = "Cuti bersama"')
    return day, Override(off=off, name=name)


def _fail(where: str, key: str, fix: str) -> NoReturn:
    raise UserError(f"{where}: {key} {fix}.")
