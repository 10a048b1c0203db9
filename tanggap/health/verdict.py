"""Whether a process is well: facts in, reasons out. Pure, so that every trouble can be tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MAIN_SECONDS = 30.0
"""The main loop turns every second."""
SWEEPER_SECONDS = 120.0
"""The sweeper turns every five seconds; one of its chores may wait for the database."""
STAGE_SECONDS = 900.0
"""A stage works in bounded portions; the slowest gateway call ends within minutes."""
DATABASE_SECONDS = 30.0
"""The database is asked at least every ten seconds."""
SILENT_SECONDS = 1800.0
"""As `ingest.health.SILENT`: then the coordinators are told too."""
FREE_BYTES = 500 * 1024 * 1024
"""Less free disk than this is no longer well."""

MAIN_STUCK = "main-loop-stuck"
SWEEPER_STUCK = "sweeper-stuck"
STAGE_STUCK = "stage-stuck"
DATABASE = "database-unreachable"
SILENT = "account-silent"
ALERT_LATE = "alert-late"
CLOCK_BEHIND = "clock-behind"
DISK_FULL = "disk-nearly-full"

REASONS = (
    MAIN_STUCK,
    SWEEPER_STUCK,
    STAGE_STUCK,
    DATABASE,
    SILENT,
    ALERT_LATE,
    CLOCK_BEHIND,
    DISK_FULL,
)
OWN = frozenset({MAIN_STUCK, SWEEPER_STUCK, STAGE_STUCK, DATABASE})
"""What a new start of the process may mend: only these keep the watchdog from being fed. Nobody
is helped by a restart because a mail server is away.
"""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong, in machine words."""

    reason: str
    what: str = ""
    """Which: a stage, `facility/account`, a facility."""
    seconds: int | None = None
    """For how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was seen; ages in seconds. None where that part does not run here."""

    main: float
    sweeper: float | None
    database: float
    """Since the database last took a transaction and answered."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """Those at work, and for how long."""
    silent: Mapping[str, float] = field(default_factory=dict)
    """`facility/account` → since its last successful poll, or since the process began."""
    late: Mapping[str, float] = field(default_factory=dict)
    """Facility → seconds that its earliest alert is past its deadline; negative before."""
    clock_behind: bool = False
    free: int | None = None
    """Bytes on the data folder's disk; None: could not be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From when on something is wrong."""

    main: float = MAIN_SECONDS
    sweeper: float = SWEEPER_SECONDS
    stage: float = STAGE_SECONDS
    database: float = DATABASE_SECONDS
    silent: float = SILENT_SECONDS
    free: int = FREE_BYTES


def judge(facts: Facts, limits: Limits) -> Sequence[Reason]:
    """Every reason why the process is not well; empty: it is."""
    reasons = []
    if facts.main > limits.main:
        reasons.append(Reason(MAIN_STUCK, seconds=int(facts.main)))
    if facts.sweeper is not None and facts.sweeper > limits.sweeper:
        reasons.append(Reason(SWEEPER_STUCK, seconds=int(facts.sweeper)))
    reasons += _over(STAGE_STUCK, facts.stages, limits.stage)
    if facts.database > limits.database:
        reasons.append(Reason(DATABASE, seconds=int(facts.database)))
    reasons += _over(SILENT, facts.silent, limits.silent)
    reasons += _over(ALERT_LATE, facts.late, 0.0)
    if facts.clock_behind:
        reasons.append(Reason(CLOCK_BEHIND))
    if facts.free is not None and facts.free < limits.free:
        reasons.append(Reason(DISK_FULL))
    return reasons


def worth_feeding(reasons: Sequence[Reason]) -> bool:
    """Whether the watchdog is to be fed all the same."""
    return not any(one.reason in OWN for one in reasons)


def _over(reason: str, ages: Mapping[str, float], limit: float) -> list[Reason]:
    return [Reason(reason, what, int(age)) for what, age in sorted(ages.items()) if age > limit]
