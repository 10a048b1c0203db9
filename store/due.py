"""When each account has something to do at its gateway, in one query for all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from store.media import WAITS
from store.replies import may_leave
from store.sending import TABLES, asked_about, moving
from store.states import SendState
from store.tables import Account, Attachment, AutoReply, Complaint, Reply, ReplyPart


@dataclass(frozen=True, slots=True)
class Due:
    """An account, and when the earliest thing of it is due."""

    account_id: int
    facility_id: int
    account: str
    """Its name."""
    moment: datetime


def by_account(db: Session) -> list[Due]:
    """Every account that has anything to do, the one that waits longest first."""
    rows: Any = db.execute(select(Account.id, Account.facility_id, Account.name, *_moments()))
    found = [
        Due(id_, facility_id, name, min(moments))
        for id_, facility_id, name, *rest in rows
        if (moments := [moment for moment in rest if moment is not None])
    ]
    return sorted(found, key=lambda due: due.moment)


def _moments() -> Iterator[Any]:
    """Each an index look-up: a bad day has many rows and few accounts."""
    yield _first(
        col(ReplyPart.due_at),
        select(ReplyPart.due_at)
        .join(Reply, col(Reply.id) == col(ReplyPart.reply_id))
        .join(Complaint, col(Complaint.id) == col(Reply.complaint_id))
        .where(moving(ReplyPart), col(ReplyPart.account_id) == Account.id, may_leave()),
    )
    yield _first(
        col(AutoReply.due_at),
        select(AutoReply.due_at).where(
            moving(AutoReply),
            col(AutoReply.account_id) == Account.id,
            col(AutoReply.state) == SendState.PENDING,
        ),
    )
    for table in TABLES:
        yield _first(
            col(table.due_at),
            select(table.due_at).where(
                moving(table),
                col(table.account_id) == Account.id,
                col(table.state) == SendState.UNKNOWN,
            ),
        )
        yield _first(
            col(table.status_due_at),
            select(table.status_due_at).where(
                asked_about(table), col(table.account_id) == Account.id
            ),
        )
    yield _first(
        col(Attachment.due_at),
        select(Attachment.due_at).where(WAITS, col(Attachment.account_id) == Account.id),
    )


def _first(column: Any, query: Any) -> Any:
    query = query.where(column.is_not(None)).order_by(column).limit(1)
    return query.correlate(Account).scalar_subquery()
