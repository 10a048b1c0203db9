"""`tanggap replay`."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tanggap.commands.common import FacilityOption, JsonOption, chosen, settings_of

if TYPE_CHECKING:
    from store.unfinished import End, Quarantined


def replay(
    ctx: typer.Context,
    ids: Annotated[
        list[int] | None,
        typer.Option("--id", help="Nomor kiriman, boleh berulang; juga yang sudah tercatat."),
    ] = None,
    everywhere: Annotated[
        bool, typer.Option("--all", help="Yang dikarantina di semua fasilitas.")
    ] = False,
    only_list: Annotated[
        bool, typer.Option("--list", help="Tampilkan saja yang dikarantina.")
    ] = False,
    facility: FacilityOption = "",
    as_json: JsonOption = False,
) -> None:
    """Uraikan ulang kiriman yang dikarantina.

    Dipakai setelah sebabnya diperbaiki, boleh selagi tanggap run berjalan. Yang sudah tercatat
    tidak berganti nomor. Status 1 bila ada yang masih gagal.
    """
    if everywhere and (ids or facility):
        raise typer.BadParameter("--all tidak dapat digabung dengan --id atau --facility.")
    settings = settings_of(ctx)
    from tanggap.replay import quarantined
    from tanggap.replay import replay as again

    known = [one.key for one in settings.facility]
    keys = known if everywhere else [chosen(settings, facility).key]
    if only_list:
        for key in keys:
            _list(quarantined(settings, key), as_json)
        return
    failed = False
    for key in keys:
        ends = again(settings, key, ids or None)
        failed = _tell(ends, as_json) or failed
        for id_ in sorted(set(ids or ()) - {end.id for end in ends}):
            typer.echo(f"{id_}: tidak ada kiriman bernomor itu di fasilitas {key}", err=True)
            failed = True
    raise typer.Exit(1 if failed else 0)


def _list(rows: "Iterable[Quarantined]", as_json: bool) -> None:
    from tanggap.words import why

    for row in rows:
        if as_json:
            typer.echo(json.dumps(asdict(row) | {"received_at": row.received_at.isoformat()}))
        else:
            when = f"{row.received_at:%d/%m/%Y %H.%M} UTC"
            reason = why(row.reason, row.error)
            typer.echo(f"{row.id}: {row.channel}, akun {row.account}, diterima {when}; {reason}")


def _tell(ends: "Iterable[End]", as_json: bool) -> bool:
    """Say what became of each; whether any is still without an end."""
    from tanggap.words import is_open, outcome

    failed = False
    for end in ends:
        failed = failed or is_open(end)
        if as_json:
            shown = {"id": end.id, "disposition": str(end.disposition), "number": end.number}
            shown |= {"reason": end.reason, "error": end.error}
            typer.echo(json.dumps(shown))
        else:
            typer.echo(f"{end.id}: {outcome(end)}")
    return failed
