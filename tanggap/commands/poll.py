"""`tanggap poll`."""

import typer

from tanggap.commands.common import settings_of


def poll(ctx: typer.Context) -> None:
    """Hanya mengambil aduan (mode tersebar)."""
    settings = settings_of(ctx)
    from tanggap.runtime import run

    run(settings, ("poll",))
