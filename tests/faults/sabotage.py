"""Tanggap with one protection switched off: what the checker must find out.

Run as `SABOTAGE=NAME python -m tests.faults.sabotage run ...`. The product has no such switch;
each of these replaces one function of it by what somebody might have written instead.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import update
from sqlmodel import Session

from channels.base import Batch
from ingest.poller import Poller
from pipeline import answers, replying
from pipeline.ports import Context
from store import cursors, deliveries, leases, sending
from store.leases import Grant
from store.states import SendState
from store.tables import ReplyPart
from tanggap.cli import main


def delivery_key() -> None:
    """A delivery is known by nothing: whatever is handed over again is kept again."""
    known = deliveries.keep

    def keep(
        db: Session,
        facility_id: int,
        account_id: int,
        batch: Batch,
        now: datetime,
        keys: Any = None,
    ) -> int:
        anew = [replace(item, revision=uuid4().hex) for item in batch.deliveries]
        return known(db, facility_id, account_id, replace(batch, deliveries=anew), now, keys)

    deliveries.keep = keep


def raw_first() -> None:
    """The cursor is committed before what it stands for."""

    def _keep(self: Any, batch: Batch, grant: Grant) -> None:
        store, office = self._ctx.store, self._office
        with store.write("ingest.cursor") as db:
            cursors.move(db, self._account_id, batch.stream, batch.cursor or "", self._ctx.clock())
        with store.write("ingest.keep") as db:
            rows = Batch(stream=batch.stream, deliveries=batch.deliveries, cursor=None)
            deliveries.keep(db, office.id, self._account_id, rows, self._ctx.clock(), {})
        self._ctx.wake("record")

    Poller._keep = _keep  # type: ignore[method-assign]


def expired_unknown() -> None:
    """A sending whose process is gone is simply sent again."""

    def expire(ctx: Context) -> None:
        with ctx.store.write("reply.expire") as db:
            sending.expire(db, ctx.settings.lease_seconds, ctx.clock())
            db.execute(
                update(ReplyPart)
                .where(ReplyPart.state == SendState.UNKNOWN)  # type: ignore[arg-type]
                .values(state=SendState.PENDING)
            )
        ctx.wake("reply")

    replying.expire = expire


def lease_fencing() -> None:
    """Whoever once held a lease goes on as if it still did."""

    def renew(db: Session, grant: Grant) -> None:
        return None

    leases.renew = renew


def digest_binding() -> None:
    """What leaves is not compared with what was approved."""

    def still_approved(*_: Any) -> bool:
        return True

    assert callable(answers._still_approved)  # else this would switch nothing off
    answers._still_approved = still_approved  # type: ignore[assignment]


SABOTAGE: dict[str, Callable[[], None]] = {
    "delivery-key": delivery_key,
    "raw-first": raw_first,
    "expired-unknown": expired_unknown,
    "lease-fencing": lease_fencing,
    "digest-binding": digest_binding,
}


def sabotaged(names: Sequence[str]) -> None:
    """Switch these off in this process."""
    for name in names:
        SABOTAGE[name]()


if __name__ == "__main__":
    sabotaged(os.environ.get("SABOTAGE", "").split())
    main()
