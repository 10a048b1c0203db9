"""A conversation while a batch is decided: a person's cases, and what is held of their words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.joining import Case
from pipeline.ports import DeskSettings
from pipeline.rows import Entry, Released
from store.conversations import HeldMessage, Talk
from store.states import OPEN, Status

LONGEST_BURST = timedelta(hours=24)
"""From the opening of a case in which nobody has answered yet: what comes later is another
matter, however closely it follows.
"""
COMPLAIN_DAYS = timedelta(days=7)
"""So long after an answer «jawabannya muter2» means that answer."""
THANK_DAYS = timedelta(days=30)
"""So long after an answer thanks are for it."""
KNOWN_DAYS = timedelta(days=90)
"""Cases that are over and older than this are no part of the conversation."""


@dataclass(slots=True)
class Ongoing:
    """One case of the conversation."""

    case: Case
    serial: int | None
    """None while it is being opened."""
    status: Status
    opened_at: datetime
    last_at: datetime
    answered_at: datetime | None = None
    spoken: bool = False
    """The desk has said something in it: what comes is not the first burst any more."""

    @property
    def is_open(self) -> bool:
        """Whether it waits for the desk or for the citizen."""
        return self.status in OPEN


@dataclass(slots=True)
class Thread:
    """A person on a channel; nobody else's cases are ever in it."""

    address: str
    cases: list[Ongoing] = field(default_factory=list)
    """In the order of their opening."""
    held: list[HeldMessage] = field(default_factory=list)
    """From earlier batches."""
    waiting: list[Entry] = field(default_factory=list)
    """Held in this batch."""

    @classmethod
    def known(cls, address: str, talk: Talk) -> "Thread":
        """As the database knows it."""
        cases = [
            Ongoing(
                Case(one.id, address, one.card),
                one.serial,
                one.status,
                one.opened_at,
                one.last_at,
                one.answered_at,
                one.spoken,
            )
            for one in talk.cases
        ]
        return cls(address, cases, list(talk.held))

    def newest_open(self) -> Ongoing | None:
        """The newest case that waits."""
        return next((one for one in reversed(self.cases) if one.is_open), None)

    def newest(self) -> Ongoing | None:
        """The newest case of all."""
        return self.cases[-1] if self.cases else None

    def awaiting(self) -> Ongoing | None:
        """The newest case in which the citizen was asked something."""
        asked = (one for one in reversed(self.cases) if one.status is Status.AWAITING_COMPLAINANT)
        return next(asked, None)

    def in_burst(self, at: datetime, settings: DeskSettings) -> Ongoing | None:
        """The open case that what is received now still belongs to."""
        span = timedelta(seconds=max(settings.burst_seconds, settings.hold_seconds))
        for one in reversed(self.cases):
            ends = one.last_at + span
            if not one.spoken:
                ends = min(ends, one.opened_at + LONGEST_BURST)
            if one.is_open and one.opened_at - span <= at <= ends:
                return one
        return None

    def answered(self, at: datetime, within: timedelta = KNOWN_DAYS) -> Ongoing | None:
        """The case answered last, not longer ago than this."""
        done = [
            one
            for one in self.cases
            if one.status in (Status.ANSWERED, Status.CLOSED)
            and one.answered_at is not None
            and at - one.answered_at <= within
        ]
        return max(done, key=lambda one: one.answered_at or at, default=None)

    def numbered(self, serial: int | None) -> Ongoing | None:
        """The newest case with this serial."""
        if serial is None:
            return None
        return next((one for one in reversed(self.cases) if one.serial == serial), None)

    def of(self, case: Case) -> Ongoing | None:
        """The same case as this."""
        for one in self.cases:
            if one.case is case or (case.id is not None and one.case.id == case.id):
                return one
        return None

    def same(self, case: Case) -> Case:
        """This case as the conversation knows it, if it does."""
        one = self.of(case)
        return one.case if one else case

    def joined(self, case: Case, at: datetime, *, reopens: bool) -> None:
        """A message went to this case."""
        one = self.of(case)
        if one is None:
            one = Ongoing(case, None, Status.NEW, at, at)
            self.cases.append(one)
        one.last_at = max(one.last_at, at)
        if one.status is Status.AWAITING_COMPLAINANT or (reopens and not one.is_open):
            one.status = Status.NEW

    def opened(self, case: Case, at: datetime) -> None:
        """A message opened this case."""
        self.cases.append(Ongoing(case, None, Status.NEW, at, at))

    def let_go(self, case: Case) -> Sequence[Released]:
        """What is held belongs to this case, which what followed joined or opened; what of it
        stands in the database is returned.
        """
        for entry in self.waiting:
            entry.case, entry.joins, entry.held_until = case, True, None
            entry.quiet, entry.reopens = True, False
        rows = tuple(self.held)
        self.waiting, self.held = [], []
        return [Released(rows, case)] if rows else []

    def expire(self, at: datetime) -> Sequence[Released]:
        """By `at` nothing had followed what is held: it joins the newest open case or opens one,
        just as it does when no message comes and the stage `held` finds it.
        """
        ends = [one.until for one in self.held]
        ends += [entry.held_until for entry in self.waiting if entry.held_until]
        if not ends or min(ends) > at:
            return []
        times = [one.received_at for one in self.held]
        times += [entry.row.received_at for entry in self.waiting]
        known = self.newest_open()
        if known is not None:
            target, fresh = known.case, False
        else:
            target, fresh = Case(None, self.address), True
            self.opened(target, times[0])
        first, in_batch = not self.held, list(self.waiting)
        released = self.let_go(target)
        if first and in_batch:
            in_batch[0].joins, in_batch[0].quiet = not fresh, False
        self.joined(target, max(times), reopens=False)
        return [Released(one.rows, one.case, opens=fresh, told=True) for one in released]
