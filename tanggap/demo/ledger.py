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
    WHERE r.route <> 'manual' AND p.state NOT IN ('cancelled', 'superseded')
      AND 2 = (SELECT count(DISTINCT step) FROM approval
               WHERE reply_id = r.id AND digest = r.digest)
"""
_PARTS = """
    SELECT DISTINCT c.number FROM reply_part p JOIN reply r ON r.id = p.reply_id
    JOIN complaint c ON c.id = r.complaint_id WHERE p.state = ? AND r.route LIKE ?
"""
_AUTOMATIC = """
    SELECT lower(recipient), trim(external_id, '<>') FROM auto_reply
    WHERE state IN ('accepted', 'delivered', 'read')
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


def _digest(raw: bytes | None, blob: str | None) -> str:
    """Large mails are blobs, whose key is their digest."""
    return (blob or hashlib.sha256(raw or b"").hexdigest())[:12]
