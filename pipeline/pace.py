"""How often a group may be written to: its provider takes some twenty messages a minute."""

from collections import deque
from datetime import datetime, timedelta

KEPT_FOR_CARDS = 5
"""Of a minute's messages, what redrawing leaves to new cards."""
LONGEST_ASKED = 86_400.0
"""Seconds of the provider's own wait that are believed: whoever comes back earlier than asked is
made to wait longer.
"""
_MINUTE = timedelta(seconds=60)


Chat = tuple[int, int | None]
"""(facility, member of staff), None for the group."""


class Pace:
    """What was written lately, a chat, and which chat its provider wants left alone. In memory
    only: after a restart the provider's own refusal says the rest.
    """

    def __init__(self) -> None:
        self._times: dict[Chat, deque[datetime]] = {}
        self._held: dict[Chat, tuple[datetime, datetime]] = {}

    def free(self, chat: Chat, now: datetime, limit: int) -> datetime:
        """From when on one more of `limit` a minute fits: `now` or later."""
        return max(self._room(chat, now, limit), self._released(chat, now))

    def count(self, chat: Chat, now: datetime) -> None:
        """One was sent. Only a group's are counted: private chats have no such limit."""
        if chat[1] is None:
            self._times.setdefault(chat, deque()).append(now)

    def hold(self, chat: Chat, now: datetime, seconds: float) -> None:
        """Leave the whole chat alone for so long."""
        self._held[chat] = (now, now + timedelta(seconds=seconds))

    def _room(self, chat: Chat, now: datetime, limit: int) -> datetime:
        times = self._times.get(chat, deque())
        # Also one from the future goes: the clock was set back.
        while times and not now - _MINUTE < times[0] <= now:
            times.popleft()
        over = len(times) - limit
        return times[over] + _MINUTE if over >= 0 else now

    def _released(self, chat: Chat, now: datetime) -> datetime:
        since, until = self._held.get(chat, (now, now))
        return until if since <= now < until else now
