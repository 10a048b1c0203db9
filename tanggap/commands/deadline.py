"""`tanggap deadline`."""

from pathlib import Path
from typing import Annotated

import typer


def deadline(
    ctx: typer.Context,
    start: Annotated[str, typer.Argument(help="Waktu mulai ISO; tanpa zona = zona profil.")],
    clock: Annotated[
        str, typer.Option("--clock", help="alert, first-response, feedback, escalation atau box.")
    ],
    profile: Annotated[
        str, typer.Option("--profile", help="Profil prosedur; tanpa ini, fasilitas di setelan.")
    ] = "",
    workdays: Annotated[str, typer.Option("--workdays", help="mon-fri atau mon-sat.")] = "",
    holidays: Annotated[
        Path | None, typer.Option("--holidays", help="Berkas libur setempat (TOML).")
    ] = None,
) -> None:
    """Hitung satu tenggat.

    Hasilnya satu waktu ISO sampai menit, dengan selisih zonanya.
    """
    from pipeline.profile import deadline as due

    zone = None
    if not profile:
        from tanggap.commands.common import chosen, settings_of

        facility = chosen(settings_of(ctx), "")
        profile, zone = facility.profile, facility.zone or None
        workdays, holidays = workdays or facility.workdays, holidays or facility.holidays
    moment = due(start, clock, profile, workdays=workdays or None, overrides=holidays, zone=zone)
    typer.echo(moment.isoformat(timespec="minutes"))
