"""The audit trail: a hash chain a facility, over keys and salted digests.

The text of a decision lies beside its event and can be erased; the chain still verifies.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from store.tables import Event, EventText

_GENESIS = "0" * 64


def append(
    db: Session,
    kind: str,
    *,
    facility_id: int,
    now: datetime,
    complaint_id: int | None = None,
    actor_id: int | None = None,
    text: str = "",
    params: Mapping[str, str | int | None] | None = None,
) -> int:
    """Write one event at the chain's end and return its id.

    `params` are keys and numbers only; what somebody wrote goes into `text`.
    """
    salt = secrets.token_hex(16) if text else ""
    row = {
        "facility_id": facility_id,
        "complaint_id": complaint_id,
        "at": now,
        "actor_id": actor_id,
        "kind": kind,
        "params": json.dumps(params or {}, sort_keys=True),
        "text_digest": _text_digest(salt, text) if text else "",
    }
    [event_id] = _chain(db, facility_id, [row])
    if text:
        db.add(EventText(event_id=event_id, salt=salt, text=text))
    return event_id


def append_many(
    db: Session,
    kind: str,
    *,
    facility_id: int,
    now: datetime,
    complaints: Iterable[tuple[int, dict[str, str | int | None]]],
) -> None:
    """One event of a kind for each `(complaint_id, params)`: the bulk path of recording."""
    rows = [
        {
            "facility_id": facility_id,
            "complaint_id": complaint_id,
            "at": now,
            "actor_id": None,
            "kind": kind,
            "params": json.dumps(params, sort_keys=True),
            "text_digest": "",
        }
        for complaint_id, params in complaints
    ]
    if rows:
        _chain(db, facility_id, rows)


def first_broken(db: Session, facility_id: int) -> int | None:
    """The id of the first event whose hash does not follow from what is stored; None when the
    whole chain and every text that is still there hold.
    """
    previous = _GENESIS
    chain = (
        select(Event, EventText)
        .join(EventText, isouter=True)
        .where(col(Event.facility_id) == facility_id)
        .order_by(col(Event.id))
        .execution_options(yield_per=1000)
    )
    with closing(db.exec(chain)) as found:  # PostgreSQL keeps what was not read yet open
        for event, text in found:
            row = event.model_dump(exclude={"id", "previous", "hash"})
            torn = event.previous != previous or event.hash != _hash(previous, row)
            if torn or (text and _text_digest(text.salt, text.text) != event.text_digest):
                return event.id
            previous = event.hash
    return None


def _chain(db: Session, facility_id: int, rows: Sequence[dict[str, Any]]) -> list[int]:
    # Nobody writes between the look and the end of the caller's transaction: it was begun with
    # `Store.write(facility=...)`.
    last = db.exec(
        select(Event.hash)
        .where(col(Event.facility_id) == facility_id)
        .order_by(col(Event.id).desc())
        .limit(1)
    ).one_or_none()
    previous = last or _GENESIS
    for row in rows:
        row["previous"] = previous
        previous = row["hash"] = _hash(previous, row)
    if len(rows) == 1:
        return [db.execute(insert(Event).returning(col(Event.id)), rows).scalar_one()]
    db.execute(insert(Event), rows)
    return []


def _hash(previous: str, row: dict[str, Any]) -> str:
    fields = (
        previous,
        row["facility_id"],
        row["complaint_id"],
        row["at"].astimezone(UTC).isoformat(),
        row["actor_id"],
        row["kind"],
        row["params"],
        row["text_digest"],
    )
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def _text_digest(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()
