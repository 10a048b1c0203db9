"""INSERT as each database understands it: ON CONFLICT, and many rows whose ids are wanted."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlmodel import Session, SQLModel

_NEXT_IDS = text(
    "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)"
)


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


def insert_all(
    db: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]
) -> Sequence[int]:
    """Insert many rows; their ids in the same order.

    Ids are taken first and the rows follow as one statement executed many times: with RETURNING
    each batch would be a statement of thousands of parameters, which psycopg reads word by word
    every time (a fifth of the time that recording takes).
    """
    if not rows:
        return []
    table: Any = model.__table__  # type: ignore[attr-defined]
    connection = db.connection()
    if connection.dialect.name == "postgresql":
        wanted = {"table": table.name, "count": len(rows)}
        ids = list(connection.execute(_NEXT_IDS, wanted).scalars())
    else:
        # Nobody else writes within this transaction.
        last = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        ids = list(range(last + 1, last + 1 + len(rows)))
    values = [{**row, "id": id_} for row, id_ in zip(rows, ids, strict=True)]
    connection.execute(insert(table), values)
    return ids
