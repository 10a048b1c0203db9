"""Cases: opened in bulk, looked up by number."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session

from store.messages import Known
from store.tables import Alert, Complaint, Contact, Suggestion
from store.upsert import insert_all, insert_into

_table: Any = Complaint.__table__  # type: ignore[attr-defined]
_contacts: Any = Contact.__table__  # type: ignore[attr-defined]


def add(db: Session, rows: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Insert complaints of one facility and year; their ids by serial."""
    ids = insert_all(db, Complaint, rows)
    return {row["serial"]: id_ for row, id_ in zip(rows, ids, strict=True)}


def years(db: Session, facility_id: int) -> range:
    """The years of this facility's numbers: named in a query, the unique key (facility, year,
    serial) serves a look-up by serial too.
    """
    row = _table.c
    first, last = (
        select(row.year).where(row.facility_id == facility_id).order_by(order).limit(1)
        for order in (row.year, row.year.desc())
    )
    found = db.connection().execute(select(first.scalar_subquery(), last.scalar_subquery()))
    low, high = found.one()
    return range(low, high + 1) if low is not None else range(0)


def by_serial(
    db: Session, facility_id: int, serials: Collection[int]
) -> dict[int, list[tuple[int, Known]]]:
    """Cases with these serials in any year: serial → (year, case), newest year first."""
    cases: dict[int, list[tuple[int, Known]]] = {}
    if serials:
        row = _table.c
        for serial, year, id_, address in db.connection().execute(
            select(row.serial, row.year, row.id, _contacts.c.address)
            .join_from(_table, _contacts, _contacts.c.id == row.contact_id)
            .where(
                row.facility_id == facility_id,
                row.year.in_(years(db, facility_id)),
                row.serial.in_(serials),
            )
            .order_by(row.year.desc())
        ):
            cases.setdefault(serial, []).append((year, Known(id_, address)))
    return cases


def add_alerts(db: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert alerts that wait for a card."""
    if rows:
        db.connection().execute(insert(Alert.__table__), rows)  # type: ignore[attr-defined]


def suggest(db: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert suggestions to join; one that exists, whatever a person made of it, stays."""
    if rows:
        db.connection().execute(insert_into(db, Suggestion).on_conflict_do_nothing(), rows)
