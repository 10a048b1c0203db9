"""What is well and what is not, line by line, each with its cure. Indonesian, no citizen in it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from channels.base import Finding
from pipeline.ports import Context
from tanggap.checks import chat, entrance, fallback, inbox, machine, work
from tanggap.checks.exam import Check, Exam
from tanggap.settings import Settings

CHECKS: Sequence[Check] = (
    machine.disk,
    machine.files,
    machine.database,
    machine.clock,
    chat.bot,
    chat.people,
    chat.group,
    fallback.fallback,
    work.accounts,
    inbox.quarantine,
    inbox.waiting,
    inbox.sums,
    work.replies,
    work.automatic,
    work.files,
    entrance.webhook,
    work.gateways,
)
"""In the order they are shown; what asks the gateways comes last, for it is slow."""


def examine(settings: Settings, ctx: Context, now: datetime) -> Iterator[Finding]:
    """Every finding, one after the other. A check that fails is told and stops no other."""
    exam = Exam(settings, ctx, now)
    for check in CHECKS:
        try:
            yield from check(exam)
        except Exception as error:  # noqa: BLE001  (the doctor is for when things are broken)
            yield Finding(
                ok=False,
                what=f"Pemeriksaan {check.__name__} gagal: {type(error).__name__}",
                fix="Lihat catatan kejadian (log); periksa basis data dan sambungan.",
            )
