"""Where a poller stands in each stream of an account."""

from datetime import datetime

from sqlmodel import Session, col, select

from store.tables import Cursor
from store.upsert import insert_into


def all_of(db: Session, account_id: int) -> dict[str, str]:
    """Stream → the position that was committed with its last batch."""
    rows = db.exec(select(Cursor.stream, Cursor.value).where(col(Cursor.account_id) == account_id))
    return dict(rows.all())


def move(db: Session, account_id: int, stream: str, value: str, now: datetime) -> None:
    """Stand at `value` from now on. Part of the transaction that keeps what came before it."""
    insert = insert_into(db, Cursor)
    db.connection().execute(
        insert.on_conflict_do_update(
            index_elements=["account_id", "stream"],
            set_={"value": insert.excluded.value, "updated_at": insert.excluded.updated_at},
        ),
        {"account_id": account_id, "stream": stream, "value": value, "updated_at": now},
    )
