"""What nobody could record is told to the coordinators: once each, many in one growing notice."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlmodel import Session, col, select

from pipeline.desk import access, tell
from pipeline.ports import Office
from store.states import Role, SendState
from store.tables import Post

KEY = "quarantined"
"""The notice (params: count; ids, the first few for people; all, every id)."""
TOGETHER = timedelta(hours=1)
"""For so long a notice grows; what comes later, or fails again after a replay, is a new one."""
MOST = 200
"""Deliveries in one notice."""
_SHOWN = 8

log = structlog.get_logger(__name__)


def report(db: Session, now: datetime, office: Office, ids: Sequence[int]) -> None:
    """Tell every coordinator, in the transaction that put these deliveries aside."""
    for delivery_id in ids:
        log.error("record.quarantined", facility=office.slug, delivery=delivery_id)
        for person in access.people(db, office, Role.COORDINATOR):
            post = _growing(db, now, office, person, delivery_id)
            if post is None:
                tell.notice(db, now, office, person, KEY, None, **_params([delivery_id]))
                continue
            post.params = json.dumps({"key": KEY, **_params([*_all(post), delivery_id])})
            if post.state in (SendState.SENDING, SendState.ACCEPTED):
                post.wanted += 1
            db.add(post)
            db.flush()


def _growing(
    db: Session, now: datetime, office: Office, staff_id: int, delivery_id: int
) -> Post | None:
    """The person's newest notice of the last hour, if this delivery is news to it."""
    newest = next(
        (
            post
            for post in db.exec(
                select(Post)
                .where(
                    Post.facility_id == office.id,
                    text("post.kind = 'notice'"),
                    col(Post.created_at) >= now - TOGETHER,
                    Post.staff_id == staff_id,
                    col(Post.state).not_in((SendState.FAILED, SendState.CANCELLED)),
                )
                .order_by(col(Post.id).desc())
            )
            if json.loads(post.params).get("key") == KEY
        ),
        None,
    )
    if newest is None:
        return None
    known = _all(newest)
    return None if delivery_id in known or len(known) >= MOST else newest


def _params(ids: Sequence[int]) -> dict[str, str | int]:
    shown = ", ".join(map(str, ids[:_SHOWN]))
    return {
        "count": len(ids),
        "ids": shown + ("" if len(ids) <= _SHOWN else ", …"),
        "all": ",".join(map(str, ids)),
    }


def _all(post: Post) -> list[int]:
    return [int(number) for number in json.loads(post.params)["all"].split(",")]
