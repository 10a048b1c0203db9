"""Posts on their way into the team's chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, and_, func, text, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from store.states import SendState
from store.tables import Alert, Complaint, Group, Post, Staff

# The index's own words: a partial index serves only a query that repeats them.
_MOVING = text("(post.state IN ('pending', 'sending') OR post.wanted > post.shown)")
_UNSENT = text("post.state IN ('pending', 'sending')")
_REDRAW = text("post.state = 'accepted' AND post.wanted > post.shown")

_WELL = {"broken": "", "failing_since": None, "failing_why": ""}
"""The group once something stands in it."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A post to be sent or drawn anew, as far as choosing the next one needs it."""

    id: int
    staff_id: int | None
    """Whose private chat; None is the group."""
    new: bool
    """Not in the chat yet."""
    due_at: datetime
    kind: str
    plain: bool = False
    """A card that could not be shown as it should be."""


_PLAIN = '{"plain": 1}'
"""A card's parameters, which has none otherwise."""


def moving(db: Session, facility_id: int, now: datetime) -> Sequence[Moving]:
    """What may go next, oldest first: of every chat the oldest new post and the redraw that is
    due first. Besides the first moment of the cards that are put off although drawn plainly,
    which stand in nobody's way. Few rows, however many wait.
    """
    put_off = (col(Post.params) == _PLAIN, col(Post.due_at) > now)
    mine = Post.facility_id == facility_id
    new = select(Post.id).where(_UNSENT, mine, col(Post.state) == SendState.PENDING)
    redraw = select(Post.id).where(_REDRAW, mine).order_by(col(Post.due_at), col(Post.id)).limit(1)
    oldest = new.order_by(col(Post.id)).limit(1)
    of_group = col(Post.staff_id).is_(None)
    of_person = Post.staff_id == Staff.id
    people = select(
        oldest.where(of_person).correlate(Staff).scalar_subquery(),
        redraw.where(of_person).correlate(Staff).scalar_subquery(),
    ).where(Staff.facility_id == facility_id)
    ids = {id_ for row in db.exec(people) for id_ in row}
    for query in (
        oldest.where(of_group, ~and_(*put_off)),
        redraw.where(of_group),
        new.where(of_group, *put_off).order_by(col(Post.due_at)).limit(1),
    ):
        ids.add(db.exec(query).first())
    found = db.execute(
        select_columns(
            col(Post.id),
            col(Post.staff_id),
            col(Post.state),
            col(Post.due_at),
            col(Post.kind),
            col(Post.params) == _PLAIN,
        )
        .where(col(Post.id).in_(ids - {None}))
        .order_by(col(Post.id))
    )
    return [
        Moving(id_ or 0, staff_id, state is SendState.PENDING, due_at, kind, plain)
        for id_, staff_id, state, due_at, kind, plain in found
    ]


def last_card(db: Session, facility_id: int) -> Post | None:
    """The newest card, found through the alerts that it shows."""
    newest = (
        select(func.max(Alert.post_id))
        .where(Alert.facility_id == facility_id, col(Alert.post_id).is_not(None))
        .scalar_subquery()
    )
    return db.exec(select(Post).where(col(Post.id) == newest)).one_or_none()


def any_abandoned(db: Session, facility_id: int) -> bool:
    """Whether somebody is posting, or was when he vanished: only who has the lease can tell."""
    query = select(Post.id).where(
        _UNSENT, Post.facility_id == facility_id, Post.state == SendState.SENDING
    )
    return db.exec(query.limit(1)).first() is not None


def abandoned_again(db: Session, facility_id: int) -> None:
    """What a vanished sender was about to post is posted once more: at-least-once."""
    db.execute(
        update(Post)
        .where(_UNSENT, col(Post.facility_id) == facility_id, col(Post.state) == SendState.SENDING)
        .values(state=SendState.PENDING)
    )


def placed(
    db: Session, post_id: int, chat_id: int, message_id: int, shown: int, now: datetime
) -> None:
    """It stands in the chat; the complaints on a card are alerted with that."""
    db.execute(
        update(Post)
        .where(col(Post.id) == post_id)
        .values(
            state=SendState.ACCEPTED,
            chat_id=chat_id,
            message_id=message_id,
            shown=shown,
            accepted_at=now,
            reason="",
        )
    )
    group = select(Post.facility_id).where(Post.id == post_id, col(Post.staff_id).is_(None))
    db.execute(
        update(Group)
        .where(
            col(Group.facility_id).in_(group),
            (col(Group.broken) != "") | col(Group.failing_since).is_not(None),
        )
        .values(_WELL)
    )
    db.execute(
        update(Complaint)
        .where(
            col(Complaint.id).in_(select(Alert.complaint_id).where(Alert.post_id == post_id)),
            col(Complaint.alerted_at).is_(None),
        )
        .values(alerted_at=now)
    )


def delay(db: Session, post_id: int, until: datetime, reason: str) -> None:
    """Try it again then."""
    db.execute(
        update(Post)
        .where(col(Post.id) == post_id)
        .values(state=SendState.PENDING, due_at=until, reason=reason)
    )


def draw_plainly(db: Session, post_id: int) -> None:
    """From now on it is sent with its numbers alone."""
    db.execute(update(Post).where(col(Post.id) == post_id).values(params=_PLAIN))


def is_plain(post: Post) -> bool:
    """Whether it is a card that could not be shown as it should be."""
    return post.params == _PLAIN


def plain_cards(db: Session, facility_id: int, since: datetime) -> int:
    """Cards asked for since then that could not be shown as they should be."""
    return db.exec(
        select(func.count())
        .select_from(Post)
        .where(
            Post.facility_id == facility_id, Post.params == _PLAIN, col(Post.created_at) >= since
        )
    ).one()


def end(db: Session, post_id: int, state: SendState, reason: str) -> None:
    """Give up on it (failed), or keep it until its reader has started the bot (held)."""
    db.execute(update(Post).where(col(Post.id) == post_id).values(state=state, reason=reason))


def put_off_group(db: Session, facility_id: int, until: datetime) -> None:
    """Nothing can be written to the group: leave all of it until then."""
    db.execute(_of_group(facility_id).where(col(Post.due_at) < until).values(due_at=until))


def group_is_back(db: Session, facility_id: int, now: datetime) -> None:
    """The group can be written to again: what waited for it is due."""
    db.execute(update(Group).where(col(Group.facility_id) == facility_id).values(_WELL))
    db.execute(_of_group(facility_id).where(col(Post.due_at) > now).values(due_at=now))


def _of_group(facility_id: int) -> Update:
    return update(Post).where(
        _MOVING, col(Post.facility_id) == facility_id, col(Post.staff_id).is_(None)
    )


def redraw_later(db: Session, post_id: int, until: datetime) -> None:
    """Draw it anew then; it stays where it stands."""
    db.execute(update(Post).where(col(Post.id) == post_id).values(due_at=until))


def overdrawn(db: Session, post_id: int) -> None:
    """Nobody knows what the chat shows in its place: it is drawn anew if it stands there."""
    standing = (col(Post.id) == post_id, col(Post.state) == SendState.ACCEPTED)
    db.execute(update(Post).where(*standing).values(wanted=Post.wanted + 1))


def redrawn(db: Session, post_id: int, shown: int) -> None:
    """The chat shows it as it was at `shown`."""
    db.execute(update(Post).where(col(Post.id) == post_id).values(shown=shown))
