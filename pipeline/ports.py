"""What the pipeline asks of the rooms around it; `tanggap.wiring` hands it the real ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from sqlmodel import Session

from channels.base import Channel
from pipeline.calendar import Calendar
from pipeline.lanes import Lanes
from pipeline.pace import Pace
from pipeline.profile import Profile
from store.engine import Store
from store.tables import AlertMail, Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a post stands in the team's chat."""

    chat_id: int
    message_id: int


class NotStarted(Exception):
    """The person has not pressed Start (or blocked the bot): nothing can be written to them."""


class GroupGone(Exception):
    """The group cannot be posted to any more; the argument says why, for staff, and `why` is the
    slug of `pipeline.chathealth.Why`.
    """

    def __init__(self, words: str, why: str = "removed") -> None:
        super().__init__(words)
        self.why = why


class TeamChat(Protocol):
    """The team's chat. Renders a post from the truth as it stands, and puts it there."""

    def send(self, post: Post) -> Placed:
        """Post it. Raises ChannelError, NotStarted or GroupGone.

        An `Ambiguous` end is tried again: an alert is at-least-once.
        """
        ...

    def edit(self, post: Post) -> None:
        """Draw it anew where it stands; nothing to change is success. Raises as `send`."""
        ...


class Wake(Protocol):
    """The queue, as everybody sees it: a stage is told that something may be due."""

    def __call__(self, stage: str, /) -> None:
        """Never raises and never blocks: what is due stands in the database."""
        ...


class Clock(Protocol):
    """The time, passed in."""

    def __call__(self) -> datetime:
        """Aware, UTC."""
        ...


class WritesAlerts(Protocol):
    """The words of a fallback mail, drawn from the truth as it stands."""

    def __call__(
        self, db: Session, office: "Office", mail: AlertMail, now: datetime, /
    ) -> tuple[str, str]:
        """Subject and text: no citizen's name, number or words."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """How a facility's alerts go where its chat does not take them."""

    recipients: tuple[str, ...]
    """Addresses, at least one."""
    after: timedelta
    """So long an alert waits for the chat."""
    account: str
    """Name of the account that sends: an adapter that `Notifies`."""
    write: WritesAlerts


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """How the desk is run; seconds where a number. Keys of `[desk]`."""

    undo_seconds: float = 120.0
    poll_seconds: float = 30.0
    card_seconds: float = 3.0
    group_per_minute: int = 20
    lease_seconds: float = 30.0
    retry_seconds: float = 60.0
    quiet: str = "20.00-06.00"
    language: str = "id"
    receipts: bool = True
    """Whether a citizen is told the number of the complaint."""
    receipt_seconds: float = 60.0
    """So long a receipt waits for what else comes from the same person."""
    hold_seconds: float = 180.0
    """So long a greeting alone waits for what follows."""
    burst_seconds: float = 900.0
    """What one person writes within so long of the message before is one complaint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A facility as the pipeline needs it: its row's id, its rules, its channels."""

    id: int
    slug: str
    name: str
    zone: str
    profile: Profile
    approval: tuple[str, ...]
    """The chain of roles: ("coordinator",) or ("coordinator", "head")."""
    calendar: Calendar
    settings: DeskSettings
    channels: Mapping[str, Channel]
    """Account name → adapter."""
    accounts: Mapping[str, int]
    """Account name → row id."""
    fallback: Fallback | None = None
    """None: alerts wait for the chat, however long."""
    emergency: str = "119"
    """The number that a citizen in danger is told to call."""
    phones: tuple[str, ...] = ()
    """Our own telephone numbers: the ones that may stand in an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything a stage needs, handed in by the front door."""

    store: Store
    clock: Clock
    wake: Wake
    settings: DeskSettings
    offices: Mapping[int, Office]
    chat: TeamChat | None
    """None until a token is configured: alerts wait, recording goes on."""
    holder: str
    """Names this process in leases; another for every start."""
    pace: Pace = field(default_factory=Pace)
    lanes: Lanes = field(default_factory=Lanes)
    """Where the work on the gateways goes on: here and now, or in threads of the process."""

    def grants(self) -> str:
        """A holder's name for one run of a stage, so that two runs never share a lease."""
        return f"{self.holder}/{uuid4().hex[:12]}"
