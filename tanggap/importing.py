"""Import as one piece of work: take the mail in, then record it before it ends."""

import time
from collections.abc import Callable
from pathlib import Path

from ingest.importer import ACCOUNT, Outcome, take_in
from pipeline.inbound import record_office
from pipeline.ports import Context, Office
from store import health
from tanggap.settings import Settings
from tanggap.wiring import open_everything

_PATIENCE = 60.0
"""Seconds without progress before the rest is left to `tanggap run`."""
_PAUSE = 0.2


def import_mail(
    settings: Settings,
    slug: str,
    place: Path,
    *,
    alert: bool,
    progress: Callable[[int, int], None],
) -> tuple[Outcome, int]:
    """Take in and record; also how many of the imported mails are still not recorded.

    A running desk finds the alerts with its sweeper.
    """
    wired = open_everything(settings, hears=False)
    try:
        ctx = wired.ctx
        office = next(one for one in ctx.offices.values() if one.slug == slug)
        account_id = office.accounts[ACCOUNT]
        outcome = take_in(
            ctx.store, office.id, account_id, place, ctx.clock, alert=alert, progress=progress
        )
        return outcome, _record(ctx, office, account_id)
    finally:
        wired.close()


def _record(ctx: Context, office: Office, account_id: int) -> int:
    """Run the stage here; where another process holds the facility, wait for its work."""
    left, quiet_since = _left(ctx, account_id), time.monotonic()
    while left:
        record_office(ctx, office)
        before, left = left, _left(ctx, account_id)
        if left < before:
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > _PATIENCE:
            break
        if left:
            time.sleep(_PAUSE)
    return left


def _left(ctx: Context, account_id: int) -> int:
    with ctx.store.read() as db:
        return health.unrecorded(db, account_id)
