"""How often a group may be written to: its provider takes some twenty operations a minute."""

from collections import deque
from datetime import datetime, timedelta

GROUP_PACE = 20
"""Operations in one group a minute."""
KEPT_FOR_CARDS = 5
"""Of these, what redrawing leaves to new cards."""
_MINUTE = timedelta(seconds=60)


class Pace:
    """What was written lately, a facility. In memory only: after a restart the provider's own
    refusal says the rest.
    """

    def __init__(self) -> None:
        self._times: dict[int, deque[datetime]] = {}

    def room(self, facility_id: int, now: datetime, *, keep: int = 0) -> bool:
        """Whether one more fits into this minute, `keep` left over."""
        times = self._times.setdefault(facility_id, deque())
        # Also one from the future goes: the clock was set back.
        while times and not now - _MINUTE < times[0] <= now:
            times.popleft()
        return len(times) < GROUP_PACE - keep

    def count(self, facility_id: int, now: datetime) -> None:
        """One was sent."""
        self._times.setdefault(facility_id, deque()).append(now)
