"""What nobody saw the end of is looked up where it would be, and otherwise laid before a person.
Not finding it proves nothing.
"""

from datetime import timedelta
from typing import Any

import structlog

from channels.base import AfterCrash, Reconciles, Sends
from channels.errors import Transient
from channels.message import Receipt
from pipeline import attempts
from pipeline.ports import Context
from pipeline.sending import Errand, Gate, asked_first
from store import sending
from store.sending import Sent
from store.states import SendState

log = structlog.get_logger(__name__)

LOOK_FOR = timedelta(minutes=15)
"""So long it is looked for at a gateway that cannot be reached."""


def look_up_next(ctx: Context, gate: Gate, errand: Errand[Any]) -> bool:
    """Ask the gateway about one thing in doubt; False when there is none."""
    now, sender = ctx.clock(), gate.adapter
    with ctx.store.read() as db:
        row = sending.next_unknown(db, errand.table, gate.account_id, now)
        if row is None:
            return False
        out = errand.outbound(db, row)
    receipt, later = None, False
    if isinstance(sender, Sends) and sender.after_crash is AfterCrash.IDEMPOTENT:
        if row.attempts < attempts.MAX_TRIES:
            _again(ctx, gate, errand, row)
            return True
    elif isinstance(sender, Reconciles):
        try:
            receipt = sender.find_sent(out)
        except Exception as error:  # noqa: BLE001  (an adapter's bug must not stop the others)
            log.warning("reply.look-up-failed", error=type(error).__name__, **{errand.noun: row.id})
            begun = row.started_at or now
            later = isinstance(error, Transient) and now - begun < LOOK_FOR
    _looked_up(ctx, gate, errand, row, receipt, later=later)
    ctx.wake("post")
    return True


def _again(ctx: Context, gate: Gate, errand: Errand[Any], seen: Sent) -> None:
    with ctx.store.write(f"{errand.name}.again", facility=gate.office.id) as db:
        row = db.get_one(errand.table, seen.id, with_for_update=True)
        if row.state is SendState.UNKNOWN:
            wait = timedelta(seconds=attempts.wait(ctx, seen.attempts))
            row.state, row.due_at = SendState.PENDING, ctx.clock() + wait
            row.reason = sending.AGAIN


def _looked_up(
    ctx: Context,
    gate: Gate,
    errand: Errand[Any],
    seen: Sent,
    receipt: Receipt | None,
    *,
    later: bool,
) -> None:
    now = ctx.clock()
    with ctx.store.write(f"{errand.name}.looked-up", facility=gate.office.id) as db:
        row = db.get_one(errand.table, seen.id, with_for_update=True)
        if row.state is not SendState.UNKNOWN or row.due_at != seen.due_at:
            return
        if receipt is not None:
            row.state, row.accepted_at, row.reason = SendState.ACCEPTED, now, ""
            row.external_id = receipt.external_id or row.external_id
            row.status_due_at = asked_first(gate.adapter, row.external_id, now)
            row.status_polls = 0
            db.flush()
            errand.accepted(db, now, row, "found")
        elif later:
            row.due_at = now + timedelta(seconds=ctx.settings.retry_seconds)
        else:
            row.due_at = None  # from here on a person decides; a copy in Sent still may
            db.flush()
            errand.in_doubt(db, now, row)
