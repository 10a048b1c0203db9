"""`tanggap bench`: measures what docs/performance.md promises, against real servers here."""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.errors import UserError
from tanggap.bench.judge import TARGETS, Figure, document, line


def main(output: Path | None = None, only: str = "") -> int:
    """Measure everything, or the one figure `only`; 0 when every target is reached, else 1.

    Raises UserError for an unknown figure, and where there is no Dovecot to measure with.
    """
    if only and only not in TARGETS:
        raise UserError(f"Tidak ada ukuran “{only}”; yang ada: {', '.join(TARGETS)}.")
    _needs()
    from tanggap.bench.machine import facts
    from tanggap.bench.rounds import measure

    machine = facts()
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        figures = measure(Path(folder), only, _say)
    return report(figures, machine, output)


def report(figures: Sequence[Figure], machine: Mapping[str, object], output: Path | None) -> int:
    """Print the table, write the JSON, return the exit status."""
    whole = document(figures, machine)
    _say("")
    _say(", ".join(f"{name} {value}" for name, value in machine.items()))
    for figure in figures:
        _say(line(figure))
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if whole["passed"] else 1


def _needs() -> None:
    if sys.platform != "linux":
        raise UserError("Pengukuran hanya berjalan di Linux: memori dan CPU dibaca dari /proc.")
    from simulator import dovecot, postgres

    needed = {"Dovecot": (dovecot, "dovecot-imapd"), "PostgreSQL": (postgres, "postgresql")}
    for name, (server, package) in needed.items():
        if not server.available():
            raise UserError(
                f"Pengukuran memerlukan {name}, yang tidak terpasang di sini; jalankan "
                f"`sh scripts/ensure-servers.sh` (atau `apt-get install {package}`) lebih dahulu."
            )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
