"""The team's chat: the bot, the group, the people."""

from collections.abc import Iterator
from datetime import timedelta

from channels.base import Finding
from pipeline import chathealth
from pipeline.chathealth import Why
from pipeline.ports import Office
from store import posts, staff
from store.states import Role
from store.tables import Group
from tanggap.checks.exam import Exam, local
from tanggap.telegram import NoAnswer, ask

_LATELY = timedelta(days=7)
_WHY = {
    Why.RESTRICTED: "Beri bot izin menulis di grup (atau jadikan admin); buka topik umumnya.",
    Why.TOKEN: "Token ditolak; salin ulang dari @BotFather ke bagian [telegram].",
    Why.AWAY: "Periksa internet, DNS, dan base_url di bagian [telegram].",
    Why.SILENT: "Telegram tidak menjawab; dicoba terus. Bila lama, periksa internet.",
    Why.BUSY: "Telegram meminta menunggu; dikirim sendiri sesudahnya. Jangan mulai ulang.",
    Why.CONFLICT: "Program lain memakai token ini: hentikan, atau ganti token lewat @BotFather.",
    Why.REFUSED: "Telegram menolak; cari post.refused dan bot.trouble di log, lalu laporkan.",
}
"""What to do; a group without the bot has its own words."""
_WORDS = {Role.COORDINATOR: "koordinator", Role.HEAD: "kepala"}


def bot(exam: Exam) -> Iterator[Finding]:
    """Telegram knows our token."""
    if not exam.settings.telegram.token.get_secret_value():
        yield Finding(
            ok=False,
            what="Telegram: belum ada token",
            fix='Buat bot lewat @BotFather, lalu tulis token = "…" di bagian [telegram].',
        )
        return
    try:
        ask(exam.settings, "getMe")
    except NoAnswer as error:
        yield Finding(ok=False, what="Telegram: bot tidak menjawab", fix=_bot_fix(error))
        return
    yield Finding(ok=True, what="Telegram: bot menjawab")
    yield from _listening(exam)


def people(exam: Exam) -> Iterator[Finding]:
    """Somebody can approve, and the bot may write to everybody."""
    for office in exam.offices:
        with exam.store.read() as db:
            members = [row for row in staff.members(db, office.id) if row.active]
        for role in map(Role, office.approval):
            yield Finding(
                ok=any(person.role is role and person.telegram_id for person in members),
                what=f"{office.name}: ada {_WORDS.get(role, role)} yang menyetujui balasan",
                fix=f'Jalankan tanggap staff add "Nama" --role {role}.',
            )
        for person in members:
            if not person.started:
                yield Finding(
                    ok=False,
                    what=f"{office.name}: {person.name} belum menekan Start di bot",
                    fix="Minta ia membuka bot dan menekan Start (atau memakai kodenya).",
                )


def group(exam: Exam) -> Iterator[Finding]:
    """The bot is in the group."""
    for office in exam.offices:
        with exam.store.read() as db:
            row = staff.group(db, office.id)
        if row is None:
            yield Finding(
                ok=False,
                what=f"{office.name}: belum ada grup tim",
                fix=f"Masukkan bot ke grup, lalu tulis group = -100… di bagian {_section(exam)}.",
            )
        else:
            yield _group(exam, office, row)
        yield from _cards(exam, office)


def _listening(exam: Exam) -> Iterator[Finding]:
    """What people tap and write reaches us, by the word of the process that listens: to ask
    Telegram for it here would cut that one off.
    """
    number = exam.settings.telegram.token.get_secret_value().partition(":")[0]
    with exam.store.read() as db:
        trouble = chathealth.listening_trouble(db, int(number) if number.isdecimal() else 0)
    if trouble is not None:
        since = local(exam.offices[0], trouble.since)
        yield Finding(
            ok=False,
            what=f"Telegram: tombol dan pesan tidak sampai sejak {since}",
            fix=_WHY[trouble.why],
        )


def _section(exam: Exam) -> str:
    """Where a group is written down."""
    return "[[facility]]-nya" if len(exam.settings.facility) > 1 else "[telegram]"


def _bot_fix(error: NoAnswer) -> str:
    if error.args[0] in (401, 404):
        return "Token ditolak; salin ulang dari @BotFather ke bagian [telegram]."
    return "Periksa internet dan base_url di bagian [telegram]."


def _group(exam: Exam, office: Office, row: Group) -> Finding:
    what = f"{office.name}: grup tim"
    with exam.store.read() as db:
        trouble = chathealth.chat_trouble(db, office.id)
    if trouble is not None and trouble.why is not Why.REMOVED:
        since = local(office, trouble.since)
        return Finding(
            ok=False, what=f"{what}, kartu tertahan sejak {since}", fix=_WHY[trouble.why]
        )
    ok = not row.broken and trouble is None
    if ok and exam.settings.telegram.token.get_secret_value():
        try:
            ask(exam.settings, "getChat", chat_id=row.chat_id)
        except NoAnswer:
            ok = False
    fix = f"Masukkan bot kembali ke grup dan periksa group di {_section(exam)}."
    return Finding(ok=ok, what=what, fix=fix)


def _cards(exam: Exam, office: Office) -> Iterator[Finding]:
    with exam.store.read() as db:
        plain = posts.plain_cards(db, office.id, exam.now - _LATELY)
    if plain:
        yield Finding(
            ok=False,
            what=f"{office.name}: {plain} kartu hanya memuat nomor, karena gagal digambar",
            fix="Cari post.plain di log, laporkan, dan perbarui Tanggap.",
        )
