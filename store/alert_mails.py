"""Alerts that go by mail: what is on its way, and since when somebody can read it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, text, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from store.states import AT_GATEWAY, SendState
from store.tables import Alert, AlertCopy, AlertMail, Complaint, Post

# The indexes' own words: a partial index serves only a query that repeats them.
_MOVING = text("alert_copy.state IN ('pending', 'sending')")
POST_MOVING = text("(post.state IN ('pending', 'sending') OR post.wanted > post.shown)")
UNSENT = (SendState.PENDING, SendState.SENDING)
NOT_SHOWN = or_(col(Alert.post_id).is_(None), col(Post.state).not_in(AT_GATEWAY))
"""Of an Alert outer-joined to its card."""
_UNTOLD = (col(AlertMail.told_at).is_(None), col(AlertMail.accepted_at).is_not(None))


def ask(
    db: Session,
    facility_id: int,
    now: datetime,
    alerts: Sequence[int],
    warnings: Sequence[int | None],
    recipients: Sequence[str],
) -> Sequence[AlertCopy]:
    """A mail that names these, with a copy for each recipient; their Message-IDs are still to be
    given.
    """
    mail = AlertMail(facility_id=facility_id, created_at=now)
    db.add(mail)
    db.flush()
    db.execute(update(Alert).where(col(Alert.id).in_(alerts)).values(mail_id=mail.id))
    db.execute(update(Post).where(col(Post.id).in_(warnings)).values(mail_id=mail.id))
    copies = [
        AlertCopy(facility_id=facility_id, mail_id=mail.id or 0, recipient=one, due_at=now)
        for one in dict.fromkeys(recipients)
    ]
    db.add_all(copies)
    db.flush()
    return copies


def last(db: Session, facility_id: int) -> tuple[AlertMail | None, bool]:
    """The newest mail, and whether it is still on its way to its first reader."""
    mail = db.exec(
        select(AlertMail)
        .where(AlertMail.facility_id == facility_id)
        .order_by(col(AlertMail.id).desc())
        .limit(1)
    ).first()
    if mail is None or mail.accepted_at is not None:
        return mail, False
    moving = select(AlertCopy.id).where(_MOVING, AlertCopy.facility_id == facility_id)
    return mail, db.exec(moving.where(AlertCopy.mail_id == mail.id).limit(1)).first() is not None


def next_copy(db: Session, facility_id: int) -> AlertCopy | None:
    """The copy that is due first. One that a vanished sender began is due again at the moment
    that was set when it began.
    """
    return db.exec(
        select(AlertCopy)
        .where(_MOVING, AlertCopy.facility_id == facility_id)
        .order_by(col(AlertCopy.due_at), col(AlertCopy.id))
        .limit(1)
    ).first()


def finish(db: Session, copy_id: int, state: SendState, **values: object) -> bool:
    """End the attempt; False when a bounce was quicker."""
    done = db.execute(
        update(AlertCopy)
        .where(col(AlertCopy.id) == copy_id, col(AlertCopy.state) == SendState.SENDING)
        .values(state=state, **values)
        .returning(col(AlertCopy.id))
    ).scalar_one_or_none()
    return done is not None


def heard(db: Session, mail_id: int, now: datetime) -> None:
    """A server took a copy: from now on somebody can read what it names."""
    first = db.execute(
        update(AlertMail)
        .where(col(AlertMail.id) == mail_id, col(AlertMail.accepted_at).is_(None))
        .values(accepted_at=now)
        .returning(col(AlertMail.id))
    ).scalar_one_or_none()
    if first is not None:
        named = col(Complaint.id).in_(select(Alert.complaint_id).where(Alert.mail_id == mail_id))
        db.execute(
            update(Complaint)
            .where(named, col(Complaint.alerted_at).is_(None))
            .values(alerted_at=now)
        )


def has_hope(db: Session, mail_id: int) -> bool:
    """Whether a copy was taken and has not come back, or is still on its way."""
    alive = col(AlertCopy.state).in_((*UNSENT, *AT_GATEWAY))
    query = select(AlertCopy.id).where(AlertCopy.mail_id == mail_id, alive)
    return db.exec(query.limit(1)).first() is not None


def is_heard(db: Session, mail_id: int) -> bool:
    """Whether a server took a copy that has not come back."""
    taken = col(AlertCopy.state).in_(AT_GATEWAY)
    query = select(AlertCopy.id).where(AlertCopy.mail_id == mail_id, taken)
    return db.exec(query.limit(1)).first() is not None


def unheard(db: Session, mail_id: int) -> Sequence[int]:
    """Every copy that was taken came back: the complaints count as alerted only by what else
    their people can read. Those that count as alerted no longer.
    """
    mail = db.get_one(AlertMail, mail_id)
    since, mail.accepted_at = mail.accepted_at, None
    db.flush()
    if since is None:
        return ()
    named = select(Alert.complaint_id).where(Alert.mail_id == mail_id)
    lost = []
    for complaint in db.exec(
        select(Complaint).where(col(Complaint.id).in_(named), col(Complaint.alerted_at) == since)
    ):
        complaint.alerted_at = _readable_since(db, complaint.id or 0)
        if complaint.alerted_at is None:
            lost.append(complaint.id or 0)
    return lost


def _readable_since(db: Session, complaint_id: int) -> datetime | None:
    """The first moment from which a card or a mail stood where it still stands."""
    mine = Alert.complaint_id == complaint_id
    cards = select(func.min(Post.accepted_at)).join(Alert, col(Alert.post_id) == col(Post.id))
    mails = select(func.min(AlertMail.accepted_at)).join(
        Alert, col(Alert.mail_id) == col(AlertMail.id)
    )
    moments = [db.exec(query.where(mine)).one() for query in (cards, mails)]
    return min((moment for moment in moments if moment), default=None)


def let_go(db: Session, mail_id: int) -> None:
    """Nobody will read this mail: what it named waits anew."""
    db.execute(update(Alert).where(col(Alert.mail_id) == mail_id).values(mail_id=None))
    db.execute(update(Post).where(col(Post.mail_id) == mail_id).values(mail_id=None))


def needless(db: Session, mail_id: int) -> bool:
    """Whether the chat has shown meanwhile all that a mail was to say."""
    alerts = _not_shown().where(Alert.mail_id == mail_id)
    warnings = select(Post.id).where(
        POST_MOVING, Post.mail_id == mail_id, col(Post.state).in_(UNSENT)
    )
    return all(db.exec(query.limit(1)).first() is None for query in (alerts, warnings))


def supersede(db: Session, mail_id: int) -> None:
    """What has not left of a mail stays here."""
    db.execute(
        update(AlertCopy)
        .where(_MOVING, col(AlertCopy.mail_id) == mail_id)
        .values(state=SendState.SUPERSEDED)
    )


def untold(db: Session, facility_id: int) -> int | None:
    """How many complaints went by mail of which the coordinators were not told in the chat, once
    the chat has shown them all; None while it has not, or when there is nothing to tell.
    """
    mails = select(AlertMail.id).where(AlertMail.facility_id == facility_id, *_UNTOLD)
    if db.exec(mails.order_by(col(AlertMail.id)).limit(1)).first() is None:
        return None
    if db.exec(_not_shown().where(col(Alert.mail_id).in_(mails)).limit(1)).first() is not None:
        return None
    named = select(func.count(func.distinct(Alert.complaint_id)))
    return db.exec(named.where(col(Alert.mail_id).in_(mails))).one()


def told(db: Session, facility_id: int, now: datetime) -> None:
    """The coordinators know of them."""
    db.execute(
        update(AlertMail)
        .where(col(AlertMail.facility_id) == facility_id, *_UNTOLD)
        .values(told_at=now)
    )


def complaints_on(db: Session, mail_id: int) -> Sequence[int]:
    """The complaints that a mail names."""
    return db.exec(select(Alert.complaint_id).where(Alert.mail_id == mail_id).distinct()).all()


def _not_shown() -> SelectOfScalar[Any]:
    return select(Alert.id).outerjoin(Post, col(Post.id) == col(Alert.post_id)).where(NOT_SHOWN)
