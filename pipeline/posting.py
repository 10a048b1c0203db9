"""The stage `post`: what was decided is shown in the team's chat, in order, a chat at a time.

Posts are at-least-once: one whose end nobody saw is posted again, under the same number. One
worker posts for a facility, under its lease; whoever takes over posts again what was abandoned.
"""

from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from channels.errors import Ambiguous, AuthFailed, ChannelError, Transient
from pipeline import chathealth
from pipeline.heartbeat import kept_alive, work_lease
from pipeline.pace import KEPT_FOR_CARDS, LONGEST_ASKED
from pipeline.ports import Context, GroupGone, NotStarted, Office, TeamChat
from pipeline.posts import View
from store import leases, posts
from store.leases import Grant, LeaseLost
from store.posts import Moving
from store.states import SendState
from store.tables import Group, Post, Staff

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0
"""Seconds between tries; doubled each time."""
GONE_WAIT = 60.0
"""Seconds until a group that is gone is tried again."""
MAX_TRIES = 5
"""After so many definite refusals a private post is given up. A card never is: it is drawn as
plainly as can be, and others may go before it.
"""
_PASSING = (Transient, Ambiguous, AuthFailed, GroupGone, NotStarted)
"""What may pass by itself; anything else is a definite refusal, or a bug of ours."""


def post_due(ctx: Context) -> datetime | None:
    """Show everything that is due. Returns when to look again, None when nothing waits."""
    if ctx.chat is None:
        return None
    moments = [_office_due(ctx, ctx.chat, office) for office in ctx.offices.values()]
    return min((moment for moment in moments if moment), default=None)


def _office_due(ctx: Context, chat: TeamChat, office: Office) -> datetime | None:
    with ctx.store.read() as db:
        abandoned, (post, moment) = posts.any_abandoned(db, office.id), _next(ctx, db, office)
    if post is None and not abandoned:
        return moment
    with ctx.store.write("post.lease", facility=office.id) as db:
        grant = leases.acquire(db, f"post:{office.id}", ctx.grants(), work_lease(ctx))
        if grant is None:
            return None  # whoever holds it goes on until nothing is left
        posts.abandoned_again(db, office.id)
    try:
        while _show_next(ctx, chat, office, grant):
            pass
    except LeaseLost:
        log.warning("post.lease-lost", facility=office.slug)
    with ctx.store.read() as db:
        return _next(ctx, db, office)[1]


def _show_next(ctx: Context, chat: TeamChat, office: Office, grant: Grant) -> bool:
    """Send or redraw one post; False, and the lease given back, when none is due."""
    with ctx.store.write("post.claim", facility=office.id) as db:
        leases.renew(db, grant)
        chosen, _ = _next(ctx, db, office)
        if chosen is None:
            # In the same step: what is asked for from now on finds the lease free.
            leases.release(db, grant)
            return False
        post = db.get_one(Post, chosen.id)
        if chosen.new:
            post.state, post.attempts = SendState.SENDING, post.attempts + 1
    ctx.pace.count((office.id, post.staff_id), ctx.clock())
    try:
        _show(ctx, chat, office, post, grant, new=chosen.new)
    except LeaseLost:
        if not chosen.new:
            _overdrawn(ctx, post)
        raise
    return True


