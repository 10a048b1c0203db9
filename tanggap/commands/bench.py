"""`tanggap bench`."""

from pathlib import Path
from typing import Annotated

import typer


def bench(
    output: Annotated[
        Path | None, typer.Option("--json", help="Tulis hasilnya sebagai JSON ke berkas ini.")
    ] = None,
    only: Annotated[str, typer.Option(help="Ukur yang ini saja, misalnya ingest-ratio.")] = "",
) -> None:
    """Ukur kecepatan dan memori.

    Status 1 bila di bawah sasaran.
    """
    from tanggap.bench import main

    raise typer.Exit(main(output, only))
