"""Somebody's own mails for the demo: .eml, mbox and Maildir."""

import tempfile
from collections.abc import Callable
from email import message_from_bytes
from email.utils import parseaddr
from pathlib import Path

from ingest.mailfiles import Unreadable, mail_files, mails_in
from tanggap.demo.errors import Trouble
from tanggap.demo.letter import UNSORTED, Letter

_MOST = 300
_LARGEST = 5 * 1024 * 1024
"""The demo's IMAP server keeps everything in memory."""


def own_letters(folder: Path, say: Callable[[str], None]) -> list[Letter]:
    """The mails in a folder or file; what is left out is said. Raises Trouble."""
    try:
        files = mail_files(folder).files
    except FileNotFoundError:
        raise Trouble(f"Folder {folder} tidak ada; periksa namanya.") from None
    letters: list[Letter] = []
    with tempfile.TemporaryDirectory() as spool:
        for file in files:
            try:
                for mail in mails_in(file.path, Path(spool)):
                    if mail.size > _LARGEST:
                        say(f"{file.path.name}: surat di atas 5 MB dilewati dalam peragaan")
                    elif len(letters) < _MOST:
                        raw = mail.raw if isinstance(mail.raw, bytes) else mail.raw.read_bytes()
                        letters.append(_letter(f"{len(letters) + 1}", raw))
            except (Unreadable, OSError) as error:
                say(f"{file.path.name} dilewati: {error}")
    if not letters:
        raise Trouble(f"Di {folder} tidak ada surat .eml, mbox, atau Maildir yang terbaca.")
    if len(letters) == _MOST:
        say(f"Peragaan hanya memakai {_MOST} surat pertama.")
    return letters


def _letter(key: str, raw: bytes) -> Letter:
    mail = message_from_bytes(raw)
    name, address = parseaddr(str(mail["From"] or ""))
    return Letter(key=key, kind=UNSORTED, raw=raw, sender=address.lower(), name=name)
