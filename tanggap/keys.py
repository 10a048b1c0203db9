"""The secret by which we know our own replies again, whichever folder or bounce shows them."""

import secrets
from pathlib import Path

from pipeline.errors import UserError
from store import secret
from store.engine import Store

NAME = "signing"
_FILE = "secret.key"
"""Where earlier versions kept it, in the data folder; it is left there as it is."""
_LENGTH = 32


def signing_key(store: Store, data: Path) -> bytes:
    """32 bytes, kept in the database, so that every host signs alike; made on first use, or
    taken over from an earlier version's file in `data`, and never changed.

    Raises UserError when it is damaged, for a new key would no longer know the replies already
    sent.
    """
    with store.read() as db:
        key = secret.find(db, NAME)
    if key is None:
        proposed = _from_file(data / _FILE) or secrets.token_bytes(_LENGTH)
        with store.write("setup.key") as db:
            key = secret.agree(db, NAME, proposed)
    if len(key) != _LENGTH:
        raise _damaged("Kunci di basis data")
    return key


def _from_file(file: Path) -> bytes | None:
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        return None
    if len(key) != _LENGTH:
        raise _damaged(f"Berkas kunci {file}")
    return key


def _damaged(what: str) -> UserError:
    return UserError(
        f"{what} rusak; pulihkan dari cadangan (jangan dihapus: balasan yang sudah terkirim "
        "dikenali dengannya)."
    )
