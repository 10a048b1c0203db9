"""Raw deliveries: kept before anything looks at them, claimed for parsing, settled once.

`keep` and `settle` are executemany over plain tuples of values: they carry every mail there is.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select, text, update
from sqlmodel import Session

from channels import message
from channels.base import Batch
from store import cursors
from store.blobs import Blobs
from store.states import Disposition
from store.tables import Account, Attachment, Delivery
from store.upsert import insert_into

_table: Any = Delivery.__table__  # type: ignore[attr-defined]
_accounts: Any = Account.__table__  # type: ignore[attr-defined]
_attachments: Any = Attachment.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claimed delivery: what it is, and what parsing it needs to know."""

    id: int
    account_id: int
    account: str
    """The account's name."""
    channel: str
    attempts: int
    """Tries that it has spoiled."""
    stream: str
    transport_id: str
    revision: str
    meta: str
    received_at: datetime
    size: int
    raw: bytes | None
    blob: str | None


def adopt(blobs: Blobs, batch: Batch) -> dict[Path, str]:
    """Put the batch's large raws away, before the transaction that names them.

    A crash in between leaves blobs that no row names; `store.cleanup` removes them a day later.
    """
    raws = (item.raw for item in batch.deliveries)
    return {raw: blobs.adopt(raw) for raw in raws if isinstance(raw, Path)}


def keep(
    db: Session,
    facility_id: int,
    account_id: int,
    batch: Batch,
    now: datetime,
    keys: Mapping[Path, str] | None = None,
) -> int:
    """Commit-to-be of a batch and its cursor; how many rows are new.

    What is known already (account, transport id, revision) is left as it is. `keys` are those
    of `adopt`, for raws that are files. Part of the caller's transaction.
    """
    added = 0
    if batch.deliveries:
        rows = [_row(facility_id, account_id, item, now, keys or {}) for item in batch.deliveries]
        added = (
            db.connection()
            .execute(
                insert_into(db, Delivery).on_conflict_do_nothing(
                    index_elements=["account_id", "transport_id", "revision"]
                ),
                rows,
                execution_options={"preserve_rowcount": True},
            )
            .rowcount
        )
    if batch.cursor is not None:
        cursors.move(db, account_id, batch.stream, batch.cursor, now)
    return added


def by_id(db: Session, id_: int) -> Waiting | None:
    """A delivery whatever became of it, for `load`."""
    return next(iter(waiting(db, [id_])), None)


def load(row: Waiting, blobs: Blobs) -> message.Delivery:
    """The delivery as the adapter made it. Raises FileNotFoundError when its blob has gone."""
    raw = blobs.path(row.blob) if row.blob else row.raw or b""
    return message.Delivery(
        account=row.account,
        stream=row.stream,
        transport_id=row.transport_id,
        revision=row.revision,
        received_at=row.received_at,
        raw=raw,
        size=row.size,
        meta=json.loads(row.meta),
    )


def still_pending(db: Session, ids: Sequence[int]) -> set[int]:
    """Which of them nobody settled meanwhile, held for the rest of this transaction."""
    return set(
        db.connection()
        .execute(select(_table.c.id).where(_table.c.id.in_(ids), waits()).with_for_update())
        .scalars()
    )


def settle(db: Session, ends: Sequence[tuple[int, Disposition, str]]) -> None:
    """Give each (id, disposition, reason) its one end; one that has an end keeps it."""
    if ends:
        db.connection().execute(
            update(_table)
            .where(_table.c.id == bindparam("key"), waits())
            .values(
                disposition=bindparam("end"),
                reason=bindparam("why"),
                error="",
                claimed_by=None,
                at_stake=None,
            ),
            [{"key": key, "end": end, "why": why} for key, end, why in ends],
        )


def replay(db: Session, facility_id: int, ids: Sequence[int] | None = None) -> list[int]:
    """Let deliveries be tried anew: these, or (None) all that were quarantined; their ids."""
    quarantined = _table.c.disposition == Disposition.QUARANTINED
    changed = db.connection().execute(
        update(_table)
        .where(
            _table.c.facility_id == facility_id,
            quarantined if ids is None else _table.c.id.in_(ids),
        )
        .values(
            disposition=Disposition.PENDING,
            reason="",
            error="",
            attempts=0,
            claimed_by=None,
            at_stake=None,
        )
        .returning(_table.c.id)
    )
    return list(changed.scalars())


def unrecorded(db: Session, ids: Sequence[int]) -> dict[int, Disposition]:
    """Which of them are still pending or quarantined."""
    ends = (Disposition.PENDING, Disposition.QUARANTINED)
    found = db.connection().execute(
        select(_table.c.id, _table.c.disposition).where(
            _table.c.id.in_(ids), _table.c.disposition.in_(ends)
        )
    )
    return {row.id: row.disposition for row in found}


def named_blobs(db: Session, keys: Sequence[str]) -> set[str]:
    """Which of these files some delivery is made of, or some citizen attached."""
    named: set[str] = set()
    for row in (_table.c, _attachments.c):
        found = db.connection().execute(
            # The first condition is the index's own.
            select(row.blob).where(row.blob.is_not(None), row.blob.in_(keys)).distinct()
        )
        named.update(found.scalars())
    return named


def _row(
    facility_id: int,
    account_id: int,
    item: message.Delivery,
    now: datetime,
    keys: Mapping[Path, str],
) -> dict[str, Any]:
    return {
        "facility_id": facility_id,
        "account_id": account_id,
        "stream": item.stream,
        "transport_id": item.transport_id,
        "revision": item.revision,
        "meta": json.dumps(dict(item.meta)),
        "received_at": item.received_at,
        "fetched_at": now,
        # A gateway may say any number; PostgreSQL's integer ends here.
        "size": min(item.size, 2**31 - 1),
        "raw": None if isinstance(item.raw, Path) else item.raw,
        "blob": keys[item.raw] if isinstance(item.raw, Path) else None,
        "disposition": Disposition.PENDING,
        "reason": "",
        "attempts": 0,
        "error": "",
    }


def waits() -> Any:
    """The condition of being pending."""
    # The index's own words: a partial index serves only a query that repeats its condition.
    return text("delivery.disposition = 'pending'")


def waiting(db: Session, ids: Sequence[int]) -> list[Waiting]:
    """These deliveries, in the order of arrival."""
    row, account = _table.c, _accounts.c
    columns: list[Any] = [row.id, row.account_id, account.name, account.channel, row.attempts]
    columns += [row.stream, row.transport_id, row.revision, row.meta, row.received_at]
    columns += [row.size, row.raw, row.blob]
    found = db.connection().execute(
        select(*columns)
        .join_from(_table, _accounts, account.id == row.account_id)
        .where(row.id.in_(ids))
        .order_by(row.id)
    )
    return [Waiting(*values) for values in found]
