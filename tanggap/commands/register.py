"""`tanggap register`."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import UserError
from tanggap.commands.common import JsonOption, chosen, open_database, settings_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from store.register import Entry

_ROWS = 500
"""Lines of one table on the screen: a whole register would not fit into memory."""


def register(
    ctx: typer.Context,
    as_json: JsonOption = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Juga yang disisihkan (tanpa nomor).")
    ] = False,
    since: Annotated[
        str, typer.Option("--since", help="Hanya yang diterima sejak tanggal atau waktu ISO ini.")
    ] = "",
    facility: Annotated[
        str, typer.Option("--facility", help="Hanya fasilitas ini; tanpa ini, semua.")
    ] = "",
) -> None:
    """Tampilkan buku pengaduan."""
    from reports import register as report
    from store.facilities import facilities
    from store.register import entries

    settings = settings_of(ctx)
    wanted = [chosen(settings, facility)] if facility else list(settings.facility)
    zone = wanted[0].time_zone
    begin = _moment(since, zone) if since else None
    with open_database(settings) as store:
        slugs = {one.key for one in wanted}
        with store.read() as db:
            names = {row.id: row.slug for row in facilities(db) if row.slug in slugs and row.id}
        found = entries(store, list(names), since=begin, aside=everything)
        if as_json:
            for entry in found:
                typer.echo(report.as_json(entry, names))
        else:
            _show(found, zone, names)


def _show(found: "Iterator[Entry]", zone: "ZoneInfo", slugs: "Mapping[int, str]") -> None:
    from rich.console import Console

    from reports.register import as_table

    console = Console()
    rows = list(islice(found, _ROWS))
    if not rows:
        console.print("Buku pengaduan masih kosong.")
    while rows:
        console.print(as_table(rows, zone, slugs))
        rows = list(islice(found, _ROWS))


def _moment(text: str, zone: "ZoneInfo") -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"--since “{text}” tidak dapat dibaca; tulis seperti 2026-11-20 atau "
            "2026-11-20T15:00+07:00."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
