"""Whether people's taps and messages reach us: kept for the doctor, and said when it matters.

Written by the one that listens to a bot, and by nobody who did so once.
"""

from collections import deque
from datetime import datetime, timedelta

import structlog

from pipeline import alarms, chathealth
from pipeline.chathealth import Why
from pipeline.ports import Context
from store import leases
from store.leases import Grant

log = structlog.get_logger(__name__)

CONFLICTS = 3
"""So many conflicts in `_LATELY`, and it is no overlap of two starts: somebody is told."""
_LATELY = timedelta(minutes=10)
_LONG = timedelta(minutes=30)
"""An outage of this length is told when it is over."""
_TOLD_AGAIN = timedelta(days=1)


class Outage:
    """Of one bot. What is written under a grant raises LeaseLost."""

    def __init__(self, ctx: Context, bot_id: int) -> None:
        self._ctx = ctx
        self._bot_id = bot_id
        self._well = False
        self._conflicts: deque[datetime] = deque(maxlen=CONFLICTS)

    def begin(self) -> None:
        """We listen from now on; how it stood with whoever did so before is not known here."""
        self._well = False

    def failed(self, grant: Grant, error: Exception) -> None:
        """Listening failed with this."""
        why, now = chathealth.why(error), self._ctx.clock()
        self._well = False
        with self._ctx.store.write("bot.failing") as db:
            leases.renew(db, grant)
            chathealth.listening_failed(db, self._bot_id, why, now)
        if why is Why.CONFLICT:
            self._conflicts.append(now)
            if len(self._conflicts) == CONFLICTS and self._conflicts[0] > now - _LATELY:
                self._tell("listening-conflict", now, now - _TOLD_AGAIN)

    def worked(self, grant: Grant) -> None:
        """Listening succeeded. Two programs that listen in turns succeed now and then: only after
        a while without a conflict all is well.
        """
        now = self._ctx.clock()
        if self._well or (self._conflicts and self._conflicts[-1] > now - _LATELY):
            return
        with self._ctx.store.read() as db:
            trouble = chathealth.listening_trouble(db, self._bot_id)
        if trouble is not None:
            with self._ctx.store.write("bot.well") as db:
                leases.renew(db, grant)
                chathealth.listening_worked(db, self._bot_id)
            if trouble.why is not Why.CONFLICT and now - trouble.since >= _LONG:
                minutes = int((now - trouble.since).total_seconds() // 60)
                self._tell("listening-back", now, trouble.since, minutes=minutes)
        self._well = True

    def _tell(self, key: str, now: datetime, since: datetime, **params: int) -> None:
        for office_id in self._ctx.offices:
            with self._ctx.store.write("bot.told", facility=office_id) as db:
                alarms.tell(db, office_id, key, now, since=since, **params)
        self._ctx.wake("post")
