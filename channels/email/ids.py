"""Message-IDs of our own, signed, so that an answer to us proves which reply it answers.

`<reply-{part}.{signature}@{domain}>`: known before the mail is sent, the same at every attempt,
lower case throughout since some servers fold it.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable

_OURS = re.compile(r"<?reply-([1-9][0-9]{0,18})\.([0-9a-f]{32})@([^\s<>@]{1,255})>?\Z", re.I)


def make(part: int, key: bytes, domain: str) -> str:
    """The Message-ID of reply part `part` (positive), with angle brackets."""
    domain = domain.lower()
    return f"<reply-{part}.{_signature(part, key, domain)}@{domain}>"


def verify(message_id: str, key: bytes) -> int | None:
    """The reply part a Message-ID names, if `key` signed it; brackets may be missing."""
    match = _OURS.match(message_id.strip())
    if not match or not key:
        return None
    part = int(match[1])
    signed = hmac.compare_digest(_signature(part, key, match[3].lower()), match[2].lower())
    return part if signed else None


def first_verified(message_ids: Iterable[str], key: bytes) -> int | None:
    """The part named by the first of `message_ids` that is ours, None when none is."""
    for each in message_ids:
        part = verify(each, key)
        if part is not None:
            return part
    return None


def _signature(part: int, key: bytes, domain: str) -> str:
    message = f"reply-{part}@{domain}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:32]
