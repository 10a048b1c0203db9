"""What is measured, what it has to reach, and whether it did."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1
"""Version of the JSON that `document` makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a figure has to reach."""

    limit: float
    at_least: bool = False
    """Whether more is better."""
    unit: str = ""
    aim: float | None = None
    """What is hoped for; missing it fails nothing."""
    means: str

    @property
    def bound(self) -> str:
        """`≥ 0.5` or `≤ 2 s`."""
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.limit:g} {self.unit}".strip()


TARGETS: Mapping[str, Target] = {
    "ingest-ratio": Target(
        limit=0.5,
        at_least=True,
        aim=0.7,
        means="mails a second, from the mailbox to the recorded complaint with its alert row, "
        "over those of the bare reference",
    ),
    "waiting-ratio": Target(
        limit=1.15, means="cost of a mail with 5,000 waiting over that with 1,000"
    ),
    "register-ratio": Target(
        limit=1.2, means="cost of a mail with 200,000 complaints in the register over an empty one"
    ),
    "postgresql-ratio": Target(
        limit=0.4,
        at_least=True,
        aim=0.5,
        means="as ingest-ratio, with the truth on PostgreSQL",
    ),
    "two-workers": Target(
        limit=1.0,
        at_least=True,
        means="mails a second that two workers record on PostgreSQL, over those of one",
    ),
    "recovery": Target(
        limit=15.0,
        unit="s",
        means="from kill -9 of one of two workers to the next complaint where it was, slowest of 3",
    ),
    "chat-single": Target(
        limit=2.0, unit="s", means="found to accepted by the chat, p99, a message in four seconds"
    ),
    "chat-coalesced": Target(
        limit=5.0, unit="s", means="found to accepted by the chat, p99, a message a second"
    ),
    "help": Target(limit=0.5, unit="s", means="`tanggap --help`, process start to end"),
    "first-poll": Target(
        limit=2.0, unit="s", means="start of `tanggap run` to its first mailbox opened"
    ),
    "idle-cpu": Target(
        limit=1.0,
        unit="%",
        means="of one core, `tanggap run` with five mailboxes and the chat, nothing to do",
    ),
    "large-mail-memory": Target(
        limit=20.0, unit="MB", means="peak memory of `tanggap run` that a mail of 50 MB adds"
    ),
    "peak-memory": Target(
        limit=130.0,
        unit="MB",
        means="highest peak of any `tanggap run` here, 2,000 mails and one of 50 MB included",
    ),
}
"""Every figure there is, in the order of the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure."""

    name: str
    """A key of TARGETS."""
    value: float | None
    """None: it could not be measured, which is a failure."""
    samples: Sequence[float] = ()
    """What `value` was made from."""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """What it has to reach."""
        return TARGETS[self.name]

    @property
    def passed(self) -> bool:
        """Whether it does."""
        if self.value is None:
            return False
        if self.target.at_least:
            return self.value >= self.target.limit
        return self.value <= self.target.limit


def middle(name: str, samples: Sequence[float], **detail: Any) -> Figure:
    """The figure that is the median of its samples."""
    return Figure(
        name=name, value=statistics.median(samples), samples=tuple(samples), detail=detail
    )


def percentile(samples: Iterable[float], share: float) -> float:
    """The smallest sample that at least this share of them does not exceed (nearest rank)."""
    ordered = sorted(samples)
    rank = -(-len(ordered) * share // 1)
    return ordered[max(int(rank), 1) - 1]


def document(figures: Sequence[Figure], machine: Mapping[str, Any]) -> dict[str, Any]:
    """Everything as JSON takes it."""
    return {
        "schema": SCHEMA,
        "passed": all(figure.passed for figure in figures),
        "machine": dict(machine),
        "figures": [
            {
                "name": figure.name,
                "means": figure.target.means,
                "value": _short(figure.value),
                "unit": figure.target.unit,
                "target": figure.target.limit,
                "at_least": figure.target.at_least,
                "aim": figure.target.aim,
                "passed": figure.passed,
                "samples": [_short(sample) for sample in figure.samples],
                "detail": dict(figure.detail),
            }
            for figure in figures
        ],
    }


def line(figure: Figure) -> str:
    """One line of the table, for people."""
    target = figure.target
    value = "-" if figure.value is None else f"{figure.value:.3g} {target.unit}".strip()
    aim = f" (aim {target.aim:g})" if target.aim is not None else ""
    verdict = "ok  " if figure.passed else "MISS"
    return f"{verdict}  {figure.name:<18}{value:>9}   {target.bound + aim:<16}  {target.means}"


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
