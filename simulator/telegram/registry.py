"""The Bot API's methods, each with the parameters it takes: https://core.telegram.org/bots/api

Stricter than the real server in one thing: an unknown parameter, which the real one ignores, is
refused with 400, since it is a slip of ours. Of the real parameters those are known that the
double obeys; the others are refused too, rather than ignored in silence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.telegram.args import Args
from simulator.telegram.errors import ApiError, bad
from simulator.telegram.state import State


@dataclass(frozen=True, slots=True)
class Method:
    """A method's name as documented, what it takes, and what it does."""

    name: str
    takes: frozenset[str]
    run: Callable[[State, Args], Any]


METHODS: dict[str, Method] = {}
"""By name in lower case: the real server does not mind the case."""


def method(
    name: str, takes: str = ""
) -> Callable[[Callable[[State, Args], Any]], Callable[[State, Args], Any]]:
    """Register a method under its documented name, with the parameters it takes."""

    def keep(run: Callable[[State, Args], Any]) -> Callable[[State, Args], Any]:
        METHODS[name.lower()] = Method(name, frozenset(takes.split()), run)
        return run

    return keep


def call(state: State, name: str, args: Args, given: set[str]) -> Any:
    """Run a method; its `result`. Raises ApiError."""
    wanted = METHODS.get(name.lower())
    if wanted is None:
        raise ApiError(404, "Not Found: method not found")
    # A file that `attach://` refers to may bear any name.
    unknown = sorted(given - wanted.takes)
    if unknown:
        raise bad(f"unknown parameter {', '.join(unknown)} (only this double refuses it)")
    with state.changed:
        return wanted.run(state, args)
