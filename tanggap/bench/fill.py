"""A register with years of work in it, written straight into the database."""

import hashlib
import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from store import events
from store.engine import Store

_YEARS = 4
_CARD = 20
"""Alerts on one card of the chat."""
_PORTION = 5_000
_LETTER = (
    "Antrean loket obat panjang sekali, resep belum dilayani sampai siang, ruang tunggu panas dan "
    "tidak ada petugas yang menjelaskan. Kartu BPJS ibu saya sudah dibawa, rujukan juga ada. "
)

_ROWS = {
    "contact": "INSERT INTO contact (id, facility_id, channel, address, name, created_at) "
    "VALUES (?, 1, 'email', ?, ?, ?)",
    "delivery": "INSERT INTO delivery (id, facility_id, account_id, stream, transport_id, "
    "revision, meta, received_at, fetched_at, size, raw, disposition, reason, attempts, error) "
    "VALUES (?, 1, ?, 'INBOX', ?, '0', ?, ?, ?, ?, ?, 'recorded', '', 1, '')",
    "complaint": "INSERT INTO complaint (id, facility_id, year, serial, number, account_id, "
    "channel, medium, contact_id, kind, status, received_at, recorded_at, alert_due_at, "
    "answer_due_at, alerted_at, closed_at, foreign_answer) "
    "VALUES (?, 1, ?, ?, ?, ?, 'email', '', ?, 'complaint', ?, ?, ?, ?, ?, ?, ?, 0)",
    "message": "INSERT INTO message (id, facility_id, channel, identity, external_id, "
    "delivery_id, complaint_id, contact_id, conversation, subject, text, full_text, received_at, "
    'recorded_at, in_reply_to, "references", set_aside, unreadable, truncated) '
    "VALUES (?, 1, 'email', ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, '', '', '', '', 0)",
    "attachment": "INSERT INTO attachment (id, message_id, name, content_type, size, part) "
    "VALUES (?, ?, 'foto.jpg', 'image/jpeg', 12000, '2')",
    "alert": "INSERT INTO alert (id, facility_id, complaint_id, joined, created_at, post_id) "
    "VALUES (?, 1, ?, 0, ?, ?)",
}


def fill(database: Path, store: Store, complaints: int, now: datetime) -> None:
    """Write that many complaints with everything that hangs on them into a fresh database.

    The store is the one open on it, with one facility and its accounts in place. The raws are
    short, since nothing reads them again; every row and index entry of a mail is there.
    """
    db = sqlite3.connect(database)
    try:
        db.execute("PRAGMA synchronous = OFF")
        (account,) = db.execute("SELECT min(id) FROM account WHERE channel = 'email'").fetchone()
        with db:
            _cards(db, complaints, now)
            for table, rows in _tables(complaints, account, now):
                db.executemany(_ROWS[table], rows)
            db.execute(
                "INSERT INTO counter (facility_id, year, last) VALUES (1, ?, ?) "
                "ON CONFLICT DO UPDATE SET last = excluded.last",
                (now.year, -(-complaints // _YEARS)),
            )
    finally:
        db.close()
    for start in range(1, complaints + 1, _PORTION):
        numbers = range(start, min(start + _PORTION, complaints + 1))
        with store.write("bench.fill", facility=1) as session:
            events.append_many(
                session,
                "recorded",
                facility_id=1,
                now=now,
                complaints=[(number, {"delivery": number}) for number in numbers],
            )


def _cards(db: sqlite3.Connection, complaints: int, now: datetime) -> None:
    moment = _sql(now - timedelta(days=1))
    db.executemany(
        "INSERT INTO post (id, facility_id, chat_id, kind, params, state, attempts, due_at, "
        "created_at, accepted_at, message_id, wanted, shown, reason) "
        "VALUES (?, 1, -1001, 'card', '{}', 'accepted', 1, ?, ?, ?, ?, 1, 1, '')",
        (
            (number, moment, moment, moment, number)
            for number in range(1, -(-complaints // _CARD) + 1)
        ),
    )


def _tables(
    complaints: int, account: int, now: datetime
) -> Iterator[tuple[str, Iterator[tuple[object, ...]]]]:
    rng = random.Random(7)  # noqa: S311 (invented letters)
    people = max(complaints // 3, 1)
    numbers = range(1, complaints + 1)
    first = now - timedelta(days=365 * (_YEARS - 1))
    step = (now - timedelta(days=1) - first) / complaints
    a_year = -(-complaints // _YEARS)

    def received(number: int) -> datetime:
        return first + step * number

    def person(number: int) -> int:
        return number % people + 1

    def delivery(number: int) -> tuple[object, ...]:
        at = _sql(received(number))
        raw = rng.randbytes(600).hex().encode()
        meta = '{"folder": "INBOX", "role": "inbox"}'
        return (number, account, f"INBOX:7:{number}", meta, at, at, len(raw), raw)

    def complaint(number: int) -> tuple[object, ...]:
        at = received(number)
        year = now.year - _YEARS + 1 + (number - 1) // a_year
        serial = (number - 1) % a_year + 1
        status = "new" if number > complaints - 300 else "closed"
        due, answer = _sql(at + timedelta(days=1)), _sql(at + timedelta(days=5))
        closed = answer if status == "closed" else None
        place = (number, year, serial, f"ADU-{year}-{serial:04d}", account, person(number))
        return (*place, status, _sql(at), _sql(at), due, answer, _sql(at), closed)

    def letter(number: int) -> tuple[object, ...]:
        at = _sql(received(number))
        external = f"<{number}.{rng.getrandbits(64):x}@lama.example>"
        identity = hashlib.sha256(external.encode()).hexdigest()
        words = f"{_LETTER * 2}Warga {number}"
        address = f"warga{person(number)}@lama.example"
        ids = (number, identity, external, number, number, person(number))
        return (*ids, address, words[:60], words, at, at)

    moment = _sql(first)
    yield (
        "contact",
        ((one, f"warga{one}@lama.example", f"Warga {one}", moment) for one in range(1, people + 1)),
    )
    yield "delivery", (delivery(number) for number in numbers)
    yield "complaint", (complaint(number) for number in numbers)
    yield "message", (letter(number) for number in numbers)
    yield "attachment", ((number, number) for number in numbers)
    yield "alert", ((one, one, _sql(received(one)), (one - 1) // _CARD + 1) for one in numbers)


def _sql(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
