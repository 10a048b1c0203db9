"""What came in: put aside, waiting, and whether the counts add up."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from channels.base import Finding
from pipeline.inbound import readable
from pipeline.ports import Office
from store import unfinished
from store.unfinished import Balance, Quarantined, Queued
from tanggap.checks.exam import Exam, local
from tanggap.words import cure, why

LATE = timedelta(minutes=10)
"""A delivery that waits longer to be recorded is told."""
_SHOWN = 10


def quarantine(exam: Exam) -> Iterator[Finding]:
    """What nobody could record, by account and cause, with the deliveries' ids."""
    for office in exam.offices:
        with exam.store.read() as db:
            rows = unfinished.quarantined(db, office.id)
        groups: defaultdict[tuple[str, str, str], list[Quarantined]] = defaultdict(list)
        for row in rows:
            groups[row.account, row.reason, row.error].append(row)
        for _, group in sorted(groups.items()):
            yield _quarantined(office, group)
        if not rows:
            yield Finding(ok=True, what=f"{office.name}: tidak ada kiriman dikarantina")


def waiting(exam: Exam) -> Iterator[Finding]:
    """What waits too long, and what waits for an account that is no longer configured."""
    for office in exam.offices:
        with exam.store.read() as db:
            rows = unfinished.queued(db, office.id)
        ours = readable(office)
        late = [row for row in rows if row.account_id in ours and row.oldest < exam.now - LATE]
        yield _late(office, late)
        for row in rows:
            if row.account_id not in ours:
                yield Finding(
                    ok=False,
                    what=f"{office.name}: {row.count} kiriman akun {row.account} ({row.channel}) "
                    "menunggu, karena akun itu tidak ada lagi di konfigurasi",
                    fix=f'Tulis kembali akun name = "{row.account}" di berkas konfigurasi; '
                    "kirimannya lalu dicatat sendiri.",
                )


def sums(exam: Exam) -> Iterator[Finding]:
    """Every delivery has exactly one end, and nothing is missing."""
    for office in exam.offices:
        with exam.store.read() as db:
            counts = unfinished.balance(db, office.id)
        yield Finding(
            ok=counts.adds_up,
            what=f"{office.name}: hitungan kiriman, {_shown(counts)}",
            fix="Jangan menghapus apa pun; simpan salinan basis data dan laporkan baris ini.",
        )


def _quarantined(office: Office, group: Sequence[Quarantined]) -> Finding:
    first = group[0]
    ids = ", ".join(str(row.id) for row in group[:_SHOWN])
    more = f" dan {len(group) - _SHOWN} lagi" if len(group) > _SHOWN else ""
    since = local(office, min(row.received_at for row in group))
    return Finding(
        ok=False,
        what=f"{office.name}: {len(group)} kiriman dikarantina, akun {first.account} "
        f"({first.channel}), diterima sejak {since}, {why(first.reason, first.error)}; "
        f"nomor kiriman {ids}{more}",
        fix=cure(first.reason),
    )


def _late(office: Office, late: Sequence[Queued]) -> Finding:
    count = sum(row.count for row in late)
    since = f", sejak {local(office, min(row.oldest for row in late))}" if late else ""
    return Finding(
        ok=not late,
        what=f"{office.name}: {count} kiriman menunggu dicatat lebih dari 10 menit{since}",
        fix="Pastikan tanggap run sedang berjalan.",
    )


def _shown(counts: Balance) -> str:
    words = [f"{counts.deliveries} diterima"]
    words += [f"{count} {name}" for name, count in sorted(counts.by_disposition.items())]
    problems = (
        (counts.without_message, "tercatat tanpa pesan"),
        (counts.misplaced, "pesan pada kiriman yang bukan aduan"),
        (counts.numbers_missing, "nomor aduan hilang"),
    )
    words += [f"{count} {what}" for count, what in problems if count]
    return ", ".join(words)
