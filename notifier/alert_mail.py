"""The fallback mail: what the group's card would say, by email. No word of a citizen's."""

import json
from datetime import datetime

from sqlmodel import Session, col, select

from notifier import texts
from pipeline.calendar import format_due
from pipeline.ports import Office
from store import unread_alerts
from store.tables import Alert, AlertMail, Complaint, Post

_ID = {
    "subject-new": "[Tanggap] {count} aduan menunggu: {first}",
    "subject-system": "[Tanggap] Gangguan sistem di {facility}",
    "why": (
        "{facility}: obrolan tim (Telegram) tidak dapat dihubungi, jadi peringatan ini datang "
        "lewat email."
    ),
    "cases": "Aduan yang belum tampil di grup tim:",
    "line": "- {number} · {channel}",
    "joined": "pesan susulan",
    "alert-due": "lapor tim s.d. {due}",
    "answer-due": "jawab s.d. {due}",
    "more": "Masih ada aduan lain yang menunggu; email berikutnya menyusul.",
    "warnings": "Gangguan sistem:",
    "do": "Yang perlu dilakukan:",
    "do-desk": "1. Buka komputer Puskesmas dan jalankan: tanggap desk",
    "do-call": "2. Telepon koordinator pengaduan.",
    "do-doctor": "3. Bila obrolan tetap mati, minta teknisi menjalankan: tanggap doctor",
    "end": (
        "Isi aduan tidak dikirim lewat email. Jangan membalas email ini: jawabannya tidak dibaca."
    ),
}
_EN = {
    "subject-new": "[Tanggap] {count} complaints waiting: {first}",
    "subject-system": "[Tanggap] System trouble at {facility}",
    "why": (
        "{facility}: the team's chat (Telegram) cannot be reached, so this alert comes by email."
    ),
    "cases": "Complaints that are not in the team's group yet:",
    "line": "- {number} · {channel}",
    "joined": "further message",
    "alert-due": "tell the team by {due}",
    "answer-due": "answer by {due}",
    "more": "More complaints are waiting; the next email follows.",
    "warnings": "System trouble:",
    "do": "What to do:",
    "do-desk": "1. Open the computer at the Puskesmas and run: tanggap desk",
    "do-call": "2. Call the complaint coordinator.",
    "do-doctor": "3. If the chat stays down, have a technician run: tanggap doctor",
    "end": "What people wrote is not sent by email. Do not answer this mail: nobody reads it.",
}


def write(db: Session, office: Office, mail: AlertMail, now: datetime) -> tuple[str, str]:
    """Subject and text of an alert mail: numbers, channels, categories, due times."""
    lang = texts.language(office.settings.language)
    words = _EN if lang == "en" else _ID
    cases = _cases(db, mail)
    warnings = _warnings(db, office, mail)
    lines = [words["why"].format(facility=office.name), ""]
    if cases:
        lines += [words["cases"], *(_line(office, case, joined=joined) for case, joined in cases)]
        if unread_alerts.oldest_waiting(db, office.id) is not None:
            lines.append(words["more"])
        lines.append("")
    if warnings:
        lines += [words["warnings"], *(f"- {warning}" for warning in warnings), ""]
    lines += [words["do"], words["do-desk"], words["do-call"], words["do-doctor"], ""]
    lines.append(words["end"])
    if cases:
        subject = words["subject-new"].format(count=len(cases), first=cases[0][0].number)
    else:
        subject = words["subject-system"].format(facility=office.name)
    return subject, "\n".join(lines)


def _cases(db: Session, mail: AlertMail) -> list[tuple[Complaint, bool]]:
    """Each complaint once, and whether only a further message is told."""
    found = db.exec(
        select(Complaint, Alert.joined)
        .join(Alert, col(Alert.complaint_id) == col(Complaint.id))
        .where(Alert.mail_id == mail.id)
        .order_by(col(Alert.id))
    ).all()
    cases = {case.id: case for case, _ in found}
    return [
        (case, all(joined for other, joined in found if other.id == case_id))
        for case_id, case in cases.items()
    ]


def _line(office: Office, case: Complaint, *, joined: bool) -> str:
    lang = texts.language(office.settings.language)
    words = _EN if lang == "en" else _ID
    how = ("medium", case.medium) if case.medium else ("channel", case.channel)
    parts = [words["line"].format(number=case.number, channel=texts.word(lang, *how))]
    if joined:
        parts.append(words["joined"])
    if case.category:
        parts.append(texts.word(lang, "category", case.category))
    dues = (("alert-due", case.alert_due_at), ("answer-due", case.answer_due_at))
    zone = office.calendar.zone
    parts += [words[key].format(due=format_due(due, zone, lang)) for key, due in dues if due]
    return " · ".join(parts)


def _warnings(db: Session, office: Office, mail: AlertMail) -> list[str]:
    """Each once, though every coordinator was to be told it."""
    lang = texts.language(office.settings.language)
    said = []
    for post in db.exec(select(Post).where(Post.mail_id == mail.id).order_by(col(Post.id))):
        params = {name: it for name, it in json.loads(post.params).items() if it is not None}
        key = params.pop("key")
        try:
            said.append(texts.say(lang, f"notice.{key}", **params))
        except KeyError:  # asked for by an older version: better a slug than no mail
            said.append(str(key))
    return list(dict.fromkeys(said))
