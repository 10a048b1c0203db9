"""Citizens' addresses, one row a channel and address."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from store.tables import Contact
from store.upsert import insert_into

_table: Any = Contact.__table__  # type: ignore[attr-defined]

Address = tuple[str, str]
"""(channel, address)"""


def ensure(
    db: Session, facility_id: int, names: Mapping[Address, str], now: datetime
) -> dict[Address, int]:
    """Ids of the contacts with these addresses; who is new is added under the name given."""
    ids = _find(db, facility_id, list(names))
    rows = [
        {
            "facility_id": facility_id,
            "channel": channel,
            "address": address,
            "name": name,
            "created_at": now,
        }
        for (channel, address), name in names.items()
        if (channel, address) not in ids
    ]
    if rows:
        db.connection().execute(insert_into(db, Contact).on_conflict_do_nothing(), rows)
        ids |= _find(db, facility_id, [(row["channel"], row["address"]) for row in rows])  # type: ignore[misc]
    return ids


def _find(db: Session, facility_id: int, addresses: list[Address]) -> dict[Address, int]:
    # A query a channel: for pairs in one list SQLite walks all contacts of the facility.
    row = _table.c
    ids: dict[Address, int] = {}
    for channel in {channel for channel, _ in addresses}:
        found = db.connection().execute(
            select(row.address, row.id).where(
                row.facility_id == facility_id,
                row.channel == channel,
                row.address.in_([address for other, address in addresses if other == channel]),
            )
        )
        ids |= {(channel, address): id_ for address, id_ in found}
    return ids
