"""The work: what waits too long, what was given up, what is in doubt."""

from collections.abc import Iterator
from datetime import timedelta

from channels.base import Checks, Finding
from store import facilities, health
from tanggap.checks.exam import Exam, local

LATE = timedelta(minutes=10)
"""A delivery that waits longer to be recorded is told."""


def accounts(exam: Exam) -> Iterator[Finding]:
    """Accounts whose polling fails."""
    for office in exam.offices:
        with exam.store.read() as db:
            rows = facilities.accounts(db, office.id)
        for account in rows:
            if account.failing_since:
                since = local(office, account.failing_since)
                yield Finding(
                    ok=False,
                    what=f"{office.name}: akun {account.name} gagal diambil sejak {since}",
                    fix=account.error,
                )


def deliveries(exam: Exam) -> Iterator[Finding]:
    """What came in and was not recorded."""
    for office in exam.offices:
        with exam.store.read() as db:
            counts = health.counts(db, office.id, exam.now - LATE)
        yield Finding(
            ok=not counts.waiting,
            what=f"{office.name}: {counts.waiting} kiriman menunggu dicatat lebih dari 10 menit",
            fix="Pastikan tanggap run sedang berjalan.",
        )
        yield Finding(
            ok=not counts.quarantined,
            what=f"{office.name}: {counts.quarantined} kiriman dikarantina",
            fix="Perbarui Tanggap, lalu jalankan tanggap replay.",
        )


def replies(exam: Exam) -> Iterator[Finding]:
    """What should have gone out and did not, or perhaps did."""
    for office in exam.offices:
        with exam.store.read() as db:
            counts = health.counts(db, office.id, exam.now - LATE)
        yield Finding(
            ok=not counts.unknown,
            what=f"{office.name}: {counts.unknown} balasan tidak jelas terkirim atau tidak",
            fix="Koordinator memilih [Kirim ulang] atau [Sudah terkirim] di obrolan bot.",
        )
        yield Finding(
            ok=not counts.failed,
            what=f"{office.name}: {counts.failed} balasan gagal terkirim",
            fix="Koordinator melihat sebabnya di obrolan bot, lalu [Kirim ulang].",
        )


def gateways(exam: Exam) -> Iterator[Finding]:
    """What each channel finds out about itself; asks the gateways, so it is slow."""
    for office in exam.offices:
        for channel in office.channels.values():
            if isinstance(channel, Checks):
                yield from channel.check()
