"""What several commands need: the settings, the database, the facility that is meant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import UserError
from tanggap.clock import now

if TYPE_CHECKING:
    from store.engine import Store
    from tanggap.settings import Facility, Settings

FacilityOption = Annotated[
    str, typer.Option("--facility", help="Slug fasilitas; perlu bila ada beberapa.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Keluaran untuk program.")]


def settings_of(ctx: typer.Context) -> "Settings":
    """The settings that `--config` and the environment make. Raises UserError."""
    from tanggap.log import set_up
    from tanggap.settings import load
    from tanggap.switches import apply_switches

    set_up()
    settings = load(ctx.obj)
    apply_switches(settings)
    return settings


@contextmanager
def open_database(settings: "Settings") -> Iterator["Store"]:
    """The store at today's schema with the configured facilities in it. Raises UserError."""
    from tanggap.database import open_database as open_

    store = open_(settings, now())
    try:
        yield store
    finally:
        store.close()


def chosen(settings: "Settings", slug: str) -> "Facility":
    """The facility of that slug, or the only one. Raises UserError."""
    known = {facility.key: facility for facility in settings.facility}
    if not slug and len(known) == 1:
        return settings.facility[0]
    if slug in known:
        return known[slug]
    raise UserError(f"Pilih fasilitas dengan --facility: {', '.join(known)}.")
