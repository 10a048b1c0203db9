"""The stage `reply`: what waits for a gateway is handed to its account's lane.

A lane sends what was approved and what the desk says by itself, looks up what is in doubt, asks
how far the rest got, and fetches what citizens attached.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from channels.base import FilesSent
from channels.errors import ChannelError
from pipeline import answers, autosending, doubt, media, statuses
from pipeline.clockguard import clock_is_sane
from pipeline.ports import Context
from pipeline.sending import NO_ADAPTER_WAIT, Attempt, Gate, send_next
from store import due, sending
from store.due import Due
from store.states import AutoReplyKind
from store.tables import AutoReply, ReplyPart

log = structlog.get_logger(__name__)

_COPIES = 100
"""Copies of what was sent that wait in memory; what goes beyond is filed before the next."""


def reply_due(ctx: Context) -> datetime | None:
    """Open the lanes of the accounts that have anything to do. Returns when to look again."""
    with ctx.store.read() as db:
        waiting = due.by_account(db)
        if not waiting or not clock_is_sane(db, ctx.clock()):
            return None
    for one in waiting:
        if one.moment <= ctx.clock():
            _open(ctx, one)
    with ctx.store.read() as db:
        moments = [
            max(one.moment, ctx.lanes.rests_until(one.account_id, ctx.clock()))
            for one in due.by_account(db)
            if not ctx.lanes.is_open(one.account_id)  # it says itself when it is done
        ]
    # What is due and could not be taken (an answer typed elsewhere) must not spin.
    return max(min(moments), ctx.clock() + timedelta(seconds=1)) if moments else None


def expire(ctx: Context) -> None:
    """For the sweeper: attempts that outlived their lease become unknown."""
    ttl = ctx.settings.lease_seconds
    with ctx.store.read() as db:
        facilities = sending.with_expired(db, ttl)
    if facilities:
        with ctx.store.write("reply.expire", facility=facilities) as db:
            sending.expire(db, ttl, ctx.clock())
        ctx.wake("reply")


def _open(ctx: Context, one: Due) -> None:
    now = ctx.clock()
    if ctx.lanes.rests_until(one.account_id, now) > now:
        return
    office = ctx.offices.get(one.facility_id)
    adapter = office.channels.get(one.account) if office else None
    if office is None or adapter is None:
        ctx.lanes.rest(one.account_id, now + timedelta(seconds=NO_ADAPTER_WAIT))
        log.error("reply.no-adapter", account=one.account)
        return
    ctx.lanes.open(one.account_id, lane(ctx, Gate(office, one.account_id, adapter)))


def lane(ctx: Context, gate: Gate) -> Callable[[], bool]:
    """The next thing of an account each time it is called; False when nothing is due. What a
    citizen waits for comes first, a courtesy last.
    """
    copies: list[Attempt] = []

    def step() -> bool:
        if len(copies) < _COPIES and _send(ctx, gate, copies):
            return True
        for errand in (answers.ANSWERS, autosending.AUTOMATIC):
            if doubt.look_up_next(ctx, gate, errand):
                return True
        if statuses.ask_next(ctx, gate) or media.fetch_next(ctx, gate):
            return True
        if copies:
            _file_copy(copies.pop(0))
            return True
        return False

    return step


def _send(ctx: Context, gate: Gate, copies: list[Attempt]) -> bool:
    """Send the one that waits longest, a receipt only when no answer is due: a burst of complaints
    must not hold up what people have written. False when none is due.
    """
    now = ctx.clock()
    with ctx.store.read() as db:
        answer = answers.ANSWERS.next_due(db, gate.account_id, now)
        automatic = autosending.AUTOMATIC.next_due(db, gate.account_id, now)
    if answer is None and automatic is None:
        return False
    if automatic is not None and (answer is None or _before(automatic, answer)):
        send_next(ctx, gate, autosending.AUTOMATIC)
    else:
        send_next(ctx, gate, answers.ANSWERS, copies)
    return True


def _before(automatic: AutoReply, answer: ReplyPart) -> bool:
    return automatic.kind is not AutoReplyKind.RECEIPT and _due(automatic) < _due(answer)


def _due(row: sending.Sent) -> datetime:
    assert row.due_at is not None  # or it would not be due
    return row.due_at


def _file_copy(attempt: Attempt) -> None:
    """After all else that is due, because nothing depends on it and a mail server may be slow."""
    if not isinstance(attempt.sender, FilesSent):
        return
    try:
        attempt.sender.file_sent(attempt.out)
    except Exception as error:  # noqa: BLE001  (the answer has gone; only the copy is missing)
        detail = error.detail if isinstance(error, ChannelError) else ""
        log.warning(
            "reply.copy-not-filed", part=attempt.id, error=type(error).__name__, detail=detail
        )
