"""INSERT as each database understands ON CONFLICT; the two dialects share the methods."""

from typing import Any

from sqlmodel import Session, SQLModel


def insert_into(db: Session, model: type[SQLModel]) -> Any:
    """An INSERT for the model's table with `on_conflict_do_nothing` and `_do_update`.

    Core, not ORM: on the hot path it takes a list of plain dictionaries to `db.connection()`.
    Typed Any because the two dialects' classes have no common ancestor with these methods.
    Imported late: each dialect costs a tenth of a second at start, and one is enough.
    """
    if db.connection().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(model.__table__)  # type: ignore[attr-defined]
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(model.__table__)  # type: ignore[attr-defined]
