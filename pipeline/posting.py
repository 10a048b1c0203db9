"""The stage `post`: what was decided is shown in the team's chat, in order, a chat at a time.

Posts are at-least-once: one whose end nobody saw is posted again, under the same number. One
worker posts for a facility, under its lease; whoever takes over posts again what was abandoned.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from channels.errors import Ambiguous, AuthFailed, ChannelError, Transient
from pipeline.pace import KEPT_FOR_CARDS, Pace
from pipeline.ports import Context, GroupGone, NotStarted, Office, TeamChat
from pipeline.posts import View
from store import leases, posts
from store.leases import Grant, LeaseLost
from store.states import SendState
from store.tables import Group, Post, Staff

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0
"""Seconds between tries; doubled each time."""
MAX_TRIES = 5
"""After so many definite refusals a private post is given up; a card never is."""


def post_due(ctx: Context) -> datetime | None:
    """Show everything that is due. Returns when to look again, None when nothing waits."""
    if ctx.chat is None:
        return None
    moments = [_office_due(ctx, ctx.chat, office) for office in ctx.offices.values()]
    return min((moment for moment in moments if moment), default=None)


def _office_due(ctx: Context, chat: TeamChat, office: Office) -> datetime | None:
    with ctx.store.read() as db:
        if not posts.moving(db, office.id, limit=1):
            return None
    with ctx.store.write("post.lease") as db:
        grant = leases.acquire(db, f"post:{office.id}", ctx.grants(), ctx.settings.lease_seconds)
        if grant is None:
            return None  # whoever holds it goes on until nothing is left
        posts.abandoned_again(db, office.id)
    try:
        while _show_next(ctx, chat, office, grant):
            pass
        with ctx.store.write("post.release") as db:
            leases.release(db, grant)
    except LeaseLost:
        log.warning("post.lease-lost", facility=office.slug)
    with ctx.store.read() as db:
        left = [post.due_at for post in posts.moving(db, office.id)]
    return max(min(left), ctx.clock() + timedelta(seconds=1)) if left else None


def _show_next(ctx: Context, chat: TeamChat, office: Office, grant: Grant) -> bool:
    """Send or redraw one post; False when none is due."""
    now = ctx.clock()
    with ctx.store.write("post.claim") as db:
        leases.renew(db, grant)
        post = _next(ctx.pace, posts.moving(db, office.id), now)
        if post is None:
            return False
        new = post.state is SendState.PENDING
        if new:
            post.state, post.attempts = SendState.SENDING, post.attempts + 1
    if post.staff_id is None:
        ctx.pace.count(office.id, now)
    try:
        if new:
            placed = chat.send(post)
            _keep_place(ctx, post, grant, placed.chat_id, placed.message_id)
        else:
            chat.edit(post)
            with ctx.store.write("post.redrawn") as db:
                leases.renew(db, grant)
                posts.redrawn(db, post.id or 0, post.wanted)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001  (a card's bug must not stop the other cards)
        with ctx.store.write("post.refused") as db:
            leases.renew(db, grant)
            _refused(ctx, db, post, error, new=new)
    return True


def _keep_place(ctx: Context, post: Post, grant: Grant, chat_id: int, message_id: int) -> None:
    with ctx.store.write("post.placed") as db:
        leases.renew(db, grant)
        posts.placed(db, post.id or 0, chat_id, message_id, post.wanted, ctx.clock())
    if post.kind == View.CARD:
        ctx.wake("alert")


def _next(pace: Pace, waiting: Iterable[Post], now: datetime) -> Post | None:
    """The oldest due new post of a chat whose turn it is, before anything that is redrawn."""
    redraw: Post | None = None
    blocked: set[int | None] = set()
    for post in waiting:
        group = post.staff_id is None
        if post.state is SendState.PENDING:
            free = post.due_at <= now and (not group or pace.room(post.facility_id, now))
            if free and post.staff_id not in blocked:
                return post
            blocked.add(post.staff_id)  # later ones of this chat keep behind it
        elif redraw is None and post.due_at <= now:
            room = not group or pace.room(post.facility_id, now, keep=KEPT_FOR_CARDS)
            redraw = post if room else None
    return redraw


def _refused(ctx: Context, db: Session, post: Post, error: Exception, *, new: bool) -> None:
    now, post_id = ctx.clock(), post.id or 0
    wait = min(FIRST_WAIT * 2.0 ** min(post.attempts - 1, 10), LONGEST_WAIT)
    reason = type(error).__name__
    if not isinstance(error, ChannelError | NotStarted | GroupGone):
        log.error("post.failed", post=post_id, view=post.kind, error=reason)
    if isinstance(error, NotStarted):
        _not_started(db, post)
        if not new:
            posts.redrawn(db, post_id, post.wanted)
        return
    if isinstance(error, GroupGone):
        _group_gone(db, post, str(error))
        wait = LONGEST_WAIT
    if isinstance(error, Transient) and error.retry_after is not None:
        wait = error.retry_after
    passing = isinstance(error, Transient | Ambiguous | AuthFailed | GroupGone)
    if not new:
        if passing:
            post.due_at = now + timedelta(seconds=wait)
            db.merge(post)
        else:
            posts.redrawn(db, post_id, post.wanted)
    elif passing or post.kind == View.CARD or post.attempts < MAX_TRIES:
        posts.delay(db, post_id, now + timedelta(seconds=wait), reason)
    else:
        posts.end(db, post_id, SendState.FAILED, reason)
    log.warning("post.refused", post=post_id, view=post.kind, error=reason, wait=wait)


def _not_started(db: Session, post: Post) -> None:
    if post.staff_id is not None:
        staff = db.get_one(Staff, post.staff_id)
        staff.started = False
    posts.end(db, post.id or 0, SendState.HELD, "not-started")


def _group_gone(db: Session, post: Post, why: str) -> None:
    group = db.get(Group, post.facility_id)
    if group is not None:
        group.broken = why
