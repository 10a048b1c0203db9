"""The queue of updates, with the real rules of `offset`: asking beyond an update forgets it.

https://core.telegram.org/bots/api#getupdates
"""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from simulator.journal import Clock
from simulator.telegram.errors import ApiError

_KEPT = timedelta(hours=24)
_QUIET = timedelta(days=7)
_NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}


class Updates:
    """Undelivered updates of one bot. Everything happens under the world's condition."""

    def __init__(self, clock: Clock, changed: threading.Condition, first_id: int) -> None:
        self._clock = clock
        self._changed = changed
        self._next_id = first_id
        self._last: datetime | None = None
        self._waiting: list[tuple[datetime, dict[str, Any]]] = []
        self._allowed: set[str] | None = None
        self._poller = 0
        self._closed = False

    def push(self, kind: str, payload: dict[str, Any]) -> None:
        """Queue an update of a kind that the bot asked for; others never come to exist."""
        with self._changed:
            refused = (
                kind in _NOT_BY_DEFAULT if self._allowed is None else (kind not in self._allowed)
            )
            if refused:
                return
            now = self._clock()
            if self._last is not None and now - self._last >= _QUIET:
                # The real one starts again anywhere; lower is what hurts whoever trusts order.
                self._next_id -= 500_000
            self._last = now
            self._waiting.append((now, {"update_id": self._next_id, kind: payload}))
            self._next_id += 1
            self._changed.notify_all()

    def fetch(
        self, offset: int, limit: int, timeout: float, allowed: Sequence[str] | None
    ) -> list[dict[str, Any]]:
        """Confirm what lies before `offset`, then wait up to `timeout` real seconds for updates.

        A newer call ends this one with 409 Conflict, as the real server does: the first loses.
        """
        with self._changed:
            self._poller += 1
            mine = self._poller
            self._changed.notify_all()
            if allowed is not None:
                self._allowed = set(allowed) or None
            self._forget(offset)

            def due() -> list[dict[str, Any]]:
                return [it for _, it in self._waiting if offset <= 0 or it["update_id"] >= offset]

            self._changed.wait_for(lambda: self._closed or self._poller != mine or due(), timeout)
            if self._poller != mine:
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            return due()[:limit]

    def clear(self) -> None:
        """Forget all (`drop_pending_updates`)."""
        with self._changed:
            self._waiting.clear()

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def pending(self) -> int:
        """How many are neither confirmed nor too old."""
        with self._changed:
            self._forget(0)
            return len(self._waiting)

    def _forget(self, offset: int) -> None:
        oldest = self._clock() - _KEPT
        kept = [it for it in self._waiting if it[0] > oldest]
        if offset < 0:
            kept = kept[offset:]
        elif offset > 0:
            kept = [it for it in kept if it[1]["update_id"] >= offset]
        self._waiting[:] = kept
