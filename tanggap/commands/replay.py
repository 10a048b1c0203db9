"""`tanggap replay`."""

from typing import Annotated

import typer

from tanggap.commands.common import FacilityOption, chosen, settings_of


def replay(
    ctx: typer.Context,
    delivery: Annotated[
        list[int] | None,
        typer.Option("--delivery", help="Nomor kiriman; tanpa ini, semua yang dikarantina."),
    ] = None,
    facility: FacilityOption = "",
) -> None:
    """Uraikan ulang kiriman yang dikarantina.

    Dipakai setelah programnya diperbaiki; status 1 bila ada yang masih gagal.
    """
    settings = settings_of(ctx)
    from tanggap.runtime import replay as again

    left = again(settings, chosen(settings, facility).key, delivery or None)
    if left:
        typer.echo(f"{left} kiriman masih belum dapat dicatat.", err=True)
    raise typer.Exit(1 if left else 0)
