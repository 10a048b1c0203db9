"""What the coordinators are told about the desk itself: once, by the key of a short text.

Whether something was told stands in the posts themselves, so a restart does not repeat it.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from pipeline import posts
from store.states import Role
from store.tables import Post, Staff

CHANNEL_AUTH = "channel-auth"
"""The gateway refuses the account's credentials (params: account)."""
CHANNEL_BROKEN = "channel-broken"
"""The gateway refuses the account for good (params: account)."""
CHANNEL_SILENT = "channel-silent"
"""Nothing could be fetched for half an hour (params: account)."""
CHANNEL_BACK = "channel-back"
"""After one of the three above it works again (params: account)."""
CLOCK_BEHIND = "clock-behind"
"""The machine's clock is in the past: numbers and answers wait (params: newest, ISO)."""
WENT_BY_MAIL = "went-by-mail"
"""While the chat was down complaints were told by mail (params: count)."""

CHANNEL_TROUBLE = (CHANNEL_AUTH, CHANNEL_BROKEN, CHANNEL_SILENT)


def tell(
    db: Session,
    facility_id: int,
    key: str,
    now: datetime,
    *,
    since: datetime | None = None,
    **params: str | int | None,
) -> int:
    """Tell every coordinator who was not told this since `since` (None: ever); how many.

    Without an enrolled coordinator it stays untold, and the next call tries again.
    """
    told = {post.staff_id for post in _told(db, facility_id, (key,), since, params)}
    waiting = [staff_id for staff_id in _coordinators(db, facility_id) if staff_id not in told]
    for staff_id in waiting:
        posts.ask(
            db,
            posts.View.NOTICE,
            facility_id=facility_id,
            now=now,
            staff_id=staff_id,
            params={"key": key, **params},
        )
    return len(waiting)


def was_told(
    db: Session,
    facility_id: int,
    keys: Sequence[str],
    *,
    since: datetime,
    **params: str | int | None,
) -> bool:
    """Whether anybody was told one of these since then."""
    return bool(_told(db, facility_id, keys, since, params))


def _told(
    db: Session,
    facility_id: int,
    keys: Sequence[str],
    since: datetime | None,
    params: dict[str, str | int | None],
) -> list[Post]:
    # The index's own words: a partial index serves only a query that repeats them.
    query = select(Post).where(Post.facility_id == facility_id, text("post.kind = 'notice'"))
    if since is not None:
        query = query.where(col(Post.created_at) >= since)
    same = []
    for post in db.exec(query):
        stored = json.loads(post.params)
        if stored.get("key") in keys and all(stored.get(k) == v for k, v in params.items()):
            same.append(post)
    return same


def _coordinators(db: Session, facility_id: int) -> Sequence[int | None]:
    return db.exec(
        select(Staff.id)
        .where(
            Staff.facility_id == facility_id,
            Staff.role == Role.COORDINATOR,
            col(Staff.active),
            col(Staff.telegram_id).is_not(None),
        )
        .order_by(col(Staff.id))
    ).all()
