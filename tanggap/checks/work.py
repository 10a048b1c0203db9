"""The gateways and what goes out: accounts that fail, replies that failed or are in doubt."""

from collections.abc import Iterator
from datetime import timedelta

from channels.base import Checks, Finding
from store import facilities, health, stuck, waiting
from store.states import SendState
from tanggap.checks.exam import Exam, local

SLOW = timedelta(hours=1)
"""A citizen's file, or news of what we sent, that waits longer is told."""
_LATELY = timedelta(days=7)
"""A receipt that went wrong is told so long; nobody can do anything about it later."""


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
            calls = len(waiting.to_call(db, office.id))
        yield Finding(
            ok=not calls,
            what=f"{office.name}: {calls} jawaban menunggu disampaikan lewat telepon",
            fix="Petugas atau koordinator membuka “Telepon pengadu” di obrolan bot (atau aduannya "
            "di tanggap desk), menelepon, lalu [Sudah ditelepon].",
        )
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


def automatic(exam: Exam) -> Iterator[Finding]:
    """Receipts and other fixed texts that went wrong, and replies nobody has asked about."""
    for office in exam.offices:
        since = exam.now - _LATELY
        with exam.store.read() as db:
            unknown = stuck.automatic(db, office.id, SendState.UNKNOWN, since)
            failed = stuck.automatic(db, office.id, SendState.FAILED, since)
            unasked = stuck.unasked(db, office.id, exam.now - SLOW)
        yield Finding(
            ok=not unknown,
            what=f"{office.name}: {unknown} pesan otomatis (tanda terima, teks darurat) tidak "
            "jelas terkirim atau tidak",
            fix="Sambungan putus saat mengirim; tidak diulang sendiri supaya tidak ganda. Periksa "
            "akun di baris lain; bila aduannya darurat, telepon pengadunya.",
        )
        yield Finding(
            ok=not failed,
            what=f"{office.name}: {failed} pesan otomatis (tanda terima, teks darurat) ditolak",
            fix="Nomor pengadu tidak dapat dicapai, atau akunnya bermasalah: periksa akun di "
            "baris lain; bila aduannya darurat, telepon pengadunya.",
        )
        yield Finding(
            ok=not unasked,
            what=f"{office.name}: {unasked} pesan keluar belum diketahui sampai atau tidak, lebih "
            "dari satu jam dari waktunya",
            fix="Pastikan tanggap run (atau tanggap work) berjalan dan gateway-nya menjawab.",
        )


def files(exam: Exam) -> Iterator[Finding]:
    """Photos and voices that are still at a gateway, or will never come."""
    for office in exam.offices:
        with exam.store.read() as db:
            waiting = stuck.waiting_files(db, office.id, exam.now - SLOW)
            lost = stuck.lost_files(db, office.id)
        yield Finding(
            ok=not waiting,
            what=f"{office.name}: {waiting} lampiran belum terambil dari gateway lebih dari satu "
            "jam",
            fix="Periksa internet dan akun di baris lain; pengambilan diulang sendiri.",
        )
        yield Finding(
            ok=not lost,
            what=f"{office.name}: {lost} lampiran aduan terbuka tidak dapat diambil",
            fix="Terlalu besar atau sudah dihapus di gateway: minta pengadu mengirimnya lagi, "
            "atau lihat di konsol penyedia.",
        )


def gateways(exam: Exam) -> Iterator[Finding]:
    """What each channel finds out about itself; asks the gateways, so it is slow."""
    for office in exam.offices:
        for channel in office.channels.values():
            if isinstance(channel, Checks):
                yield from channel.check()
