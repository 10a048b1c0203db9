"""`tanggap bot`."""

import typer

from tanggap.commands.common import settings_of


def bot(ctx: typer.Context) -> None:
    """Hanya melayani obrolan tim (mode tersebar)."""
    settings = settings_of(ctx)
    from tanggap.runtime import run

    run(settings, ("bot",))
