"""Alerts that go by mail: what waits, what is on its way, who can read it since when."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, text, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from store.states import AT_GATEWAY, Kind, SendState
from store.tables import Alert, AlertCopy, AlertMail, Complaint, Post

# The indexes' own words: a partial index serves only a query that repeats them.
_MOVING = text("alert_copy.state IN ('pending', 'sending')")
_POST_MOVING = text("(post.state IN ('pending', 'sending') OR post.wanted > post.shown)")
_UNSENT = (SendState.PENDING, SendState.SENDING)
_UNTOLD = (col(AlertMail.told_at).is_(None), col(AlertMail.accepted_at).is_not(None))
_URGENT = or_(col(Complaint.kind) == Kind.EMERGENCY, col(Complaint.urgency) == "red")


def waiting(
    db: Session, facility_id: int, created_by: datetime, limit: int
) -> tuple[Sequence[int], bool]:
    """Alerts from before that moment which nobody can read: neither in a card that the chat took
    nor on a mail. Their ids, the urgent ones first, and whether an urgent one is among them.
    """
    uncarded = and_(col(Alert.post_id).is_(None), col(Alert.mail_id).is_(None))
    found = [*_aged(db, facility_id, created_by, uncarded, limit)]
    found += _aged(db, facility_id, created_by, _on_the_way(facility_id), limit)
    found.sort()
    return [id_ for _, id_ in found[:limit]], bool(found and not found[0][0])


def _aged(
    db: Session, facility_id: int, created_by: datetime, where: ColumnElement[bool], limit: int
) -> list[tuple[bool, int]]:
    """(not urgent, id), in that order."""
    calm = (~_URGENT).label("calm")
    rows = db.execute(
        select_columns(calm, col(Alert.id))
        .join(Complaint, col(Complaint.id) == col(Alert.complaint_id))
        .where(col(Alert.facility_id) == facility_id, col(Alert.created_at) <= created_by, where)
        .order_by(calm, col(Alert.id))
        .limit(limit)
    )
    # An urgency that nobody has given yet makes the comparison neither true nor false.
    return [(calm is None or bool(calm), id_ or 0) for calm, id_ in rows]


def _on_the_way(facility_id: int) -> ColumnElement[bool]:
    """Of an Alert: its card is not in the chat yet."""
    cards = select(Post.id).where(
        _POST_MOVING,
        Post.facility_id == facility_id,
        col(Post.staff_id).is_(None),
        col(Post.state).in_(_UNSENT),
    )
    return and_(col(Alert.mail_id).is_(None), col(Alert.post_id).in_(cards))


def oldest_waiting(db: Session, facility_id: int) -> datetime | None:
    """When the oldest alert was raised that nobody can read yet."""
    uncarded = and_(col(Alert.post_id).is_(None), col(Alert.mail_id).is_(None))
    moments = [
        db.exec(select(func.min(Alert.created_at)).where(Alert.facility_id == facility_id, it)).one()
        for it in (uncarded, _on_the_way(facility_id))
    ]
    return min((moment for moment in moments if moment), default=None)


def unplaced_warnings(db: Session, facility_id: int) -> Sequence[Post]:
    """Warnings about the desk that no coordinator's chat took and no mail has summed up; the
    oldest first.
    """
    return db.exec(
        select(Post)
        .where(
            _POST_MOVING,
            Post.facility_id == facility_id,
            Post.kind == "notice",
            col(Post.state).in_(_UNSENT),
            col(Post.mail_id).is_(None),
            col(Post.complaint_id).is_(None),
        )
        .order_by(col(Post.id))
    ).all()


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
    """The copy that is due first."""
    return db.exec(
        select(AlertCopy)
        .where(_MOVING, AlertCopy.facility_id == facility_id)
        .order_by(col(AlertCopy.due_at), col(AlertCopy.id))
        .limit(1)
    ).first()


def abandoned_again(db: Session, facility_id: int) -> None:
    """What a vanished sender was about to hand over goes once more, when its time has come: the
    moment was set when its attempt began.
    """
    db.execute(
        update(AlertCopy)
        .where(
            _MOVING,
            col(AlertCopy.facility_id) == facility_id,
            col(AlertCopy.state) == SendState.SENDING,
        )
        .values(state=SendState.PENDING)
    )


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
    alive = col(AlertCopy.state).in_((*_UNSENT, *AT_GATEWAY))
    query = select(AlertCopy.id).where(AlertCopy.mail_id == mail_id, alive)
    return db.exec(query.limit(1)).first() is not None


def is_heard(db: Session, mail_id: int) -> bool:
    """Whether a server took a copy that has not come back."""
    taken = col(AlertCopy.state).in_(AT_GATEWAY)
    query = select(AlertCopy.id).where(AlertCopy.mail_id == mail_id, taken)
    return db.exec(query.limit(1)).first() is not None


def unheard(db: Session, mail_id: int) -> int:
    """Every copy that was taken came back: the complaints count as alerted only by what else
    their people can read. How many do no longer.
    """
    mail = db.get_one(AlertMail, mail_id)
    if mail.accepted_at is None:
        return 0
    since, mail.accepted_at = mail.accepted_at, None
    db.flush()
    lost = 0
    named = select(Alert.complaint_id).where(Alert.mail_id == mail_id)
    for complaint in db.exec(
        select(Complaint).where(col(Complaint.id).in_(named), col(Complaint.alerted_at) == since)
    ):
        complaint.alerted_at = _readable_since(db, complaint.id or 0)
        lost += complaint.alerted_at is None
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
    alert = exists().where(
        col(Alert.mail_id) == mail_id,
        or_(col(Alert.post_id).is_(None), col(Post.state).not_in(AT_GATEWAY)),
    )
    waits = select(Alert.id).outerjoin(Post, col(Post.id) == col(Alert.post_id))
    waits = waits.where(
        Alert.mail_id == mail_id,
        or_(col(Alert.post_id).is_(None), col(Post.state).not_in(AT_GATEWAY)),
    )
    warns = select(Post.id).where(
        _POST_MOVING, Post.mail_id == mail_id, col(Post.state).in_(_UNSENT)
    )
    del alert
    return db.exec(waits.limit(1)).first() is None and db.exec(warns.limit(1)).first() is None


def supersede(db: Session, mail_id: int) -> None:
    """What has not left of a mail stays here."""
    db.execute(
        update(AlertCopy)
        .where(_MOVING, col(AlertCopy.mail_id) == mail_id)
        .values(state=SendState.SUPERSEDED)
    )


def untold(db: Session, facility_id: int) -> Sequence[int]:
    """Mails that somebody could read and the coordinators have not been told of in the chat."""
    query = select(AlertMail.id).where(AlertMail.facility_id == facility_id, *_UNTOLD)
    return [id_ for id_ in db.exec(query.order_by(col(AlertMail.id))) if id_ is not None]


def all_on_cards(db: Session, mail_ids: Sequence[int]) -> bool:
    """Whether the chat has shown by now every alert of these mails."""
    query = (
        select(Alert.id)
        .outerjoin(Post, col(Post.id) == col(Alert.post_id))
        .where(
            col(Alert.mail_id).in_(mail_ids),
            or_(col(Alert.post_id).is_(None), col(Post.state).not_in(AT_GATEWAY)),
        )
    )
    return db.exec(query.limit(1)).first() is None


def complaints_on(db: Session, mail_ids: Sequence[int]) -> int:
    """How many complaints these mails name."""
    named = select(func.count(func.distinct(Alert.complaint_id)))
    return db.exec(named.where(col(Alert.mail_id).in_(mail_ids))).one()


def told(db: Session, mail_ids: Sequence[int], now: datetime) -> None:
    """The coordinators know of these."""
    db.execute(update(AlertMail).where(col(AlertMail.id).in_(mail_ids)).values(told_at=now))
