"""The receipt: one a complaint, several at once in one text, and not too often to one sender."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, col, select

from channels.message import Route
from pipeline.autoreplies.rules import next_receipt, receipts_of
from pipeline.heard import Heard
from pipeline.ports import Office
from store.sending import AGAIN
from store.states import AutoReplyKind, Kind, SendState, Status
from store.tables import AutoReply, Complaint
from store.upsert import insert_all

MOST = 10
"""Cases in one receipt: as many numbers as an SMS holds beside what the law wants said."""
_UNTOLD = (Kind.NOT_A_COMPLAINT, Kind.PRESS)
_complaints: Any = Complaint.__table__  # type: ignore[attr-defined]


def gather(
    db: Session, office: Office, now: datetime, opened: Sequence[tuple[Heard, Route]]
) -> None:
    """Each of these cases gets its place in a receipt: one that waits, or a new one."""
    cases = _to_be_told(db, [item.complaint_id or 0 for item, _ in opened])
    wanted = [(item, route) for item, route in opened if item.complaint_id in cases]
    if not wanted:
        return
    known = receipts_of(db, {item.contact_id for item, _ in wanted}, now)
    room = _room(db, known)
    placed: dict[int, int] = {}
    rows: list[dict[str, Any]] = []
    told: dict[int, list[int]] = {}
    """Index of a new row → its cases."""
    newest: dict[int, int] = {}
    """Contact → index of the new row that still has room."""
    for item, route in wanted:
        case, contact = item.complaint_id or 0, item.contact_id
        waiting = next((row.id for row in known.get(contact, ()) if room.get(row.id, 0) > 0), None)
        if waiting is not None:
            room[waiting] -= 1
            placed[case] = waiting
            continue
        index = newest.get(contact)
        if index is None or len(told[index]) == MOST:
            earlier = [AutoReply(**row) for row in rows if row["contact_id"] == contact]
            free = next_receipt([*known.get(contact, ()), *earlier], now)
            due = max(now + timedelta(seconds=office.settings.receipt_seconds), free)
            index = newest[contact] = len(rows)
            told[index] = []
            rows.append(
                blank(office, now)
                | {
                    "account_id": item.account_id,
                    "contact_id": contact,
                    "kind": AutoReplyKind.RECEIPT,
                    "key": f"receipt:{contact}:{case}",
                    "complaint_id": case,
                    "recipient": route.recipient,
                    "due_at": due,
                }
            )
        told[index].append(case)
    ids = insert_all(db, AutoReply, rows)
    placed |= {case: ids[index] for index, cases in told.items() for case in cases}
    _tie(db, placed)


def blank(office: Office, now: datetime) -> dict[str, Any]:
    """The columns of a row that is the same for whatever is said by itself."""
    return {
        "facility_id": office.id,
        "reply_id": None,
        "route": "private",
        "text": "",
        "external_id": "",
        "state": SendState.PENDING,
        "attempts": 0,
        "holder": "",
        "lease": 0.0,
        "created_at": now,
        "started_at": None,
        "accepted_at": None,
        "delivered_at": None,
        "reason": "",
        "status_due_at": None,
        "status_polls": 0,
    }


def named_in(db: Session, row: AutoReply) -> list[Complaint]:
    """The cases that this receipt tells of, as far as they still are complaints."""
    wanted = select(Complaint).where(
        Complaint.receipt_id == row.id,
        Complaint.status != Status.SET_ASIDE,
        col(Complaint.kind).not_in(_UNTOLD),
    )
    return list(db.exec(wanted.order_by(col(Complaint.year), col(Complaint.serial))))


def put_off(db: Session, office: Office, now: datetime, row: AutoReply) -> bool:
    """Whether `row` must wait because another left later than was foreseen: a row of its own
    for later then has its cases, and this one has none.
    """
    others = receipts_of(db, [row.contact_id], now).get(row.contact_id, [])
    left = [it for it in others if it.id != row.id and it.state is not SendState.PENDING]
    free = next_receipt(left, now)
    if free <= now:
        return False
    copy = {name: getattr(row, name) for name in ("account_id", "contact_id", "kind", "recipient")}
    copy |= {"complaint_id": row.complaint_id, "key": f"{row.key}+", "due_at": free}
    [later] = insert_all(db, AutoReply, [blank(office, now) | copy])
    cases = db.exec(select(Complaint.id).where(Complaint.receipt_id == row.id)).all()
    _tie(db, {case: later for case in cases if case is not None})
    return True


def _to_be_told(db: Session, ids: Sequence[int]) -> set[int | None]:
    if not ids:
        return set()
    return set(
        db.exec(
            select(Complaint.id).where(
                col(Complaint.id).in_(ids),
                col(Complaint.kind).not_in(_UNTOLD),
                col(Complaint.receipt_id).is_(None),
            )
        )
    )


def _room(db: Session, known: Mapping[int, Sequence[AutoReply]]) -> dict[int | None, int]:
    """How many more cases each receipt that waits can take."""
    waiting = [
        row.id
        for rows in known.values()
        for row in rows
        # One that may have left already, and is sent once more, says no more than it said.
        if row.state is SendState.PENDING and row.reason != AGAIN
    ]
    if not waiting:
        return {}
    counted = dict(
        db.exec(
            select(Complaint.receipt_id, func.count())
            .where(col(Complaint.receipt_id).in_(waiting))
            .group_by(col(Complaint.receipt_id))
        ).all()
    )
    return {id_: MOST - counted.get(id_, 0) for id_ in waiting}


def _tie(db: Session, placed: Mapping[int, int]) -> None:
    """Case → its receipt."""
    if placed:
        db.connection().execute(
            update(_complaints)
            .where(_complaints.c.id == bindparam("case"))
            .values(receipt_id=bindparam("receipt")),
            [{"case": case, "receipt": receipt} for case, receipt in placed.items()],
        )
