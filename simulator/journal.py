"""What every simulated gateway was asked, in the order it was asked, and what came of it."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Clock = Callable[[], datetime]
"""Gives the aware time of now; the world on loopback never asks the machine directly."""


def real_clock() -> datetime:
    """The machine's time, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request. Entries are replaced, never changed, as more becomes known about them."""

    seq: int
    """1 for the first request of the journal, over all gateways."""
    gateway: str
    method: str
    params: Mapping[str, Any]
    """What was asked, secrets removed, in the gateway's own words."""
    at: datetime
    outcome: str = ""
    """Empty while it is being worked on; then `ok`, `refused …` or `fault …`."""
    committed: bool = False
    """The gateway did what was asked, whatever the asker was told."""
    result: Any = None
    """What identifies the effect at the gateway (message ids, update ids), if anything."""


@dataclass(slots=True)
class Journal:
    """Thread-safe list of every request, which can be waited on."""

    clock: Clock = real_clock
    _entries: list[Entry] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def receive(self, gateway: str, method: str, params: Mapping[str, Any]) -> int:
        """Note a request on its arrival; returns its sequence number for `finish`."""
        with self._changed:
            seq = len(self._entries) + 1
            self._entries.append(
                Entry(seq=seq, gateway=gateway, method=method, params=dict(params), at=self.clock())
            )
            self._changed.notify_all()
            return seq

    def finish(
        self, seq: int, outcome: str, *, committed: bool = False, result: Any = None
    ) -> None:
        """Note what came of it. `committed` says whether the gateway did it."""
        with self._changed:
            self._entries[seq - 1] = replace(
                self._entries[seq - 1], outcome=outcome, committed=committed, result=result
            )
            self._changed.notify_all()

    def entries(self, gateway: str | None = None, method: str | None = None) -> tuple[Entry, ...]:
        """A snapshot, oldest first, of one gateway or method or of all."""
        with self._changed:
            return tuple(
                entry
                for entry in self._entries
                if gateway in (None, entry.gateway) and method in (None, entry.method)
            )

    def wait(
        self, predicate: Callable[[Entry], bool], timeout: float = 10, *, after: int = 0
    ) -> Entry:
        """The first entry younger than `after` that fits, as soon as there is one.

        Finished or not: ask for `.outcome` in the predicate where it matters.
        Raises TimeoutError after `timeout` seconds.
        """
        found: list[Entry] = []

        def look() -> bool:
            found[:] = [entry for entry in self._entries[after:] if predicate(entry)][:1]
            return bool(found)

        with self._changed:
            if not self._changed.wait_for(look, timeout):
                last = ", ".join(f"{e.gateway}.{e.method}" for e in self._entries[-5:])
                raise TimeoutError(f"no such request within {timeout} s; the last were: {last}")
            return found[0]

    def dump(self, path: Path) -> None:
        """Write all of it, one JSON object a line."""
        lines = (
            json.dumps({**asdict(entry), "at": entry.at.isoformat()}, default=str)
            for entry in self.entries()
        )
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
