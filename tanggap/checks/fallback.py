"""Alerts by mail: who gets them, and whether anybody hears of the complaints at all."""

from collections.abc import Iterator
from datetime import timedelta

from channels.base import Finding
from store import unread_alerts
from tanggap.checks.exam import Exam

UNHEARD = timedelta(hours=1)
"""Complaints that nobody could read for longer are told."""


def fallback(exam: Exam) -> Iterator[Finding]:
    """Somebody is named, and no complaint is older than an hour without anybody to read it."""
    for office in exam.offices:
        named = office.fallback is not None
        with exam.store.read() as db:
            count = unread_alerts.unheard_alerts(db, office.id, exam.now - UNHEARD)
        way = "dikabarkan lewat email" if named else "menunggu (belum ada email di [fallback])"
        yield Finding(ok=True, what=f"{office.name}: bila obrolan mati, aduan {way}")
        cause = (
            "Obrolan dan email dua-duanya tidak jalan: periksa internet dan baris lain di sini"
            if named
            else "Obrolan tidak jalan; perbaiki, atau isi email di bagian [fallback]"
        )
        yield Finding(
            ok=not count,
            what=f"{office.name}: {count} aduan lebih dari satu jam belum sampai ke siapa pun",
            fix=f"{cause}. Sementara itu buka tanggap register di komputer ini.",
        )
