"""`tanggap init`."""

import typer

from tanggap.commands.common import open_database, settings_of


def init(ctx: typer.Context) -> None:
    """Siapkan folder data dan basis data.

    Aman diulang dan tidak bertanya apa-apa.
    """
    settings = settings_of(ctx)
    with open_database(settings) as store:
        typer.echo(f"Basis data: {store.url.database or store.url.render_as_string()}")
    for facility in settings.facility:
        typer.echo(f"Fasilitas : {facility.name} ({facility.key}), profil {facility.profile}")
    typer.echo(f"Setelan   : {settings.file or settings.data / 'tanggap.toml (belum ada)'}")
    typer.echo('Berikutnya: tanggap staff add "Nama" --role coordinator, lalu tanggap run.')
