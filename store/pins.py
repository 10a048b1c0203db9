"""Personal PINs for the PC: only a salted slow hash of one is ever stored.

Six digits fall to whoever holds the hash, so a PIN protects a desk whose data folder is locked
up, not a stolen one; against guessing at the desk itself stands the lock after a few tries.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from itertools import pairwise

from sqlmodel import Session

from store import events
from store.tables import Staff

FEWEST, MOST = 6, 32
"""Digits."""
TRIES = 5
"""Wrong ones in a row, then the person is locked out for `LOCKED`."""
LOCKED = timedelta(minutes=15)
_COST, _BLOCK, _LANES = 2**14, 8, 1
"""https://docs.python.org/3/library/hashlib.html#hashlib.scrypt: 16 MB and some 50 ms a try."""
_NOBODY = "0" * 32 + ":" + "0" * 64


def fault(pin: str) -> str:
    """What is wrong with a new PIN: `digits`, `weak`, or nothing."""
    if not (pin.isascii() and pin.isdigit() and FEWEST <= len(pin) <= MOST):
        return "digits"
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    # A text stands inside its double, ends cut, exactly when it repeats a part of itself.
    repeats = pin in (pin + pin)[1:-1]
    return "weak" if repeats or steps in ({1}, {9}) else ""


def hashed(pin: str) -> str:
    """What is stored: salt and hash, as `hex:hex`. Slow on purpose: never in a transaction."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{_slow(pin, salt).hex()}"


def matches(stored: str, pin: str) -> bool:
    """Whether this is the PIN; as slow where there is none, and the comparison tells no time."""
    salt, _, expected = (stored or _NOBODY).partition(":")
    right = hmac.compare_digest(_slow(pin, bytes.fromhex(salt)), bytes.fromhex(expected))
    return right and bool(stored)


def keep(db: Session, now: datetime, staff: Staff, stored: str, *, reset: bool) -> None:
    """Give this person a PIN, by its hash; earlier failures and a lock are forgotten."""
    staff.pin_hash, staff.pin_failures, staff.pin_locked_until = stored, 0, None
    db.add(staff)
    kind = "pin-reset" if reset else "pin-set"
    events.append(db, kind, facility_id=staff.facility_id, now=now, params={"staff": staff.id})


def _slow(pin: str, salt: bytes) -> bytes:
    words = pin.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(words, salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=32)
