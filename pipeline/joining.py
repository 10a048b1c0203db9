"""Does a message belong to a case that is known? What joins by itself needs proof; everything
else becomes a case of its own, with a suggestion.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from channels.message import Message
from store.messages import Known

_NUMBER = re.compile(r"ADU-(\d{4})-(\d{1,6})", re.IGNORECASE)
_SPOKEN = re.compile(r"\b(?:no|nomor|nomer|laporan|aduan|adu)\b[\s.:#-]{0,3}(\d{3,6})\b", re.I)


@dataclass(slots=True)
class Case:
    """A case, known or in the making: the id is there once it stands in the database."""

    id: int | None
    address: str
    """Of the person whose case it is."""
    card: int | None = None
    """The post in the team's group where a further message is shown without a card of its own."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a message belongs."""

    join: Case | None = None
    suggestions: tuple[tuple[Case, str], ...] = ()
    """(case, reason) for a message that opens a case of its own."""


@dataclass(slots=True)
class Cases:
    """What a batch knows of the cases that its messages may belong to."""

    by_part: Mapping[int, Case]
    by_external_id: dict[str, Case]
    by_serial: Mapping[int, list[tuple[int, Known]]]
    children: dict[str, list[Case]]
    """The id of a message → cases of answers to it that came before it."""

    def add(self, message: Message, case: Case) -> None:
        """Let the batch's later messages find this one."""
        if message.external_id:
            self.by_external_id.setdefault(message.external_id, case)
        if message.in_reply_to:
            self.children.setdefault(message.in_reply_to, []).append(case)


def decide(message: Message, cases: Cases) -> Verdict:
    """Join on proof: our own signed id, or a sender the mail server vouches for whose own case
    it is. Without proof, a reference is a suggestion.
    """
    part = cases.by_part.get(message.answers_part) if message.answers_part else None
    if part is not None:
        return Verdict(join=part)
    near = [*_referred(message, cases), *_named(message, cases, _numbers(message))]
    if message.vouched:
        for case, _ in near:
            if case.address == message.conversation:
                return Verdict(join=case)
    # «Saya antre nomor 012» may be no case at all: a bare number never joins.
    near += _named(message, cases, _bare_numbers(message))
    children = cases.children.get(message.external_id, ()) if message.external_id else ()
    near += [(child, "earlier-answer") for child in children]
    return Verdict(suggestions=tuple(_once(near)))


def references(message: Message) -> tuple[str, ...]:
    """The ids it refers to, nearest first."""
    ids = (message.in_reply_to, *reversed(message.references))
    return tuple(dict.fromkeys(filter(None, ids)))[:50]


def serials(message: Message) -> Collection[int]:
    """Numbers of cases that it mentions."""
    return {serial for _, serial in (*_numbers(message), *_bare_numbers(message))}


def _referred(message: Message, cases: Cases) -> Iterable[tuple[Case, str]]:
    for id_ in references(message):
        case = cases.by_external_id.get(id_)
        if case is not None:
            yield case, "reference"


_Number = tuple[int | None, int]
"""(year if it was said, serial)"""


def _numbers(message: Message) -> list[_Number]:
    found = _NUMBER.finditer(_head(message))
    return [(int(match[1]), int(match[2])) for match in islice(found, 10)]


def _bare_numbers(message: Message) -> list[_Number]:
    return [(None, int(match[1])) for match in islice(_SPOKEN.finditer(_head(message)), 10)]


def _head(message: Message) -> str:
    return f"{message.subject}\n{message.text[:2000]}"


def _named(
    message: Message, cases: Cases, numbers: Iterable[_Number]
) -> Iterable[tuple[Case, str]]:
    for wanted, serial in numbers:
        for year, known in cases.by_serial.get(serial, ()):
            # Only the person's own case: a number in a text gives no right to another's.
            if known.address == message.conversation and wanted in (None, year):
                yield Case(known.complaint_id, known.address), "number"


def _once(near: Iterable[tuple[Case, str]]) -> Iterable[tuple[Case, str]]:
    seen: set[int] = set()
    for case, reason in near:
        key = case.id if case.id is not None else -id(case)
        if key not in seen:
            seen.add(key)
            yield case, reason
