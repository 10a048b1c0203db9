"""How far it got: a gateway that can tell is asked again, ever more rarely, until it is settled."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from channels.base import ReportsStatus
from channels.errors import ChannelError
from channels.message import StatusUpdate
from pipeline import receipts
from pipeline.attempts import FIRST_ASKED
from pipeline.ports import Context, Office
from pipeline.sending import Gate
from store import sending
from store.sending import Sent

log = structlog.get_logger(__name__)

PAUSES = (FIRST_ASKED, 30.0, 120.0, 600.0, 3600.0, 4 * 3600.0, 12 * 3600.0, 86_400.0)
"""Seconds between two times of asking; the last goes on."""
ASKED_FOR = timedelta(days=3)
"""So long after it was accepted."""
BATCH = 50
"""Ids in one call."""


def ask_next(ctx: Context, gate: Gate) -> bool:
    """Ask about one batch; False when none is due."""
    adapter = gate.adapter
    for table in sending.TABLES:
        with ctx.store.read() as db:
            if not sending.to_ask_about(db, table, gate.account_id, ctx.clock(), 1):
                continue
        with ctx.store.write("status.claim", facility=gate.office.id) as db:
            ids = _claim(db, table, gate, ctx.clock())
        if ids and isinstance(adapter, ReportsStatus):
            _ask(ctx, gate.office, adapter, ids)
        return True
    return False


def _claim(db: Session, table: type[Sent], gate: Gate, now: datetime) -> list[str]:
    """Their ids; each has its next time before anybody is asked, so a crash asks nobody twice."""
    rows: Sequence[Sent] = sending.to_ask_about(db, table, gate.account_id, now, BATCH)
    able = isinstance(gate.adapter, ReportsStatus)
    for row in rows:
        row.status_polls += 1
        row.status_due_at = _next(now, row) if able else None
    return [row.external_id for row in rows if row.external_id]


def _next(now: datetime, row: Sent) -> datetime | None:
    since = row.accepted_at or row.started_at or now
    moment = now + timedelta(seconds=PAUSES[min(row.status_polls, len(PAUSES) - 1)])
    return moment if moment <= since + ASKED_FOR else None


def _ask(ctx: Context, office: Office, adapter: ReportsStatus, ids: Sequence[str]) -> None:
    updates: list[StatusUpdate] = []
    try:
        updates.extend(adapter.poll_status(ids))
    except Exception as error:  # noqa: BLE001  (what came before it counts; asked again anyway)
        detail = error.detail if isinstance(error, ChannelError) else ""
        log.warning("status.not-asked", error=type(error).__name__, detail=detail)
    if updates:
        with ctx.store.write("status.keep", facility=office.id) as db:
            for update in updates:
                receipts.status(db, office, ctx.clock(), update)
        ctx.wake("post")
