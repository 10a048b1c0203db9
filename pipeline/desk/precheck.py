"""What may not stand in an answer, and what somebody should look at before it leaves.

An answer leaves the house, on a network that others read. A citizen's identity number or insurance
number never belongs there; a telephone number or an address may, when it is meant.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session, select

from pipeline.desk.refused import Refused
from pipeline.ports import Office
from store.tables import Account

MAX_TEXT = 3000
"""UTF-16 units of a draft, as the chat counts: whoever approves sees it whole, beside the frame
and some of the complaint.
"""

Kind = Literal["nik", "bpjs", "phone", "email"]


@dataclass(frozen=True, slots=True)
class Found:
    """Something personal in a text."""

    kind: Kind
    hint: str
    """So much of it that its writer finds it: «33…07»."""


def check(text: str) -> None:
    """What no answer may be, whatever the channel.

    Raises Refused: empty-text, too-long(limit), has-nik(hint), has-bpjs(hint).
    """
    if not text.strip():
        raise Refused("empty-text")
    if len(text.encode("utf-16-le", "surrogatepass")) > 2 * MAX_TEXT:
        raise Refused("too-long", limit=MAX_TEXT)
    for found in cards(text):
        raise Refused(f"has-{found.kind}", hint=found.hint)


def cards(text: str) -> Iterator[Found]:
    """Identity numbers (NIK) and numbers of insurance cards (BPJS), in one piece or in groups."""
    plain = _CASE.sub("#", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))
    kinds: tuple[tuple[Kind, re.Pattern[str], Callable[[str, str], bool]], ...] = (
        ("nik", _SIXTEEN, _is_nik),
        ("bpjs", _THIRTEEN, _is_bpjs),
    )
    for kind, pattern, plausible in kinds:
        # Begun anew at every digit: what stands before a number must not hide it.
        for run in pattern.finditer(plain):
            written = run.group(1) or run.group(2)
            digits = re.sub(r"\D", "", written)
            if plausible(digits, plain[: run.start()]) and not _is_ordinary(written):
                yield _hint(kind, digits)


def contacts(db: Session, office: Office, text: str) -> list[Found]:
    """Telephone numbers and addresses that are not our own: allowed, but to be looked at."""
    numbers = [_hint("phone", it) for it in _foreign_numbers(office, text)]
    own = db.exec(select(Account.address).where(Account.facility_id == office.id)).all()
    known = {address.lower() for address in own}
    mails = [
        Found("email", f"{it[:2]}…{it[it.index('@') :]}")
        for it in dict.fromkeys(_MAIL.findall(text))
        if it.lower() not in known
    ]
    return [*dict.fromkeys(numbers), *mails]


_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_CASE = re.compile(r"\bADU-\d{4}-\d{1,6}(?!\d)", re.IGNORECASE)
_BETWEEN = r"[ \t\u2010-\u2015.\-]{0,3}"


def _digits(count: int) -> re.Pattern[str]:
    """A number of so many digits: in one piece, or in groups that are no part of a longer row."""
    grouped = rf"(?<!\d[-.])(?=(\d(?:{_BETWEEN}\d){{{count - 1}}})(?!\d|[-.]\d))"
    return re.compile(rf"(?<!\d)(?:(?=(\d{{{count}}})(?!\d))|{grouped})")


_SIXTEEN, _THIRTEEN = _digits(16), _digits(13)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_NUMBERED = re.compile(r"\b(?:bpjs|jkn|kis|kartu)\b\W*(?:\w+\W+){0,3}$", re.IGNORECASE)
_MONEY = re.compile(r"\b(?:rp|idr)\.?\s*$", re.IGNORECASE)
_SPAN = re.compile(
    r"\d{1,2}[.]\d{2}(?:[-\u2010-\u2015]\d{1,2}[.]\d{2})?"  # hours, and from when to when
    r"|\d{1,2}[-.]\d{1,2}[-.](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}"  # days
    r"|[1-9]\d{0,2}(?:\.\d{3}){1,3}"  # prices
)
_SMALL = re.compile(r"\d{1,3}")


def _is_ordinary(written: str) -> bool:
    """Whether it is nothing but hours, days and prices in a row, small numbers between them."""
    tight = re.sub(r"\s*([\u2010-\u2015-])\s*", r"\1", written)
    pieces = [piece.strip(".") for piece in tight.split()]
    spans = [_SPAN.fullmatch(piece) is not None for piece in pieces]
    return any(spans) and all(
        span or _SMALL.fullmatch(piece) for span, piece in zip(spans, pieces, strict=True)
    )


def _is_nik(digits: str, before: str) -> bool:
    """Province, regency, district, day of birth (plus 40 for women), month, year, serial."""
    region = [int(digits[at : at + 2]) for at in (0, 2, 4)]
    day, month = int(digits[6:8]), int(digits[8:10])
    return (
        not before.endswith("+")  # a telephone number abroad begins so
        and 11 <= region[0] <= 97
        and min(region[1:]) > 0
        and (1 <= day <= 31 or 41 <= day <= 71)
        and 1 <= month <= 12
        and digits[12:] != "0000"
    )


def _is_bpjs(digits: str, before: str) -> bool:
    """Thirteen digits that begin with zeros, or are called a card's."""
    if _MONEY.search(before) or re.match(r"0?8\d|62|0[2-9]", digits):
        return False  # a price or a telephone number
    return digits.startswith("000") or _NUMBERED.search(before[-60:]) is not None


def _hint(kind: Kind, digits: str) -> Found:
    return Found(kind, f"{digits[:2]}…{digits[-2:]}")


def _foreign_numbers(office: Office, text: str) -> Iterator[str]:
    # Imported here: the library's tables cost memory that a desk without drafts need not spend.
    import phonenumbers
    from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, PhoneNumberType

    def standard(number: str) -> str:
        try:
            parsed = phonenumbers.parse(number, "ID")
        except phonenumbers.NumberParseException:
            return ""
        return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))

    own = {standard(it) for it in (*office.phones, office.emergency)}
    public = (PhoneNumberType.TOLL_FREE, PhoneNumberType.UAN, PhoneNumberType.SHARED_COST)
    for match in PhoneNumberMatcher(text, "ID"):
        written = match.raw_string
        e164 = str(phonenumbers.format_number(match.number, PhoneNumberFormat.E164))
        price = re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+", written)
        money = _MONEY.search(text[: match.start])
        if e164 in own or price or money or phonenumbers.number_type(match.number) in public:
            continue
        yield re.sub(r"\D", "", written)
