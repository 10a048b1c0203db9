"""How the work stands, in counts: what waits too long, what was given up, what is in doubt."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, TextClause, func, text
from sqlmodel import Session, col, select

from store.engine import Store
from store.states import OPEN, SendState
from store.tables import Complaint, Delivery, Reply, ReplyPart


@dataclass(frozen=True, slots=True)
class Counts:
    """One facility's."""

    waiting: int
    """Deliveries fetched before the given moment that nobody has recorded."""
    quarantined: int
    unknown: int
    """Parts of replies of which nobody knows whether they went."""
    failed: int
    """Parts of the newest reply to an open case that were refused for good."""


def counts(db: Session, facility_id: int, before: datetime) -> Counts:
    """Count them."""
    # The index's own words: a partial index serves only a query that repeats its condition.
    ours = col(Delivery.facility_id) == facility_id
    given_up = text("delivery.disposition = 'quarantined'")
    return Counts(
        waiting=_deliveries(db, ours, _pending(), col(Delivery.fetched_at) < before),
        quarantined=_deliveries(db, ours, given_up),
        unknown=parts(db, facility_id, SendState.UNKNOWN),
        failed=parts(db, facility_id, SendState.FAILED),
    )


def unrecorded(db: Session, account_id: int) -> int:
    """Deliveries of an account that wait to be recorded."""
    return _deliveries(db, col(Delivery.account_id) == account_id, _pending())


def is_sound(store: Store) -> bool:
    """Whether SQLite finds its file whole; other databases look after themselves."""
    if store.url.get_backend_name() != "sqlite":
        return True
    with store.read() as db:
        verdict = db.connection().exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        return bool(verdict == "ok")


def _deliveries(db: Session, *conditions: ColumnElement[bool] | TextClause) -> int:
    return db.exec(select(func.count()).select_from(Delivery).where(*conditions)).one()


def _pending() -> TextClause:
    # The index's own words, as above.
    return text("delivery.disposition = 'pending'")


def parts(db: Session, facility_id: int, state: SendState) -> int:
    """Parts of newest replies in a state; with `failed`, of open cases only."""
    newest = (
        select(func.max(Reply.version))
        .where(Reply.complaint_id == Complaint.id)
        .correlate(Complaint)
        .scalar_subquery()
    )
    query = (
        select(func.count())
        .select_from(ReplyPart)
        .join(Reply, col(Reply.id) == ReplyPart.reply_id)
        .join(Complaint, col(Complaint.id) == Reply.complaint_id)
        .where(
            ReplyPart.facility_id == facility_id,
            col(ReplyPart.state) == state,
            col(Reply.version) == newest,
        )
    )
    if state is SendState.FAILED:
        query = query.where(col(Complaint.status).in_(OPEN))
    return db.exec(query).one()
