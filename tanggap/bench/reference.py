"""The bare limit that ingest is compared with: fetch, parse, insert, and nothing kept safe.

IMAPClient asks for 200 mails at once, the standard library parses them with its cheap policy,
sqlite3 takes a batch in one transaction that reaches the disk. No cursor, no raw-first, no
dedupe, no numbers, no deadlines, no trail: only what any mail collector has to do.
"""

import email
import sqlite3
import time
from email.header import decode_header
from email.message import Message
from pathlib import Path

from imapclient import IMAPClient

BATCH = 200
_TABLE = """CREATE TABLE mail (id INTEGER PRIMARY KEY, uid INTEGER UNIQUE, message_id TEXT,
    sender TEXT, subject TEXT, body TEXT, attached INTEGER, raw BLOB)"""
_INSERT = """INSERT INTO mail (uid, message_id, sender, subject, body, attached, raw)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""


def collect(port: int, user: str, password: str, folder: str, database: Path) -> tuple[int, float]:
    """Collect a folder into a new database; how many mails, and in how many seconds."""
    start = time.perf_counter()
    db = sqlite3.connect(database)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(_TABLE)
        client = IMAPClient("127.0.0.1", port, ssl=False)
        client.login(user, password)
        client.select_folder(folder, readonly=True)
        uids = client.search(["UID", "1:*"])
        for begin in range(0, len(uids), BATCH):
            got = client.fetch(uids[begin : begin + BATCH], ["BODY.PEEK[]", "INTERNALDATE"])
            rows = [_row(uid, data[b"BODY[]"]) for uid, data in got.items()]
            with db:
                db.executemany(_INSERT, rows)
        client.logout()
        taken = time.perf_counter() - start
        (count,) = db.execute("SELECT count(*) FROM mail").fetchone()
    finally:
        db.close()
    return count, taken


def _row(uid: int, raw: bytes) -> tuple[object, ...]:
    mail = email.message_from_bytes(raw)
    body, attached = "", 0
    for part in mail.walk():
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        if part.get_content_type() == "text/plain":
            body = content.decode(part.get_content_charset() or "utf-8", "replace")
        else:
            attached += len(content)
    header = (_header(mail, name) for name in ("Message-ID", "From", "Subject"))
    return (uid, *header, body, attached, raw)


def _header(mail: Message, name: str) -> str:
    pieces = decode_header(mail.get(name, ""))
    return "".join(
        piece.decode(charset or "ascii", "replace") if isinstance(piece, bytes) else piece
        for piece, charset in pieces
    )
