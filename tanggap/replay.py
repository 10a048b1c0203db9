"""Deliveries that could not be recorded are taken up again, also while `run` is alive."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import structlog

from pipeline import inbound
from pipeline.ports import Context, Office
from store import deliveries, unfinished
from store.states import Disposition
from store.trouble import is_the_machine_s
from store.unfinished import End, Quarantined
from tanggap.settings import Settings
from tanggap.wiring import open_everything

PATIENCE = 60.0
"""Seconds without any progress after which what another process holds is left to it."""
_PAUSE = 0.5

log = structlog.get_logger(__name__)


def replay(settings: Settings, facility: str, ids: Sequence[int] | None = None) -> list[End]:
    """Parse and record deliveries of a facility anew: these, whatever became of them, or all
    that were quarantined. Returns how each of them stands now; ids that are not the
    facility's are left out.

    What was recorded keeps its number, for its message is known by its identity.
    """
    with _office(settings, facility) as (ctx, office):
        with ctx.store.write("replay", facility=office.id) as db:
            chosen = deliveries.replay(db, office.id, ids)
        _record(ctx, office, chosen)
        with ctx.store.read() as db:
            return unfinished.ends(db, office.id, chosen)


def quarantined(settings: Settings, facility: str) -> list[Quarantined]:
    """What a replay would take up."""
    with _office(settings, facility) as (ctx, office), ctx.store.read() as db:
        return unfinished.quarantined(db, office.id)


@contextmanager
def _office(settings: Settings, facility: str) -> Iterator[tuple[Context, Office]]:
    wired = open_everything(settings, hears=False)
    try:
        yield wired.ctx, next(o for o in wired.ctx.offices.values() if o.slug == facility)
    finally:
        inbound.let_go_of_all(wired.ctx)
        wired.close()


def _record(ctx: Context, office: Office, ids: Collection[int]) -> None:
    """Run the stage here; where another process holds the facility, wait for its work."""
    left, quiet_since = _left(ctx, office, ids), time.monotonic()
    while left:
        try:
            inbound.record_office(ctx, office)
        except Exception as error:
            if not is_the_machine_s(error):
                raise
            log.warning("replay.trouble", error=type(error).__name__)
        before, left = left, _left(ctx, office, ids)
        if left < before:
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > PATIENCE:
            return
        if left:
            time.sleep(_PAUSE)


def _left(ctx: Context, office: Office, ids: Collection[int]) -> int:
    """How many of them wait for somebody who is there to record them."""
    readable = inbound.readable(office)
    with ctx.store.read() as db:
        return sum(
            end.disposition is Disposition.PENDING and end.account_id in readable
            for end in unfinished.ends(db, office.id, ids)
        )
