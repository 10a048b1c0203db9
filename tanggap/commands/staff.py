"""`tanggap staff add|revoke|pin|list`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from channels.text import one_line
from pipeline.errors import UserError
from tanggap.clock import now
from tanggap.commands.common import (
    FacilityOption,
    JsonOption,
    chosen,
    open_database,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from store.tables import Staff
    from tanggap.settings import Settings

app = typer.Typer(
    help="Siapa yang bekerja di meja pengaduan.",
    rich_markup_mode=None,
    no_args_is_help=True,
)


@app.command("add")
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Nama petugas.")],
    role: Annotated[
        str,
        typer.Option("--role", help="clerk, team, coordinator, head, quality, unit atau dinas."),
    ],
    telegram: Annotated[
        int | None, typer.Option("--telegram", help="Nomor id Telegram; langsung terdaftar.")
    ] = None,
    facility: FacilityOption = "",
) -> None:
    """Daftarkan petugas; cetak kode sekali pakai, atau daftarkan id Telegram langsung."""
    from store import staff
    from store.states import Role

    settings = settings_of(ctx)
    if role not in list(Role):
        raise UserError(f"Peran “{role}” tidak dikenal; pilih salah satu: {', '.join(Role)}.")
    name = one_line(name, 200)
    if not name:
        raise UserError("Nama petugas belum diisi.")
    if telegram is not None and not 0 < telegram < 2**63:
        raise UserError("--telegram harus nomor id orang (bilangan positif), bukan id grup.")
    with _writing(settings, facility, "staff.add") as (db, facility_id):
        row = staff.add(
            db,
            facility_id,
            name=name,
            role=Role(role),
            now=now(),
            telegram_id=telegram,
        )
        assert row.id is not None
        code = staff.invite(db, row.id, now()) if telegram is None else ""
    if code:
        _print_invitation(settings, name, code)
    else:
        typer.echo(f"{name} terdaftar sebagai {role}. Minta ia menekan Start di bot sekali.")


@app.command("revoke")
def revoke(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(help="Nama, nomor urut, atau id Telegram petugas.")],
    facility: FacilityOption = "",
) -> None:
    """Cabut akses seorang petugas, seketika."""
    from pipeline import desk
    from store import staff

    settings = settings_of(ctx)
    with _writing(settings, facility, "staff.revoke") as (db, facility_id):
        row = _find(staff.members(db, facility_id), who)
        desk.leave(db, now(), row)
    typer.echo(f"Akses {row.name} dicabut.")


@app.command("pin")
def pin(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(help="Nama atau nomor urut petugas.")],
    reset: Annotated[
        bool, typer.Option("--reset", help="Ganti tanpa PIN lama, misalnya karena lupa.")
    ] = False,
    facility: FacilityOption = "",
) -> None:
    """Beri petugas PIN untuk tanggap desk; yang sudah punya ditanyai PIN lamanya.

    PIN diketik dua kali di terminal, atau dibaca dari dua baris masukan.
    """
    settings = settings_of(ctx)
    key = chosen(settings, facility).key
    from tanggap.desk.newpin import give
    from tanggap.wiring import open_everything

    wired = open_everything(settings, hears=False)
    try:
        office = next(one for one in wired.ctx.offices.values() if one.slug == key)
        with wired.ctx.store.read() as db:
            from store import staff

            row = _find(staff.members(db, office.id), who)
        give(wired.ctx, office, row, reset=reset)
    finally:
        wired.close()
    typer.echo(f"PIN {row.name} disimpan.")


@app.command("list")
def list_(ctx: typer.Context, as_json: JsonOption = False, facility: FacilityOption = "") -> None:
    """Tampilkan petugas."""
    from store import staff

    settings = settings_of(ctx)
    with open_database(settings) as store, store.read() as db:
        rows = staff.members(db, _facility_id(db, settings, facility))
    if as_json:
        for row in rows:
            typer.echo(json.dumps(_as_object(row), ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("No.", "Nama", "Peran", "Telegram", "Keadaan")
    for row in rows:
        telegram = str(row.telegram_id) if row.telegram_id else "-"
        table.add_row(str(row.id), Text(row.name), row.role.value, telegram, _state(row))
    Console().print(table if rows else "Belum ada petugas; tambahkan dengan tanggap staff add.")


def _as_object(row: "Staff") -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "role": row.role.value,
        "telegram": row.telegram_id,
        "started": row.started,
        "active": row.active,
    }


def _state(row: "Staff") -> str:
    if not row.active:
        return "dicabut"
    if row.telegram_id is None:
        return "menunggu kode dipakai"
    return "aktif" if row.started else "belum menekan Start"


@contextmanager
def _writing(settings: "Settings", facility: str, label: str) -> "Iterator[tuple[Session, int]]":
    """A write transaction for the facility that is meant, and that facility's id."""
    with open_database(settings) as store:
        with store.read() as db:
            facility_id = _facility_id(db, settings, facility)
        with store.write(label, facility=facility_id) as db:
            yield db, facility_id


def _facility_id(db: "Session", settings: "Settings", slug: str) -> int:
    from store.facilities import facilities

    key = chosen(settings, slug).key
    return next(row.id for row in facilities(db) if row.slug == key and row.id is not None)


def _find(rows: "Sequence[Staff]", who: str) -> "Staff":
    """The active one of this name, row number or numeric id. Raises UserError."""
    named = [
        row
        for row in rows
        if row.active
        and (row.name.casefold() == who.casefold() or who in (str(row.id), str(row.telegram_id)))
    ]
    if len(named) == 1:
        return named[0]
    if named:
        raise UserError(f"“{who}” cocok dengan beberapa petugas; pakai nomor dari staff list.")
    raise UserError(f"Petugas aktif “{who}” tidak ada; lihat tanggap staff list.")


def _print_invitation(settings: "Settings", name: str, code: str) -> None:
    from tanggap.telegram import bot_name

    bot = bot_name(settings)
    typer.echo(f"Kode sekali pakai untuk {name}, berlaku 7 hari: {code}")
    if bot:
        typer.echo(f"Tautan: https://t.me/{bot}?start={code}")
    else:
        typer.echo(f"Minta {name} mengirim ke bot Telegram: /start {code}")
