"""`tanggap run`."""

import typer

from tanggap.commands.common import settings_of


def run(ctx: typer.Context) -> None:
    """Jalankan semuanya dalam satu proses.

    Aduan diambil dan dicatat, tim dikabari, jawaban yang disetujui dikirim.
    """
    settings = settings_of(ctx)
    from tanggap.runtime import run as start

    start(settings, ("poll", "work", "bot"))
