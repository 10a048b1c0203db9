"""How the work stands, in counts: what waits, what failed, what is in doubt."""

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from store.engine import Store
from store.states import OPEN, SendState
from store.tables import Complaint, Delivery, Reply, ReplyPart


def unrecorded(db: Session, account_id: int) -> int:
    """Deliveries of an account that wait to be recorded."""
    # The index's own words: a partial index serves only a query that repeats its condition.
    pending = text("delivery.disposition = 'pending'")
    return db.exec(
        select(func.count()).select_from(Delivery).where(Delivery.account_id == account_id, pending)
    ).one()


def is_sound(store: Store) -> bool:
    """Whether SQLite finds its file whole; other databases look after themselves."""
    if store.url.get_backend_name() != "sqlite":
        return True
    with store.read() as db:
        verdict = db.connection().exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        return bool(verdict == "ok")


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
