"""`tanggap work`."""

import typer

from tanggap.commands.common import settings_of


def work(ctx: typer.Context) -> None:
    """Hanya mencatat dan mengirim (mode tersebar)."""
    settings = settings_of(ctx)
    from tanggap.runtime import run

    run(settings, ("work",))
