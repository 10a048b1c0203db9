"""`tanggap import`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import UserError
from tanggap.commands.common import FacilityOption, chosen, settings_of

if TYPE_CHECKING:
    from ingest.importer import Outcome


def import_(
    ctx: typer.Context,
    place: Annotated[Path, typer.Argument(help="Berkas .eml atau mbox, Maildir, atau folder.")],
    channel: Annotated[str, typer.Option("--channel", help="Saluran asalnya.")] = "email",
    alert: Annotated[
        bool, typer.Option("--alert", help="Kabari tim; tanpa ini hanya dicatat.")
    ] = False,
    facility: FacilityOption = "",
) -> None:
    """Catat surel dari berkas.

    Yang sudah pernah masuk tidak dicatat lagi. Yang tidak terbaca disebut di akhir, lainnya
    tetap masuk, dan statusnya 1.
    """
    settings = settings_of(ctx)
    if channel != "email":
        raise UserError(f"Saluran “{channel}” tidak dapat diimpor; yang dapat: email.")
    if not place.exists():
        raise UserError(f"Berkas atau folder {place} tidak ada; periksa namanya.")
    from tanggap.importing import import_mail

    with _progress_bar() as progress:
        outcome, left = import_mail(
            settings, chosen(settings, facility).key, place, alert=alert, progress=progress
        )
    _report(outcome, left)
    raise typer.Exit(1 if outcome.unreadable or left else 0)


@contextmanager
def _progress_bar() -> Iterator[Callable[[int, int], None]]:
    """On stderr, and only where somebody is looking."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Mengambil surel", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _report(outcome: "Outcome", left: int) -> None:
    typer.echo(f"{outcome.added} surel baru diambil, {outcome.known} sudah pernah diambil.")
    if outcome.ignored:
        typer.echo(f"{outcome.ignored} berkas lain dilewati (bukan .eml, mbox atau Maildir).")
    if left:
        typer.echo(f"{left} belum dapat dicatat; lihat tanggap doctor.", err=True)
    if outcome.unreadable:
        typer.echo(f"{len(outcome.unreadable)} berkas tidak terbaca:", err=True)
        for path, reason in outcome.unreadable:
            typer.echo(f"  {path}: {reason}", err=True)
