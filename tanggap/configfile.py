"""Where the configuration stands and who may read it."""

import os
import re
import stat
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pipeline.errors import UserError


def data_folder() -> Path:
    """TANGGAP_DATA, or the folder that the system keeps for programs' data of this user."""
    if named := os.environ.get("TANGGAP_DATA"):
        return Path(named).expanduser().absolute()
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "tanggap"
    return Path.home() / ".local" / "share" / "tanggap"


def find(config: Path | None) -> Path | None:
    """`--config`, else $TANGGAP_CONFIG, else tanggap.toml in the data folder if it is there."""
    if config is None and (named := os.environ.get("TANGGAP_CONFIG")):
        config = Path(named)
    if config is not None:
        return config.expanduser().absolute()
    usual = data_folder() / "tanggap.toml"
    return usual if usual.is_file() else None


def read(file: Path) -> dict[str, Any]:
    """The document. Raises UserError naming the file, and the line where there is one."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))  # Notepad puts a mark first
    except FileNotFoundError:
        raise UserError(f"Berkas konfigurasi {file} tidak ada; periksa namanya.") from None
    except UnicodeDecodeError:
        raise UserError(f"Berkas konfigurasi {file} bukan UTF-8; simpan ulang.") from None
    except OSError:
        raise UserError(f"Berkas konfigurasi {file} tidak dapat dibaca; periksa izinnya.") from None
    except tomllib.TOMLDecodeError as error:
        raise UserError(
            f"Berkas konfigurasi {file} bukan TOML yang sah: {_place(error)}. Perbaiki baris itu; "
            "teks ditulis dalam tanda kutip."
        ) from None


def refuse_unknown_variables(sections: Iterable[str]) -> None:
    """TANGGAP_TELEGRM__TOKEN would otherwise be silently ignored. Raises UserError."""
    known = {section.upper() for section in sections}
    for name in sorted(os.environ):
        if not name.upper().startswith("TANGGAP_") or "__" not in name:
            continue
        section = name.upper().removeprefix("TANGGAP_").split("__")[0]
        if section not in known:
            near = get_close_matches(section, known, 1)
            hint = f"maksudnya TANGGAP_{near[0]}__…?" if near else "hapus variabel itu."
            raise UserError(f"Variabel lingkungan {name} tidak dikenal; {hint}")


def tighten(file: Path) -> None:
    """Take a file that everybody may read, as editors leave it, away from the others.

    One that only a group may read was set up so and stays. Where we may not, `doctor` says so.
    """
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & 0o007:
            file.chmod(mode & 0o700)
    except OSError:
        return


def is_open(file: Path) -> bool:
    """Whether everybody on this machine may read it."""
    return os.name == "posix" and bool(file.stat().st_mode & 0o007)


def _place(error: tomllib.TOMLDecodeError) -> str:
    # Only the place: the parser's words may quote the value, which may be a password.
    found = re.search(r"line (\d+), column (\d+)", str(error))
    return f"baris {found[1]}, kolom {found[2]}" if found else "akhir berkas"
