"""Does a message belong to a case that is known? What joins by itself needs proof; everything
else becomes a case of its own, with a suggestion.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from channels.message import Message
from store.messages import Known

_NUMBER = re.compile(r"ADU-(\d{4})-(\d{1,6})", re.IGNORECASE)
_SPOKEN = re.compile(r"\b(?:no|nomor|nomer|laporan|aduan|adu)\b[\s.:#-]{0,3}(\d{3,6})\b", re.I)
_THANKS = re.compile(
    r"(?:ok(?:e|ay|eh)?|ya|baik|siap|sip|mantap|jelas|sudah|puas|alhamdulillah|"
    r"te?ri?ma\s?ka?sih|trims|tq|thx|thanks?|thank\s+you|mksh|makasih|matur\s?(?:nuwun|suwun)|"
    r"suwun|nuwun|nuhun|hatur\s+nuhun|banyak|atas|jawaban(?:nya)?|tanggapan(?:nya)?|"
    r"penjelasan(?:nya)?|bu|pak|ibu|bapak|kak|min|dok|dokter|sekali|bgt|banget|"
    r"[^\w\s]|\s|_)+",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Case:
    """A case, known or in the making: the id is there once it stands in the database."""

    id: int | None
    address: str
    row: dict[str, object] = field(default_factory=dict)
    """What is going to be inserted, for one in the making."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a message belongs."""

    join: Case | None = None
    suggestions: tuple[tuple[Case, str], ...] = ()
    """(case, reason) for a message that opens a case of its own."""


@dataclass(slots=True)
class Cases:
    """What a batch knows of the cases that its messages may belong to."""

    by_part: Mapping[int, int]
    by_external_id: dict[str, Case]
    by_serial: Mapping[int, list[tuple[int, Known]]]
    children: Mapping[str, set[int]]


def decide(message: Message, cases: Cases) -> Verdict:
    """Join on proof: our own signed id, or a sender the mail server vouches for whose own case
    it is. Without proof, a reference is a suggestion.
    """
    part = cases.by_part.get(message.answers_part) if message.answers_part else None
    if part is not None:
        return Verdict(join=Case(part, message.sender.address))
    near = [*_referred(message, cases), *_mentioned(message, cases)]
    if message.vouched:
        for case, _ in near:
            if case.address == message.sender.address:
                return Verdict(join=case)
    later = (
        (Case(child, ""), "earlier-answer") for child in cases.children.get(message.external_id, ())
    )
    return Verdict(suggestions=tuple(_once([*near, *later])))


def references(message: Message) -> tuple[str, ...]:
    """The ids it refers to, nearest first."""
    ids = (message.in_reply_to, *reversed(message.references))
    return tuple(dict.fromkeys(filter(None, ids)))[:50]


def serials(message: Message) -> Collection[int]:
    """Numbers of cases that it mentions."""
    head = f"{message.subject}\n{message.text[:2000]}"
    found = [int(match[2]) for match in _NUMBER.finditer(head)]
    found += [int(match[1]) for match in _SPOKEN.finditer(head)]
    return dict.fromkeys(found[:10]).keys()


def only_thanks(text: str) -> bool:
    """«ok mksh 👍» after an answer does not open the case again."""
    return len(text) <= 120 and _THANKS.fullmatch(text.strip()) is not None


def _referred(message: Message, cases: Cases) -> Iterable[tuple[Case, str]]:
    for id_ in references(message):
        case = cases.by_external_id.get(id_)
        if case is not None:
            yield case, "reference"


def _mentioned(message: Message, cases: Cases) -> Iterable[tuple[Case, str]]:
    years = {int(match[2]): int(match[1]) for match in _NUMBER.finditer(message.subject)}
    for serial in serials(message):
        for year, known in cases.by_serial.get(serial, ()):
            # Only the person's own case: a number in a text gives no right to another's.
            if known.address == message.sender.address and years.get(serial, year) == year:
                yield Case(known.complaint_id, known.address), "number"


def _once(near: Iterable[tuple[Case, str]]) -> Iterable[tuple[Case, str]]:
    seen: set[int] = set()
    for case, reason in near:
        key = case.id if case.id is not None else -id(case)
        if key not in seen:
            seen.add(key)
            yield case, reason
