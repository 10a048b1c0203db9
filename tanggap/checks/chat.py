"""The team's chat: the bot, the group, the people."""

from collections.abc import Iterator

from channels.base import Finding
from store import staff
from store.states import Role
from tanggap.checks.exam import Exam
from tanggap.telegram import NoAnswer, ask

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
            yield _group(exam, office.name, row.chat_id, row.broken)


def _section(exam: Exam) -> str:
    """Where a group is written down."""
    return "[[facility]]-nya" if len(exam.settings.facility) > 1 else "[telegram]"


def _bot_fix(error: NoAnswer) -> str:
    if error.args[0] in (401, 404):
        return "Token ditolak; salin ulang dari @BotFather ke bagian [telegram]."
    return "Periksa internet dan base_url di bagian [telegram]."


def _group(exam: Exam, name: str, chat_id: int, broken: str) -> Finding:
    fix = broken or f"Masukkan bot kembali ke grup dan periksa group di {_section(exam)}."
    ok = not broken
    if ok and exam.settings.telegram.token.get_secret_value():
        try:
            ask(exam.settings, "getChat", chat_id=chat_id)
        except NoAnswer:
            ok = False
    return Finding(ok=ok, what=f"{name}: grup tim", fix=fix)
