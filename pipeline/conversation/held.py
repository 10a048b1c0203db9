"""The stage `held`: a greeting that nothing followed becomes a case, so that a person answers.

What decides is the column `held_until`; it is done in one transaction under the facility's turn,
so a kill leaves it as it was, and of two workers the second finds nothing left to do.
"""

from datetime import datetime

from pipeline import deciding, writing
from pipeline.clockguard import clock_is_sane
from pipeline.ports import Context, Office
from pipeline.rows import Batch
from store import held

_AT_ONCE = 100
"""Messages in one transaction."""


def held_due(ctx: Context) -> datetime | None:
    """Open what was held long enough. Returns when to look again, None when nothing is held."""
    moments = [_office_due(ctx, office) for office in ctx.offices.values()]
    return min((moment for moment in moments if moment), default=None)


def _office_due(ctx: Context, office: Office) -> datetime | None:
    with ctx.store.read() as db:
        first = held.first_moment(db, office.id)
    if first is None or first > ctx.clock():
        return first
    with ctx.store.write("held.open", facility=office.id) as db:
        now = ctx.clock()
        if not clock_is_sane(db, now):
            return None  # the sweeper comes back; a tight loop would not help
        # Looked at again inside: something may have followed, or another worker been quicker.
        due = held.due(db, office.id, now, _AT_ONCE)
        batch = Batch(db, office, now, {})
        for thread in deciding.threads(batch, due).values():
            batch.released += thread.expire(now)
        writing.write(batch)
        first = held.first_moment(db, office.id)
    ctx.wake("alert")
    ctx.wake("post")
    return first
