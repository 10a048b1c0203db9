"""`tanggap deadline`."""

from pathlib import Path
from typing import Annotated

import typer

from tanggap.commands.common import FacilityOption, chosen, settings_of


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
    facility: FacilityOption = "",
) -> None:
    """Hitung satu tenggat.

    Hasilnya satu waktu ISO sampai menit, dengan selisih zonanya.
    """
    from pipeline.profile import deadline as due

    zone = None
    if not profile:
        home = chosen(settings_of(ctx), facility)
        profile, zone = home.profile, home.zone or None
        workdays, holidays = workdays or home.workdays, holidays or home.holidays
    moment = due(start, clock, profile, workdays=workdays or None, overrides=holidays, zone=zone)
    typer.echo(moment.isoformat(timespec="minutes"))
