"""Faults by plan: which request goes wrong, and how. Nothing here is random."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Moment(StrEnum):
    """The three places in a request's life at which something may break."""

    RECEIPT = "on receipt"
    """The request has arrived; nothing was done, and nothing will be."""
    COMMIT = "after commit"
    """The gateway did it; no answer has left."""
    ANSWER = "after answer"
    """The gateway did it and the answer is on its way."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with this status and do nothing: an HTML page over HTTP, a reply line over SMTP."""

    status: int
    text: str = "Bad Gateway"


@dataclass(frozen=True, slots=True)
class TooMany:
    """Do nothing and answer, in the gateway's own words, that it was too much."""

    retry_after: int
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Say nothing for so many seconds, then close the connection; nothing was done."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """Close the connection at that moment. `strike` is called first: it may kill the asker."""

    when: Moment
    strike: Callable[[], object] | None = None


Action = Refuse | TooMany | Silence | Cut
DROP_BEFORE_COMMIT = Cut(Moment.RECEIPT)
DROP_AFTER_COMMIT = Cut(Moment.COMMIT)


@dataclass(frozen=True, slots=True)
class Call:
    """A request as a rule sees it."""

    gateway: str
    method: str
    params: Mapping[str, Any]


@dataclass(slots=True)
class Rule:
    """One line of the plan; counts the requests that match it."""

    action: Action
    gateway: str | None
    method: str | None
    where: Callable[[Call], bool] | None
    nth: int
    times: int | None
    seen: int = 0

    @property
    def fired(self) -> bool:
        """Whether the request it waits for has come."""
        return self.seen >= self.nth

    def meets(self, call: Call) -> bool:
        """Count the call if it matches; true when this is the one to go wrong."""
        if self.gateway not in (None, call.gateway) or self.method not in (None, call.method):
            return False
        if self.where is not None and not self.where(call):
            return False
        self.seen += 1
        return self.nth <= self.seen and (self.times is None or self.seen < self.nth + self.times)


@dataclass(slots=True)
class FaultPlan:
    """The rules that all gateways of a world obey. Empty: everything goes well."""

    _rules: list[Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self,
        action: Action,
        *,
        gateway: str | None = None,
        method: str | None = None,
        where: Callable[[Call], bool] | None = None,
        nth: int = 1,
        times: int | None = 1,
    ) -> Rule:
        """Let the nth matching request (counted from now, from 1) and the `times - 1` after it go
        wrong; `times=None` is for good.
        """
        rule = Rule(action, gateway, method, where, nth, times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """From now on everything goes well again."""
        with self._lock:
            self._rules.clear()

    def meet(self, gateway: str, method: str, params: Mapping[str, Any]) -> Action | None:
        """What is to befall this request. Every rule counts it; the oldest that fires wins."""
        call = Call(gateway, method, params)
        with self._lock:
            due = [rule.action for rule in self._rules if rule.meets(call)]
        return due[0] if due else None
