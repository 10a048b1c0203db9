"""What is well and what is not, line by line, each with its cure. Indonesian, no citizen in it."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from channels.base import Checks, Finding
from pipeline.clockguard import clock_is_sane
from pipeline.ports import Context, Office
from store import facilities, health, staff
from store.engine import Store
from store.migrate import HEAD, current
from store.states import Role
from store.tables import Staff
from tanggap import configfile
from tanggap.settings import Settings
from tanggap.telegram import NoAnswer, ask

FREE_BYTES = 500 * 1024 * 1024
"""Less free disk than this is told."""
LATE = timedelta(minutes=10)
"""A delivery that waits longer to be recorded is told."""


def examine(settings: Settings, ctx: Context, now: datetime) -> Iterator[Finding]:
    """Every finding, one after the other; the slow ones, which ask the gateways, last."""
    yield from _machine(settings)
    yield from _database(ctx.store, now)
    yield from _telegram(settings)
    for office in ctx.offices.values():
        yield from _office(settings, office, ctx.store, now)
    for office in ctx.offices.values():
        for channel in office.channels.values():
            if isinstance(channel, Checks):
                yield from channel.check()


def _machine(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.data).free
    yield Finding(
        ok=free >= FREE_BYTES,
        what=f"Folder data {settings.data}: sisa disk {free // 1024 // 1024} MB",
        fix="Kosongkan disk: hapus berkas yang tidak perlu, atau pindahkan TANGGAP_DATA.",
    )
    if settings.file is None:
        yield Finding(ok=True, what="Belum ada berkas konfigurasi; semua memakai nilai bawaan")
    else:
        yield _private(settings.file, "Berkas konfigurasi")
    key = settings.data / "secret.key"
    if key.exists():
        yield _private(key, "Berkas kunci")


def _private(file: Path, what: str) -> Finding:
    return Finding(
        ok=not configfile.is_open(file),
        what=f"{what} {file}: izin baca",
        fix=f"Tutup untuk orang lain: chmod 600 '{file}'",
    )


def _database(store: Store, now: datetime) -> Iterator[Finding]:
    yield Finding(
        ok=current(store) == HEAD,
        what=f"Basis data: skema {current(store)}",
        fix="Hentikan proses Tanggap lain, lalu jalankan tanggap init.",
    )
    yield Finding(
        ok=health.is_sound(store),
        what="Basis data: keutuhan berkas",
        fix="Hentikan Tanggap, salin folder data, lalu pulihkan basis data dari cadangan.",
    )
    with store.read() as db:
        sane = clock_is_sane(db, now)
    yield Finding(
        ok=sane,
        what=f"Jam komputer: {now:%d/%m/%Y %H.%M} UTC",
        fix="Jam mundur; nomor dan balasan ditahan. Setel jam atau nyalakan NTP.",
    )


def _telegram(settings: Settings) -> Iterator[Finding]:
    if not settings.telegram.token.get_secret_value():
        yield Finding(
            ok=False,
            what="Telegram: belum ada token",
            fix='Buat bot lewat @BotFather, lalu tulis token = "…" di bagian [telegram].',
        )
        return
    try:
        ask(settings, "getMe")
    except NoAnswer as error:
        yield Finding(ok=False, what="Telegram: bot tidak menjawab", fix=_telegram_fix(error))
        return
    yield Finding(ok=True, what="Telegram: bot menjawab")


def _telegram_fix(error: NoAnswer) -> str:
    if error.args[0] in (401, 404):
        return "Token ditolak; salin ulang dari @BotFather ke bagian [telegram]."
    return "Periksa internet dan base_url di bagian [telegram]."


def _office(settings: Settings, office: Office, store: Store, now: datetime) -> Iterator[Finding]:
    name = office.name
    with store.read() as db:
        people = [row for row in staff.members(db, office.id) if row.active]
        group = staff.group(db, office.id)
        accounts = facilities.accounts(db, office.id)
        counts = health.counts(db, office.id, now - LATE)
    yield from _people(office, people)
    if group is None:
        yield Finding(
            ok=False,
            what=f"{name}: belum ada grup tim",
            fix="Masukkan bot ke grup, lalu tulis group = -100… di bagian [telegram].",
        )
    else:
        yield _group(settings, name, group.chat_id, group.broken)
    for account in accounts:
        if account.failing_since:
            since = f"{account.failing_since.astimezone(ZoneInfo(office.zone)):%d/%m %H.%M}"
            yield Finding(
                ok=False,
                what=f"{name}: akun {account.name} gagal diambil sejak {since}",
                fix=account.error,
            )
    yield from _counted(name, counts)


def _counted(name: str, counts: health.Counts) -> Iterator[Finding]:
    yield Finding(
        ok=not counts.waiting,
        what=f"{name}: {counts.waiting} kiriman menunggu dicatat lebih dari 10 menit",
        fix="Pastikan tanggap run sedang berjalan.",
    )
    yield Finding(
        ok=not counts.quarantined,
        what=f"{name}: {counts.quarantined} kiriman dikarantina",
        fix="Perbarui Tanggap, lalu jalankan tanggap replay.",
    )
    yield Finding(
        ok=not counts.unknown,
        what=f"{name}: {counts.unknown} balasan tidak jelas terkirim atau tidak",
        fix="Koordinator memilih [Kirim ulang] atau [Sudah terkirim] di obrolan bot.",
    )
    yield Finding(
        ok=not counts.failed,
        what=f"{name}: {counts.failed} balasan gagal terkirim",
        fix="Koordinator melihat sebabnya di obrolan bot, lalu [Kirim ulang].",
    )


def _people(office: Office, people: Sequence[Staff]) -> Iterator[Finding]:
    words = {Role.COORDINATOR: "koordinator", Role.HEAD: "kepala"}
    for role in map(Role, office.approval):
        yield Finding(
            ok=any(person.role is role and person.telegram_id for person in people),
            what=f"{office.name}: ada {words.get(role, role)} yang menyetujui balasan",
            fix=f'Jalankan tanggap staff add "Nama" --role {role}.',
        )
    for person in people:
        if not person.started:
            yield Finding(
                ok=False,
                what=f"{office.name}: {person.name} belum menekan Start di bot",
                fix="Minta ia membuka bot dan menekan Start (atau memakai kodenya).",
            )


def _group(settings: Settings, name: str, chat_id: int, broken: str) -> Finding:
    fix = broken or "Masukkan bot kembali ke grup dan periksa group di bagian [telegram]."
    ok = not broken
    if ok and settings.telegram.token.get_secret_value():
        try:
            ask(settings, "getChat", chat_id=chat_id)
        except NoAnswer:
            ok = False
    return Finding(ok=ok, what=f"{name}: grup tim", fix=fix)
