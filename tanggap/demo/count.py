"""Two countings of one run beside each other. They were made by `witness`, from what the
gateways kept, and by `ledger`, from the database; the two share no code.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Row:
    """The same things, listed by both sides, in any order; a thing may stand there twice."""

    label: str
    gateways: Sequence[str]
    database: Sequence[str]

    @property
    def agrees(self) -> bool:
        """Whether both list the same things equally often."""
        return Counter(self.gateways) == Counter(self.database)

    def differences(self) -> Iterator[str]:
        """What only one side lists, or lists more often."""
        gateways, database = Counter(self.gateways), Counter(self.database)
        for said, more in (
            ("hanya di gateway", gateways - database),
            ("hanya di basis data", database - gateways),
        ):
            things = sorted(more.elements())
            if things:
                rest = f" dan {len(things) - _SHOWN} lagi" if len(things) > _SHOWN else ""
                yield f"{said}: {', '.join(things[:_SHOWN])}{rest}"


def compare(
    gateways: Mapping[str, Sequence[str]], database: Mapping[str, Sequence[str]]
) -> list[Row]:
    """A row for every label that either side knows."""
    labels = dict.fromkeys([*gateways, *database])
    return [Row(label, gateways.get(label, ()), database.get(label, ())) for label in labels]
