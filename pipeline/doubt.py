"""A part of which nobody saw the end is looked up where it would be, and otherwise laid before a
person. Not finding it proves nothing.
"""

from datetime import timedelta

import structlog

from channels.base import AfterCrash, Reconciles, Sends
from channels.errors import Transient
from channels.message import Receipt
from pipeline import attempts
from pipeline.desk import outcome
from pipeline.ports import Context
from store import replies
from store.states import SendState
from store.tables import ReplyPart

log = structlog.get_logger(__name__)

LOOK_FOR = timedelta(minutes=15)
"""So long it is looked for at a gateway that cannot be reached."""


def look_up_next(ctx: Context) -> bool:
    """Ask the gateway about one part in doubt; False when there is none."""
    now = ctx.clock()
    with ctx.store.read() as db:
        found = replies.next_unknown(db, now)
    if found is None:
        return False
    part, reply, account = found
    office = ctx.offices.get(part.facility_id)
    sender = office.channels.get(account) if office else None
    receipt, later = None, False
    if isinstance(sender, Sends) and sender.after_crash is AfterCrash.IDEMPOTENT:
        if part.attempts < attempts.MAX_TRIES:
            _again(ctx, part)
            return True
    elif isinstance(sender, Reconciles):
        try:
            receipt = sender.find_sent(attempts.outbound(part, reply))
        except Exception as error:  # noqa: BLE001  (an adapter's bug must not stop the others)
            log.warning("reply.look-up-failed", part=part.id, error=type(error).__name__)
            begun = part.started_at or now
            later = isinstance(error, Transient) and now - begun < LOOK_FOR
    _looked_up(ctx, part, receipt, later=later)
    ctx.wake("post")
    return True


def _again(ctx: Context, part: ReplyPart) -> None:
    with ctx.store.write("reply.again", facility=part.facility_id) as db:
        row = db.get_one(ReplyPart, part.id, with_for_update=True)
        if row.state is SendState.UNKNOWN:
            wait = timedelta(seconds=attempts.wait(ctx, part.attempts))
            row.state, row.due_at = SendState.PENDING, ctx.clock() + wait


def _looked_up(ctx: Context, part: ReplyPart, receipt: Receipt | None, *, later: bool) -> None:
    now = ctx.clock()
    with ctx.store.write("reply.looked-up", facility=part.facility_id) as db:
        row = db.get_one(ReplyPart, part.id, with_for_update=True)
        if row.state is not SendState.UNKNOWN or row.due_at != part.due_at:
            return
        if receipt is not None:
            row.state, row.accepted_at, row.reason = SendState.ACCEPTED, now, ""
            row.external_id = receipt.external_id or row.external_id
            db.flush()
            outcome.accepted(db, now, row, how="found")
        elif later:
            row.due_at = now + timedelta(seconds=ctx.settings.retry_seconds)
        else:
            row.due_at = None  # from here on a person decides; a copy in Sent still may
            db.flush()
            outcome.in_doubt(db, now, row)
