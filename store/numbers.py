"""Public numbers: gapless a facility and year, from a counter row and never a sequence."""

from sqlmodel import Session

from store.tables import Counter
from store.upsert import insert_into


def take(db: Session, facility_id: int, year: int, count: int) -> int:
    """Reserve `count` numbers and return the first. A rollback gives them back."""
    statement = insert_into(db, Counter).values(facility_id=facility_id, year=year, last=count)
    statement = statement.on_conflict_do_update(
        index_elements=["facility_id", "year"], set_={"last": Counter.last + count}
    ).returning(Counter.__table__.c.last)  # type: ignore[attr-defined]
    last: int = db.execute(statement).scalar_one()
    return last - count + 1


def public(year: int, serial: int) -> str:
    """The number as everybody reads it: ADU-2026-0042."""
    return f"ADU-{year}-{serial:04d}"
