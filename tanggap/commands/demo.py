"""`tanggap demo`."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder berisi .eml atau mbox milik sendiri.")
    ] = None,
    fault: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Peragakan seluruh pekerjaan di komputer ini.

    Saluran dan obrolannya tiruan; selesai sendiri.
    """
    from tanggap.demo import main

    raise typer.Exit(main(folder, fault=fault))