def _show(
    ctx: Context, chat: TeamChat, office: Office, post: Post, grant: Grant, *, new: bool
) -> None:
    try:
        if new:
            with kept_alive(ctx, "post", lambda db: leases.renew(db, grant), grant.ttl):
                placed = chat.send(post)
            _keep_place(ctx, post, grant, placed.chat_id, placed.message_id)
        else:
            with kept_alive(ctx, "post", lambda db: leases.renew(db, grant), grant.ttl):
                _edit(ctx, chat, post)
            with ctx.store.write("post.redrawn", facility=office.id) as db:
                leases.renew(db, grant)
                posts.redrawn(db, post.id or 0, post.wanted)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001  (a card's bug must not stop the other cards)
        with ctx.store.write("post.refused", facility=office.id) as db:
            leases.renew(db, grant)
            _refused(ctx, db, office, post, error, new=new)


def _overdrawn(ctx: Context, post: Post) -> None:
    """Somebody else posts by now, and what we drew late may lie over what he drew since: it is
    drawn once more by whoever has the lease.
    """
    with ctx.store.write("post.overdrawn", facility=post.facility_id) as db:
        posts.overdrawn(db, post.id or 0)
    ctx.wake("post")


def _edit(ctx: Context, chat: TeamChat, post: Post) -> None:
    try:
        chat.edit(post)
    except GroupGone:
        with ctx.store.read() as db:
            group = db.get(Group, post.facility_id)
        if group is not None and group.chat_id == post.chat_id:
            raise
        # It stands in a group that is ours no more, which says nothing about today's.


def _keep_place(ctx: Context, post: Post, grant: Grant, chat_id: int, message_id: int) -> None:
    with ctx.store.write("post.placed", facility=post.facility_id) as db:
        leases.renew(db, grant)
        posts.placed(db, post.id or 0, chat_id, message_id, post.wanted, ctx.clock())
    if post.kind == View.CARD:
        ctx.wake("alert")


def _next(ctx: Context, db: Session, office: Office) -> tuple[Moving | None, datetime | None]:
    """What is to be shown now, and otherwise when to look again.

    Of every chat only the oldest new post may go, so that later ones keep behind it; what is
    redrawn comes after all that is new, and leaves the group's cards some room.
    """
    now = ctx.clock()
    new: dict[int | None, Moving] = {}
    redraws: dict[int | None, Moving] = {}
    moments: list[datetime] = []
    for post in posts.moving(db, office.id, now):
        if post.new and post.plain and post.due_at > now:
            moments.append(post.due_at)  # refused even plainly: it stands in nobody's way
        elif post.new:
            new.setdefault(post.staff_id, post)
        elif post.staff_id not in redraws or post.due_at < redraws[post.staff_id].due_at:
            redraws[post.staff_id] = post
    limit = ctx.settings.group_per_minute
    for waiting, room in ((new, limit), (redraws, max(1, limit - KEPT_FOR_CARDS))):
        due: list[Moving] = []
        for chat, post in waiting.items():
            moment = max(post.due_at, ctx.pace.free((office.id, chat), now, room))
            moments.append(moment)
            if moment <= now:
                due.append(post)
        if due:
            # The group's first: an alert does not wait behind what is said to one person. A file
            # takes minutes over a slow line: whatever else is due goes before it.
            return min(
                due,
                key=lambda post: (post.kind == View.FILE, post.staff_id is not None, post.id),
            ), now
    return None, min(moments, default=None)


def _refused(
    ctx: Context, db: Session, office: Office, post: Post, error: Exception, *, new: bool
) -> None:
    now, post_id = ctx.clock(), post.id or 0
    wait = min(FIRST_WAIT * 2.0 ** min(post.attempts - 1, 10), LONGEST_WAIT)
    reason, passing = type(error).__name__, isinstance(error, _PASSING)
    if not isinstance(error, ChannelError | NotStarted | GroupGone):
        log.error("post.failed", post=post_id, view=post.kind, error=reason)
    if isinstance(error, NotStarted) and post.staff_id is not None:
        _not_started(db, now, office, post, new=new)
        return
    if new and post.staff_id is None:
        chathealth.chat_failed(db, office.id, chathealth.why(error), now)
    if isinstance(error, GroupGone):
        chathealth.group_lost(db, office.id, chathealth.why(error), now)
        wait = GONE_WAIT
        posts.put_off_group(db, office.id, now + timedelta(seconds=wait))
    if isinstance(error, Transient) and error.retry_after is not None:
        wait = min(error.retry_after, LONGEST_ASKED)
        ctx.pace.hold((office.id, post.staff_id), now, wait)
    until = now + timedelta(seconds=wait)
    if not new and passing:
        posts.redraw_later(db, post_id, until)
    elif not new:
        posts.redrawn(db, post_id, post.wanted)
    elif passing or post.kind == View.CARD or post.attempts < MAX_TRIES:
        posts.delay(db, post_id, until, reason)
    else:
        posts.end(db, post_id, SendState.FAILED, reason)
    if new and not passing and post.kind == View.CARD and post.attempts >= MAX_TRIES:
        log.error("post.plain", post=post_id, error=reason)
        posts.draw_plainly(db, post_id)
    log.warning("post.refused", post=post_id, view=post.kind, error=reason, wait=wait)


def _not_started(db: Session, now: datetime, office: Office, post: Post, *, new: bool) -> None:
    staff = db.get_one(Staff, post.staff_id)
    chathealth.person_lost(db, office.id, staff, now)
    if new:
        posts.end(db, post.id or 0, SendState.HELD, "not-started")
    else:
        posts.redrawn(db, post.id or 0, post.wanted)
