"""The second counting: from the database, with nothing but SQL."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

_DELIVERIES = """
    SELECT d.raw, d.blob, d.disposition, d.reason, m.complaint_id
    FROM delivery d JOIN account a ON a.id = d.account_id
    LEFT JOIN message m ON m.delivery_id = d.id
    WHERE a.channel = 'email' AND d.disposition <> 'pending' ORDER BY d.id
"""
_FIRST_MAILS = """
    SELECT m.complaint_id, d.raw, d.blob FROM message m JOIN delivery d ON d.id = m.delivery_id
    WHERE m.id IN (SELECT min(id) FROM message WHERE complaint_id IS NOT NULL
                   GROUP BY complaint_id)
"""
# Approved in both steps and not called back: each of these must have left exactly once.
_ANSWERS = """
    SELECT lower(r.recipient), trim(p.external_id, '<>'), trim(r.in_reply_to, '<>'),
           lower(c.address)
    FROM reply r JOIN reply_part p ON p.reply_id = r.id
    JOIN complaint k ON k.id = r.complaint_id JOIN contact c ON c.id = k.contact_id
    WHERE k.channel = 'email' AND r.route <> 'manual' AND p.state NOT IN ('cancelled', 'superseded')
      AND 2 = (SELECT count(DISTINCT step) FROM approval
               WHERE reply_id = r.id AND digest = r.digest)
"""
_PARTS = """
    SELECT DISTINCT c.number FROM reply_part p JOIN reply r ON r.id = p.reply_id
    JOIN complaint c ON c.id = r.complaint_id WHERE p.state = ? AND r.route LIKE ?
"""
_AUTOMATIC = """
    SELECT lower(t.recipient), trim(t.external_id, '<>')
    FROM auto_reply t JOIN account a ON a.id = t.account_id
    WHERE a.channel = 'email' AND t.state IN ('accepted', 'delivered', 'read')
"""
_HEARD = """
    SELECT m.channel, c.address, m.text, f.text
    FROM message m JOIN contact c ON c.id = m.contact_id
    LEFT JOIN message f ON f.id =
        (SELECT min(id) FROM message WHERE complaint_id = m.complaint_id)
    WHERE m.channel IN ('twilio', 'android', 'gammu')
"""
# Everything that left by telephone: parts of answers, and what is said automatically.
_CALLED = """
    SELECT a.channel, s.recipient, s.text, s.external_id, s.state FROM (
        SELECT p.account_id, r.recipient, p.text, p.external_id, p.state
        FROM reply_part p JOIN reply r ON r.id = p.reply_id
        UNION ALL SELECT account_id, recipient, text, external_id, state FROM auto_reply
    ) s JOIN account a ON a.id = s.account_id
    WHERE a.channel IN ('twilio', 'android', 'gammu')
      AND s.state IN ('accepted', 'delivered', 'read')
"""
_LEAVING = """
    SELECT (SELECT count(*) FROM reply_part WHERE state IN ('sending', 'unknown')
                OR (state = 'pending' AND due_at IS NOT NULL))
         + (SELECT count(*) FROM auto_reply WHERE state IN ('pending', 'sending', 'unknown'))
