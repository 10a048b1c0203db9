"""The computer: disk, files, clock, database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from channels.base import Finding
from pipeline.clockguard import clock_is_sane
from store import health
from store.migrate import HEAD, current
from tanggap import configfile
from tanggap.checks.exam import Exam
from tanggap.health.verdict import FREE_BYTES


def disk(exam: Exam) -> Iterator[Finding]:
    """Room for mail to come."""
    free = shutil.disk_usage(exam.settings.data).free
    yield Finding(
        ok=free >= FREE_BYTES,
        what=f"Folder data {exam.settings.data}: sisa disk {free // 1024 // 1024} MB",
        fix="Kosongkan disk: hapus berkas yang tidak perlu, atau pindahkan TANGGAP_DATA.",
    )


def files(exam: Exam) -> Iterator[Finding]:
    """Secrets are readable to their owner only."""
    if exam.settings.file is None:
        yield Finding(ok=True, what="Belum ada berkas konfigurasi; semua memakai nilai bawaan")
    else:
        yield _private(exam.settings.file, "Berkas konfigurasi")
    key = exam.settings.data / "secret.key"
    if key.exists():
        yield _private(key, "Berkas kunci")


def database(exam: Exam) -> Iterator[Finding]:
    """Its schema is ours and its file is whole."""
    yield Finding(
        ok=current(exam.store) == HEAD,
        what=f"Basis data: skema {current(exam.store)}",
        fix="Hentikan proses Tanggap lain, lalu jalankan tanggap init.",
    )
    yield Finding(
        ok=health.is_sound(exam.store),
        what="Basis data: keutuhan berkas",
        fix="Hentikan Tanggap, salin folder data, lalu pulihkan basis data dari cadangan.",
    )


def clock(exam: Exam) -> Iterator[Finding]:
    """The machine does not live in the past."""
    with exam.store.read() as db:
        sane = clock_is_sane(db, exam.now)
    yield Finding(
        ok=sane,
        what=f"Jam komputer: {exam.now:%d/%m/%Y %H.%M} UTC",
        fix="Jam mundur; nomor dan balasan ditahan. Setel jam atau nyalakan NTP.",
    )


def _private(file: Path, what: str) -> Finding:
    return Finding(
        ok=not configfile.is_open(file),
        what=f"{what} {file}: izin baca",
        fix=f"Tutup untuk orang lain: chmod 600 '{file}'",
    )
