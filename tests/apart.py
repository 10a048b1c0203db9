"""What must hold of a database with several facilities in it: no row reaches across."""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, select

from store import events
from store.engine import Store
from store.register import entries
from store.tables import (
    Attachment,
    Complaint,
    Event,
    Facility,
    Message,
    Post,
    Prompt,
    ReplyPart,
    Staff,
    metadata,
)

_IN_PARAMS: Mapping[str, type[Any]] = {
    "message_id": Message,
    "part_id": ReplyPart,
    "event_id": Event,
}
"""Keys of a post's or a prompt's parameters that are row ids."""


def assert_apart(store: Store) -> None:
    """Every row points to rows of its own facility only; numbers and trails are whole."""
    with store.read() as db:
        assert list(_crossing(db)) == []
        assert list(_crossing_in_params(db)) == []
        for facility in db.exec(select(Facility)):
            assert events.first_broken(db, facility.id or 0) is None
            _assert_gapless(db, facility.id or 0)
        ids = list(db.exec(select(Facility.id)))
    for id_ in ids:
        for entry in entries(store, [id_ or 0], aside=True):
            rows: list[Any] = [
                entry.contact,
                *entry.messages,
                *(reply for reply, _ in entry.replies),
            ]
            rows += [entry.complaint] if entry.complaint else []
            assert {row.facility_id for row in rows} == {id_}


def _crossing(db: Session) -> Iterator[tuple[str, object, str, object]]:
    """By the foreign keys themselves, so that a table of tomorrow is looked at too."""
    owner: dict[str, dict[int, int]] = {}
    for table in metadata.sorted_tables:
        if "facility_id" in table.c and "id" in table.c:
            rows = db.execute(columns(table.c.id, table.c.facility_id))
            owner[table.name] = {row.id: row.facility_id for row in rows}
    for table in metadata.sorted_tables:
        keys = [
            (column, key.column.table.name)
            for column in table.c
            for key in column.foreign_keys
            if key.column.table.name in owner
        ]
        if not keys:
            continue
        for row in db.execute(table.select()).mappings():
            # A row without a facility of its own (an approval, a prompt) joins those it names.
            homes = {row["facility_id"]} if "facility_id" in row else set()
            for column, other in keys:
                if row[column.name] is not None:
                    homes.add(owner[other][row[column.name]])
            if len(homes) > 1:
                yield table.name, dict(row).get("id"), "spans", homes


def _crossing_in_params(db: Session) -> Iterator[tuple[str, int | None, str]]:
    homes = {staff.id: staff.facility_id for staff in db.exec(select(Staff))}
    written = [(post.facility_id, post.params, post.id) for post in db.exec(select(Post))]
    written += [
        (homes[prompt.staff_id], prompt.params, prompt.staff_id)
        for prompt in db.exec(select(Prompt))
    ]
    for facility_id, text, id_ in written:
        params = json.loads(text)
        for key, table in _IN_PARAMS.items():
            if isinstance(params.get(key), int):
                row = db.get(table, params[key])
                if row is not None and row.facility_id != facility_id:
                    yield key, id_, "crosses"
        for case_id in filter(None, str(params.get("cases", "")).split(",")):
            if db.get_one(Complaint, int(case_id)).facility_id != facility_id:
                yield "cases", id_, "crosses"
        if isinstance(params.get("attachment_id"), int):
            attachment = db.get_one(Attachment, params["attachment_id"])
            if db.get_one(Message, attachment.message_id).facility_id != facility_id:
                yield "attachment_id", id_, "crosses"


def _assert_gapless(db: Session, facility_id: int) -> None:
    rows = db.exec(
        select(Complaint)
        .where(Complaint.facility_id == facility_id)
        .order_by(Complaint.year, Complaint.serial)  # type: ignore[arg-type]
    ).all()
    for year, cases in groupby(rows, lambda row: row.year):
        numbered = [(case.serial, case.number) for case in cases]
        assert numbered == [(n, f"ADU-{year}-{n:04d}") for n in range(1, len(numbered) + 1)]
