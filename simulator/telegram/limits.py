"""How much a bot may say: about twenty messages a minute in a group, thirty a second in all.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.telegram.errors import ApiError


@dataclass(slots=True)
class Flood:
    """Counts what was accepted; what it refuses does not count."""

    group_per_minute: int = 20
    per_second: int = 30
    _groups: dict[int, deque[datetime]] = field(default_factory=dict)
    _all: deque[datetime] = field(default_factory=deque)

    def admit(self, chat_id: int, now: datetime) -> None:
        """Count one message or edit. Raises ApiError 429 with `retry_after` in whole seconds."""
        windows = [(self._all, self.per_second, timedelta(seconds=1))]
        if chat_id < 0:
            group = self._groups.setdefault(chat_id, deque())
            windows.append((group, self.group_per_minute, timedelta(minutes=1)))
        for spoken, most, span in windows:
            while spoken and spoken[0] <= now - span:
                spoken.popleft()
            if len(spoken) >= most:
                wait = max(1, math.ceil((spoken[0] + span - now).total_seconds()))
                raise too_many(wait)
        for spoken, _, _ in windows:
            spoken.append(now)


def too_many(wait: int) -> ApiError:
    """429 Too Many Requests, to come back after `wait` seconds."""
    return ApiError(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
