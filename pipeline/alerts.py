"""The stage `alert`: what waits to be told becomes a card for the team's group.

One card is on its way at a time, and cards keep their distance, so a burst ends up in few cards
that each name every number. The card itself is a post; here it is only asked for.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from pipeline import posts
from pipeline.ports import Context, Office
from pipeline.posts import View
from store import posts as store_posts
from store.states import SendState
from store.tables import Alert, Group

CARD_ALERTS = 20
"""Complaints on one card: its text stays readable and within the chat's limits."""


def alert_due(ctx: Context) -> datetime | None:
    """Ask for the cards that are due. Returns when to look again, None when nothing waits."""
    moments = [_office_due(ctx, office) for office in ctx.offices.values()]
    return min((moment for moment in moments if moment), default=None)


def _office_due(ctx: Context, office: Office) -> datetime | None:
    now = ctx.clock()
    with ctx.store.read() as db:
        wait = _wait(db, office, now, ctx.settings.card_seconds)
    if wait is None or wait > now:
        return wait
    with ctx.store.write("alert.card", facility=office.id) as db:
        # Looked at again inside: another worker may have been quicker, and this one long asleep.
        now = ctx.clock()
        if _wait(db, office, now, ctx.settings.card_seconds) == now:
            _ask_card(db, office, now)
    ctx.wake("post")
    return None  # the card's arrival wakes this stage for what is left


def _wait(db: Session, office: Office, now: datetime, distance: float) -> datetime | None:
    """`now` when a card may be asked for, a later moment, or None: nothing waits, or what is
    on its way will wake us.
    """
    waiting = db.exec(
        select(Alert.id)
        .where(Alert.facility_id == office.id, col(Alert.post_id).is_(None))
        .order_by(col(Alert.id))
        .limit(1)
    ).first()
    if waiting is None or db.get(Group, office.id) is None:
        return None
    last = store_posts.last_card(db, office.id)
    if last is None:
        return now
    on_its_way = last.state in (SendState.PENDING, SendState.SENDING)
    if on_its_way and not store_posts.is_plain(last):
        return None  # one refused even plainly holds up nobody's alert
    free = (last.accepted_at or last.created_at) + timedelta(seconds=distance)
    # A clock that jumped back must not hold the next card for longer than the distance.
    return now if free <= now or free > now + timedelta(seconds=distance) else free


def _ask_card(db: Session, office: Office, now: datetime) -> None:
    chosen = db.exec(
        select(Alert.id)
        .where(Alert.facility_id == office.id, col(Alert.post_id).is_(None))
        .order_by(col(Alert.id))
        .limit(CARD_ALERTS)
        .with_for_update(skip_locked=True)
    ).all()
    if not chosen:
        return
    card = posts.ask(db, View.CARD, facility_id=office.id, now=now)
    db.execute(update(Alert).where(col(Alert.id).in_(chosen)).values(post_id=card.id))
