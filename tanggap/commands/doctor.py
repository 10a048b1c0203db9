"""`tanggap doctor`."""

import json

import typer

from tanggap.clock import now
from tanggap.commands.common import JsonOption, settings_of


def doctor(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """Periksa semuanya; status 1 bila ada yang salah.

    Tiap baris menyebut apa yang diperiksa dan cara memperbaikinya.
    """
    settings = settings_of(ctx)
    from tanggap.doctor import examine
    from tanggap.wiring import open_everything

    well = True
    wired = open_everything(settings, hears=False)
    try:
        for finding in examine(settings, wired.ctx, now()):
            well = well and finding.ok
            if as_json:
                shown = {"ok": finding.ok, "what": finding.what}
                shown |= {} if finding.ok else {"fix": finding.fix}
                typer.echo(json.dumps(shown, ensure_ascii=False))
            else:
                typer.echo(f"{'✓' if finding.ok else '✗'} {finding.what}")
                if not finding.ok:
                    typer.echo(f"    {finding.fix}")
    finally:
        wired.close()
    raise typer.Exit(0 if well else 1)
