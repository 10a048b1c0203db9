"""Telephone numbers as one key, and the ids of what leaves through a SIM card of ours."""

import hashlib
import hmac
import re

REGION = "ID"
"""Numbers without a country's code are Indonesian: 0812… is +62812…"""

_NUMBER = re.compile(r"\+?[0-9 ().-]{5,25}")


def e164(text: str) -> str:
    """`text` as +62812…, or "" where it is nobody's number: a name (TELKOMSEL), a short code."""
    if not _NUMBER.fullmatch(text):
        return ""
    import phonenumbers  # a quarter of a second and ten megabytes: only where SMS come in

    for candidate in (text, f"+{text}"):  # some modems leave the plus out
        try:
            number = phonenumbers.parse(candidate, REGION)
        except phonenumbers.NumberParseException:
            continue
        possible = phonenumbers.is_possible_number_with_reason(number)
        if possible == phonenumbers.ValidationResult.IS_POSSIBLE:
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return ""


def outgoing_id(key: bytes, account: str, part: int, *, automatic: bool) -> str:
    """The id of reply part, or automatic message, `part`: of one installation and one account, so
    that two desks on one telephone do not take each other's for their own. At most 36 characters,
    sorted as the parts are.
    """
    tag = hmac.new(key, f"sms:{account}".encode(), hashlib.sha256).hexdigest()[:8]
    return f"tanggap-{tag}-{'a' if automatic else 'r'}{part:010d}"


def later_ids(chosen: str) -> list[str]:
    """The id that was chosen first, and those under which it is sent anew at a person's wish, each
    once the one before has failed. `chosen` may be any of them.
    """
    first = re.sub(r"-[2-9]\Z", "", chosen)
    return [first, *(f"{first}-{again}" for again in range(2, 10))]
