"""Message-IDs of our own, signed, so that what comes back proves what it is about.

`<reply-{part}.{signature}@{domain}>` for a part of an answer, `<alert-{copy}.{signature}@{domain}>`
for a copy of an alert to our own people, `<auto-{message}.{signature}@{domain}>` for what the desk
says by itself: known before the mail is sent, the same at every attempt, lower case throughout
since some servers fold it.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from enum import StrEnum


class About(StrEnum):
    """What a mail of ours is."""

    REPLY = "reply"
    ALERT = "alert"
    AUTO = "auto"


_OURS = re.compile(
    r"<?(reply|alert|auto)-([1-9][0-9]{0,18})\.([0-9a-f]{32})@([^\s<>@]{1,255})>?\Z", re.I
)


def make(number: int, key: bytes, domain: str, about: About = About.REPLY) -> str:
    """The Message-ID of what is numbered so (positive) among its kind, with angle brackets."""
    domain = domain.lower()
    return f"<{about}-{number}.{_signature(about, number, key, domain)}@{domain}>"


def verify(message_id: str, key: bytes, about: About = About.REPLY) -> int | None:
    """The number that a Message-ID names, if `key` signed it; brackets may be missing."""
    match = _OURS.match(message_id.strip())
    if not match or not key or match[1].lower() != about:
        return None
    number = int(match[2])
    signature = _signature(about, number, key, match[4].lower())
    return number if hmac.compare_digest(signature, match[3].lower()) else None


def first_verified(
    message_ids: Iterable[str], key: bytes, about: About = About.REPLY
) -> int | None:
    """The number named by the first of `message_ids` that is ours, None when none is."""
    for each in message_ids:
        number = verify(each, key, about)
        if number is not None:
            return number
    return None


def _signature(about: About, number: int, key: bytes, domain: str) -> str:
    message = f"{about}-{number}@{domain}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:32]
