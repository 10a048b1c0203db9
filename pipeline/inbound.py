"""The stage `record`: claims raw deliveries, parses them, records them in receipt order.

A facility is recorded by one worker at a time, under its lease, whose fence is checked in the
transaction that records. Parsing holds no transaction. When a batch fails, its rows are tried
one by one, so that one bad delivery costs its neighbours nothing.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlmodel import Session, select

from channels.base import Parses
from pipeline import recording
from pipeline.clockguard import clock_is_sane
from pipeline.desk import access, tell
from pipeline.ports import Context, Office
from pipeline.recording import Parsed
from store import deliveries, leases
from store.deliveries import Waiting
from store.leases import Grant, LeaseLost
from store.states import Role
from store.tables import Account

log = structlog.get_logger(__name__)


def record_due(ctx: Context) -> datetime | None:
    """Record everything that waits. Returns when to look again: now while more is due, None
    when nothing is.
    """
    again = None
    for office in ctx.offices.values():
        with ctx.store.read() as db:
            waits = deliveries.any_pending(db, office.id)
        if waits and not record_office(ctx, office):
            again = ctx.clock()
    return again


def record_office(ctx: Context, office: Office) -> bool:
    """Record one facility's deliveries until none is left; False when it has to be taken up
    again (another worker holds the facility, the clock is wrong, or a row failed).
    """
    holder = ctx.grants()
    with ctx.store.write("record.lease", facility=office.id) as db:
        grant = leases.acquire(
            db, f"record:{office.id}", holder, max(ctx.settings.lease_seconds, 1.0)
        )
        if grant is None or not clock_is_sane(db, ctx.clock()):
            if grant is not None:
                leases.release(db, grant)
            return True  # the sweeper comes back; a tight loop would not help
    try:
        return _record_all(ctx, office, grant)
    except LeaseLost:
        log.warning("record.lease-lost", facility=office.slug)
        return False


def _record_all(ctx: Context, office: Office, grant: Grant) -> bool:
    well = True
    with ctx.store.read() as db:
        since = {
            id_: at
            for id_, at in db.exec(
                select(Account.id, Account.since).where(Account.facility_id == office.id)
            )
            if id_ is not None
        }
    while True:
        with ctx.store.write("record.claim", facility=office.id) as db:
            leases.renew(db, grant)
            claim = deliveries.claim(db, office.id)
            _tell_quarantined(ctx, office, db, claim.quarantined)
            if not claim.rows:
                leases.release(db, grant)
        if not claim.rows:
            return well
        parsed = [item for item in (_parse(ctx, office, row) for row in claim.rows) if item]
        well = _commit(ctx, office, grant, parsed, since) and well
        ctx.wake("alert")
        ctx.wake("post")


def _parse(ctx: Context, office: Office, row: Waiting) -> Parsed | None:
    adapter = office.channels.get(row.account)
    if not isinstance(adapter, Parses):
        log.error("record.no-adapter", account=row.account, delivery=row.id)
        return None
    try:
        delivery = deliveries.load(row, ctx.store.blobs)
        events = adapter.parse(delivery)
    except Exception as error:  # noqa: BLE001  (a parser's bug must not lose its neighbours)
        log.error("record.parse-failed", delivery=row.id, error=type(error).__name__)
        with ctx.store.write("record.error", facility=office.id) as db:
            deliveries.note_error(db, row.id, error)
        return None
    return Parsed(row, events)


def _commit(
    ctx: Context,
    office: Office,
    grant: Grant,
    parsed: Sequence[Parsed],
    since: dict[int, datetime],
) -> bool:
    if not parsed:
        return False
    try:
        with ctx.store.write("record.commit", facility=office.id) as db:
            leases.renew(db, grant)
            recording.record(db, office, ctx.clock(), parsed, since)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001  (sorted out below, one delivery at a time)
        if len(parsed) == 1:
            log.error("record.failed", delivery=parsed[0].row.id, error=type(error).__name__)
            with ctx.store.write("record.error", facility=office.id) as db:
                deliveries.note_error(db, parsed[0].row.id, error)
            return False
        log.warning("record.batch-failed", size=len(parsed), error=type(error).__name__)
        ends = [_commit(ctx, office, grant, [item], since) for item in parsed]
        return all(ends)
    return True


def _tell_quarantined(ctx: Context, office: Office, db: Session, ids: Sequence[int]) -> None:
    """A person learns of every delivery that nobody could record, once."""
    for delivery_id in ids:
        log.error("record.quarantined", facility=office.slug, delivery=delivery_id)
        for person in access.people(db, office, Role.COORDINATOR):
            tell.notice(db, ctx.clock(), office, person, "quarantined", delivery=delivery_id)
