"""Alerts and warnings that nobody can read yet: neither in the chat nor on a mail."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from store.alert_mails import NOT_SHOWN, POST_MOVING, UNSENT
from store.states import Kind
from store.tables import Alert, AlertMail, Complaint, Post

_URGENT = or_(col(Complaint.kind) == Kind.EMERGENCY, col(Complaint.urgency) == "red")
_NEWEST = 500
"""Alerts among which an urgent one is looked for: what waits may be a hundred thousand."""


def oldest_waiting(db: Session, facility_id: int) -> datetime | None:
    """When the oldest alert was raised that nobody can read: it is neither in a card that the
    chat took nor on a mail.
    """
    moments = [
        db.exec(select(Alert.created_at).where(where).order_by(col(Alert.id)).limit(1)).first()
        for where in _unread(facility_id)
    ]
    return min((moment for moment in moments if moment), default=None)


def waiting(db: Session, facility_id: int, created_by: datetime, limit: int) -> Sequence[int]:
    """Alerts from before that moment which nobody can read: the urgent ones first, then the
    oldest.
    """
    calm: list[int] = []
    for where in _unread(facility_id):
        rows = db.exec(
            select(Alert.id, Alert.created_at).where(where).order_by(col(Alert.id)).limit(limit)
        )
        calm += [id_ for id_, at in rows if id_ is not None and at <= created_by]
    return list(dict.fromkeys([*urgent(db, facility_id, created_by), *sorted(calm)]))[:limit]


def urgent(db: Session, facility_id: int, created_by: datetime) -> list[int]:
    """Of those, the urgent ones."""
    found: list[int] = []
    for where in _unread(facility_id):
        newest = select(Alert.id).where(where).order_by(col(Alert.id).desc()).limit(_NEWEST)
        rows = db.exec(
            select(Alert.id)
            .join(Complaint, col(Complaint.id) == col(Alert.complaint_id))
            .where(col(Alert.id).in_(newest), col(Alert.created_at) <= created_by, _URGENT)
        )
        found += [id_ for id_ in rows if id_ is not None]
    return sorted(found)


def _unread(facility_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Of an Alert that is on no mail: it has no card, or its card is not in the chat yet."""
    cards = select(Post.id).where(
        POST_MOVING,
        Post.facility_id == facility_id,
        col(Post.staff_id).is_(None),
        col(Post.state).in_(UNSENT),
    )
    mine = and_(col(Alert.facility_id) == facility_id, col(Alert.mail_id).is_(None))
    return and_(mine, col(Alert.post_id).is_(None)), and_(mine, col(Alert.post_id).in_(cards))


def unheard_alerts(db: Session, facility_id: int, created_by: datetime) -> int:
    """How many complaints have an alert from before that moment that stands neither in the chat
    nor in a mail that a server took.
    """
    return db.exec(
        select(func.count(func.distinct(Alert.complaint_id)))
        .outerjoin(Post, col(Post.id) == col(Alert.post_id))
        .outerjoin(AlertMail, col(AlertMail.id) == col(Alert.mail_id))
        .where(
            Alert.facility_id == facility_id,
            col(Alert.created_at) <= created_by,
            NOT_SHOWN,
            col(AlertMail.accepted_at).is_(None),
        )
    ).one()


def unplaced_warnings(db: Session, facility_id: int) -> Sequence[Post]:
    """Warnings about the desk that no coordinator's chat took and no mail has summed up; the
    oldest first.
    """
    return db.exec(
        select(Post)
        .where(
            POST_MOVING,
            Post.facility_id == facility_id,
            Post.kind == "notice",
            col(Post.state).in_(UNSENT),
            col(Post.mail_id).is_(None),
            col(Post.complaint_id).is_(None),
        )
        .order_by(col(Post.id))
    ).all()
