"""The secret by which we know our own replies again, whichever folder or bounce shows them."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from pipeline.errors import UserError

_NAME = "secret.key"
_LENGTH = 32


def signing_key(data: Path) -> bytes:
    """32 bytes from `secret.key` in the data folder, made on first use and never changed.

    Two processes that start at once agree: the file appears whole, and only once. Raises
    UserError when it is damaged, for a new key would no longer know the replies already sent.
    """
    file = data / _NAME
    if not file.exists():
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create(file)
    key = file.read_bytes()
    if len(key) != _LENGTH:
        raise UserError(
            f"Berkas kunci {file} rusak; pulihkan dari cadangan (jangan dihapus: balasan yang "
            "sudah terkirim dikenali dengannya)."
        )
    return key


def _create(file: Path) -> None:
    part = file.with_name(f"{_NAME}.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(secrets.token_bytes(_LENGTH))
        target.flush()
        os.fsync(target.fileno())
    try:
        # A link, unlike a rename on POSIX, never takes the place of what is there.
        with suppress(FileExistsError):
            os.link(part, file)
    finally:
        part.unlink()
