"""The gateways and what goes out: accounts that fail, replies that failed or are in doubt."""

from collections.abc import Iterator

from channels.base import Checks, Finding
from store import facilities, health
from store.states import SendState
from tanggap.checks.exam import Exam, local


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


def replies(exam: Exam) -> Iterator[Finding]:
    """What should have gone out and did not, or perhaps did."""
    for office in exam.offices:
        with exam.store.read() as db:
            unknown = health.parts(db, office.id, SendState.UNKNOWN)
            failed = health.parts(db, office.id, SendState.FAILED)
        yield Finding(
            ok=not unknown,
            what=f"{office.name}: {unknown} balasan tidak jelas terkirim atau tidak",
            fix="Koordinator memilih [Kirim ulang] atau [Sudah terkirim] di obrolan bot.",
        )
        yield Finding(
            ok=not failed,
            what=f"{office.name}: {failed} balasan gagal terkirim",
            fix="Koordinator melihat sebabnya di obrolan bot, lalu [Kirim ulang].",
        )


def gateways(exam: Exam) -> Iterator[Finding]:
    """What each channel finds out about itself; asks the gateways, so it is slow."""
    for office in exam.offices:
        for channel in office.channels.values():
            if isinstance(channel, Checks):
                yield from channel.check()
