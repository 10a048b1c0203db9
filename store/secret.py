"""Secrets that all hosts share: in the database, where the first to name one decides."""

from sqlmodel import Session, col, select

from store.tables import Secret
from store.upsert import insert_into


def find(db: Session, name: str) -> bytes | None:
    """The secret, None while nobody has named it."""
    return db.exec(select(Secret.value).where(col(Secret.name) == name)).one_or_none()


def agree(db: Session, name: str, value: bytes) -> bytes:
    """Propose a value; what comes back is in force, here and on every other host."""
    db.connection().execute(
        insert_into(db, Secret).on_conflict_do_nothing(), {"name": name, "value": value}
    )
    return db.exec(select(Secret.value).where(col(Secret.name) == name)).one()