"""
_BELONGING = ("recorded", "joined")


def tally(database: Path, *, sorted_mails: bool = True) -> dict[str, list[str]]:
    """Label → what the database says there is. The labels are those of `witness.tally`.

    `sorted_mails`: whoever put the mails in knew what each of them is.
    """
    with closing(_open(database)) as db:
        mails = [
            (_digest(raw, blob), end, reason, case)
            for raw, blob, end, reason, case in db.execute(_DELIVERIES)
        ]
        answers = db.execute(_ANSWERS).fetchall()
        numbers = _column(db, "SELECT number FROM complaint")
        return {
            "Surat di server, masing-masing satu nasib": [mail[0] for mail in mails],
            **(_by_kind(db, mails) if sorted_mails else _differing(mails)),
            "Nomor aduan pada kartu grup": numbers,
            "Nomor urut tanpa lubang": [number.rpartition("-")[2] for number in numbers],
            "Dicatat petugas (/catat)": _column(
                db, "SELECT number FROM complaint WHERE channel = 'manual'"
            ),
            "Balasan di kotak surat warga": [
                f"{to} {own} ↩ {parent}" for to, own, parent, _ in answers
            ],
            "Balasan sampai pada pengirim aduannya": [
                f"{parent} → {address}" for _, _, parent, address in answers if parent
            ],
            "Teks otomatis di kotak surat warga": [
                f"{to} {own}" for to, own in db.execute(_AUTOMATIC)
            ],
            "Pesan warga lewat WhatsApp dan SMS, di aduannya": [
                f"{channel} {_number(address)} {_mark(text)} → {_mark(first or '?')}"
                for channel, address, text, first in db.execute(_HEARD)
            ],
            "Pesan kita di ponsel warga": [
                f"{channel} {_number(to)} {_mark(text)}"
                for channel, to, text, _, _ in db.execute(_CALLED)
            ],
            "Sampai atau dibaca, menurut gateway": [
                f"{own} {state}"
                for _, _, _, own, state in db.execute(_CALLED)
                if state != "accepted"
            ],
            "Balasan disampaikan petugas": _column(db, _PARTS, "accepted", "manual"),
            "Balasan dibatalkan": _column(db, _PARTS, "cancelled", "%"),
        }


def settled(database: Path) -> int:
    """How many mails have met their end."""
    with closing(_open(database)) as db:
        return len(db.execute(_DELIVERIES).fetchall())


def numbers(database: Path) -> list[str]:
    """Of every complaint, in the order of recording."""
    with closing(_open(database)) as db:
        return _column(db, "SELECT number FROM complaint ORDER BY id")


def leaving(database: Path) -> int:
    """How much has not met its end of what was approved or is said automatically; what a person
    carries is left out.
    """
    with closing(_open(database)) as db:
        return int(db.execute(_LEAVING).fetchone()[0])


def unconfirmed(database: Path) -> int:
    """How much left by telephone whose gateway can tell, and has not told, that it arrived."""
    with closing(_open(database)) as db:
        sent = db.execute(_CALLED).fetchall()
        return sum(state == "accepted" for channel, *_, state in sent if channel != "gammu")


def _by_kind(
    db: sqlite3.Connection, mails: list[tuple[str, str, str, int | None]]
) -> dict[str, list[str]]:
    first = {case: _digest(raw, blob) for case, raw, blob in db.execute(_FIRST_MAILS)}
    return {
        "Surat warga, masing-masing di satu aduan": [
            mail for mail, end, _, case in mails if end in _BELONGING and case
        ],
        "Surat kembar": [mail for mail, end, _, _ in mails if end == "duplicate"],
        "Disisihkan (otomatis, milis, spam)": [
            f"{reason} {mail}" for mail, end, reason, _ in mails if end == "set-aside"
        ],
        "Surat kembali (pantulan)": [mail for mail, end, _, _ in mails if end == "status"],
        "Susulan yang bergabung sendiri": [
            f"{mail} → {first.get(case, '?')}" for mail, end, _, case in mails if end == "joined"
        ],
    }


def _differing(mails: list[tuple[str, str, str, int | None]]) -> dict[str, list[str]]:
    return {"Surat yang berbeda": [mail for mail, end, _, _ in mails if end != "duplicate"]}


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)


def _column(db: sqlite3.Connection, query: str, *values: str) -> list[str]:
    return [str(row[0]) for row in db.execute(query, values)]


def _number(address: str) -> str:
    return address.removeprefix("whatsapp:")


def _mark(text: str) -> str:
    """Tells texts apart without showing them."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _digest(raw: bytes | None, blob: str | None) -> str:
    """Large mails are blobs, whose key is their digest."""
    return (blob or hashlib.sha256(raw or b"").hexdigest())[:12]
