"""The stage `fallback`: alerts that the team's chat did not take in time go by mail.

Several alerts are one mail, with a copy for each address. A copy is at-least-once, under one
Message-ID for ever: `sending` commits before the mail server is spoken to, and what a vanished
sender began goes again once its wait is over. The clock of a complaint stops when a server took a
copy, and runs on when every copy comes back.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from channels.base import Notifies
from channels.errors import Ambiguous, ChannelError, Permanent
from channels.message import DeliveryState, StatusUpdate
from pipeline import alarms, attempts, chathealth
from pipeline.heartbeat import kept_alive, work_lease
from pipeline.ports import Context, Fallback, Office
from store import alert_mails, events, leases, unread_alerts
from store.leases import Grant, LeaseLost
from store.states import SendState
from store.tables import AlertCopy, AlertMail, Post

log = structlog.get_logger(__name__)

MAIL_ALERTS = 20
"""Alerts on one mail."""
DISTANCE = timedelta(minutes=5)
"""Between two mails, but for something urgent."""
LONGEST_WAIT = 900.0
"""Seconds between two tries of a copy, unless the server asks for more."""
WARNINGS = (
    *alarms.CHANNEL_TROUBLE,
    alarms.CLOCK_BEHIND,
    "quarantined",
    *chathealth.GROUP_LOST,
)
"""What a coordinator is told about the desk itself and can do something about."""


def fallback_due(ctx: Context) -> datetime | None:
    """Mail what the chat did not take. Returns when to look again, None when nothing waits."""
    moments: list[datetime | None] = []
    for office in ctx.offices.values():
        if (plan := office.fallback) is None:
            continue
        sender = office.channels.get(plan.account)
        if isinstance(sender, Notifies):
            moments.append(_office_due(ctx, office, plan, sender))
        else:
            log.error("fallback.no-adapter", facility=office.slug, account=plan.account)
    return min((moment for moment in moments if moment), default=None)


def returned(db: Session, office: Office, now: datetime, update: StatusUpdate) -> None:
    """A mail server's later word on a copy. When all of them came back, nobody could read it: the
    complaints' clocks run on, and their alerts wait for the chat or the next mail.
    """
    copy = db.get(AlertCopy, update.alert)
    if copy is None or copy.facility_id != office.id or update.temporary:
        return
    if update.state is not DeliveryState.FAILED:
        if update.state is DeliveryState.DELIVERED and copy.state is not SendState.FAILED:
            copy.state, copy.accepted_at = SendState.DELIVERED, copy.accepted_at or now
            db.flush()
            alert_mails.heard(db, copy.mail_id, now)
        return
    if copy.state in (SendState.SUPERSEDED, SendState.CANCELLED, SendState.FAILED):
        return
    log.error("fallback.returned", facility=office.slug, mail=copy.mail_id, reason=update.reason)
    copy.state, copy.reason = SendState.FAILED, update.reason
    db.flush()
    _lost(db, office, now, copy.mail_id, update.reason)


@dataclass(frozen=True, slots=True)
class _Attempt:
    copy: AlertCopy
    subject: str
    text: str


def _office_due(ctx: Context, office: Office, plan: Fallback, sender: Notifies) -> datetime | None:
    now = ctx.clock()
    with ctx.store.read() as db:
        moment = _next_moment(ctx, db, office, plan, now)
    if moment is None or moment > now:
        return moment
    with ctx.store.write("fallback.lease", facility=office.id) as db:
        grant = leases.acquire(db, f"fallback:{office.id}", ctx.grants(), work_lease(ctx))
        if grant is None:
            return None  # whoever holds it goes on until nothing is left
        now = ctx.clock()  # it may have been a long wait for the turn
        if (gather := _gather_moment(ctx, db, office, plan, now)) and gather <= now:
            _gather(ctx, db, office, plan, sender, now)
        _tell_coordinators(ctx, db, office, now)
    try:
        while _send_next(ctx, office, plan, sender, grant):
            pass
    except LeaseLost:
        log.warning("fallback.lease-lost", facility=office.slug)
    with ctx.store.read() as db:
        return _next_moment(ctx, db, office, plan, ctx.clock())


def _next_moment(
    ctx: Context, db: Session, office: Office, plan: Fallback, now: datetime
) -> datetime | None:
    copy = alert_mails.next_copy(db, office.id)
    moments = [_gather_moment(ctx, db, office, plan, now), copy.due_at if copy else None]
    if alert_mails.untold(db, office.id) is not None:
        moments.append(now)
    return min((moment for moment in moments if moment), default=None)


def _patience(ctx: Context, plan: Fallback) -> timedelta:
    """How long an alert waits for the chat: where there is none, for nothing."""
    return plan.after if ctx.chat is not None else timedelta()


def _gather_moment(
    ctx: Context, db: Session, office: Office, plan: Fallback, now: datetime
) -> datetime | None:
    """From when on the next mail may be asked for; None: nothing waits for one, or one is on its
    way whose end will wake us.
    """
    raised = [alert.created_at for alert in _warnings(db, office)]
    raised += filter(None, [unread_alerts.oldest_waiting(db, office.id)])
    last, moving = alert_mails.last(db, office.id)
    if not raised or moving:
        return None
    ready = min(raised) + _patience(ctx, plan)
    if last is None or ready > now:
        return ready
    distance = min(DISTANCE, plan.after) if last.accepted_at else plan.after
    free = last.created_at + distance
    # A clock that jumped back must not hold the next mail for longer than the distance.
    if free <= now or free > now + distance:
        return now
    if last.accepted_at and unread_alerts.urgent(db, office.id, now - _patience(ctx, plan)):
        return now
    return free


def _warnings(db: Session, office: Office) -> Sequence[Post]:
    return [
        post
        for post in unread_alerts.unplaced_warnings(db, office.id)
        if json.loads(post.params).get("key") in WARNINGS
    ]


def _gather(
    ctx: Context, db: Session, office: Office, plan: Fallback, sender: Notifies, now: datetime
) -> None:
    by = now - _patience(ctx, plan)
    chosen = unread_alerts.waiting(db, office.id, by, MAIL_ALERTS)
    warnings = [post.id for post in _warnings(db, office) if post.created_at <= by]
    copies = alert_mails.ask(db, office.id, now, chosen, warnings, plan.recipients)
    for copy in copies:
        copy.external_id = sender.notice_id(copy.id or 0)
    log.warning("fallback.asked", facility=office.slug, alerts=len(chosen))


def _tell_coordinators(ctx: Context, db: Session, office: Office, now: datetime) -> None:
    """The chat is back and has shown it all: once, how much went by mail meanwhile."""
    count = alert_mails.untold(db, office.id)
    if count is None:
        return
    if count and alarms.tell(db, office.id, alarms.WENT_BY_MAIL, now, since=now, count=count):
        ctx.wake("post")
    alert_mails.told(db, office.id, now)


def _send_next(
    ctx: Context, office: Office, plan: Fallback, sender: Notifies, grant: Grant
) -> bool:
    """Deal with the copy that is due; False, and the lease given back, when none is."""
    with ctx.store.write("fallback.claim", facility=office.id) as db:
        leases.renew(db, grant)
        copy = alert_mails.next_copy(db, office.id)
        if copy is None or copy.due_at > ctx.clock():
            leases.release(db, grant)
            return False
        attempt = _begin(ctx, db, office, plan, copy)
    if attempt is None:
        return True
    copy = attempt.copy
    try:
        with kept_alive(ctx, "fallback", lambda db: leases.renew(db, grant), grant.ttl):
            sender.notify(
                copy.recipient,
                subject=attempt.subject,
                text=attempt.text,
                external_id=copy.external_id,
            )
    except ChannelError as error:
        _not_sent(ctx, office, grant, copy, error)
    except Exception as error:  # noqa: BLE001  (an adapter's bug: nobody knows how far it got)
        _not_sent(ctx, office, grant, copy, Ambiguous("", detail=type(error).__name__))
    else:
        _sent(ctx, office, grant, copy)
    return True


def _begin(
    ctx: Context, db: Session, office: Office, plan: Fallback, copy: AlertCopy
) -> _Attempt | None:
    """Begin the attempt; its next one is due whatever becomes of this process."""
    now = ctx.clock()
    if alert_mails.needless(db, copy.mail_id):
        alert_mails.supersede(db, copy.mail_id)
        return None
    if copy.recipient not in plan.recipients:
        copy.state = SendState.CANCELLED  # whoever is no longer named is told nothing more
        db.flush()
        _lost(db, office, now, copy.mail_id, "not-named")
        return None
    copy.due_at = now + timedelta(seconds=_wait(ctx, copy.attempts + 1))
    subject, text = plan.write(db, office, db.get_one(AlertMail, copy.mail_id), now)
    copy.state, copy.attempts = SendState.SENDING, copy.attempts + 1
    db.flush()
    return _Attempt(copy, subject, text)


def _wait(ctx: Context, tries: int, error: ChannelError | None = None) -> float:
    asked = getattr(error, "retry_after", None) or 0.0
    return max(min(attempts.wait(ctx, tries), LONGEST_WAIT), min(asked, attempts.LONGEST_ASKED))


def _sent(ctx: Context, office: Office, grant: Grant, copy: AlertCopy) -> None:
    now, copy_id = ctx.clock(), copy.id or 0
    with ctx.store.write("fallback.accepted", facility=office.id) as db:
        leases.renew(db, grant)
        if alert_mails.finish(db, copy_id, SendState.ACCEPTED, accepted_at=now, reason=""):
            alert_mails.heard(db, copy.mail_id, now)
            _note(db, office, now, "alert-mailed", copy)
    log.info("fallback.accepted", facility=office.slug, mail=copy.mail_id)


def _not_sent(
    ctx: Context, office: Office, grant: Grant, copy: AlertCopy, error: ChannelError
) -> None:
    now, copy_id = ctx.clock(), copy.id or 0
    reason = error.detail or type(error).__name__
    with ctx.store.write("fallback.refused", facility=office.id) as db:
        leases.renew(db, grant)
        if isinstance(error, Permanent):
            if alert_mails.finish(db, copy_id, SendState.FAILED, reason=reason):
                _lost(db, office, now, copy.mail_id, reason)
        else:
            until = now + timedelta(seconds=_wait(ctx, copy.attempts, error))
            alert_mails.finish(db, copy_id, SendState.PENDING, due_at=until, reason=reason)
        heard = alert_mails.is_heard(db, copy.mail_id)
    log.warning("fallback.refused", facility=office.slug, mail=copy.mail_id, detail=reason)
    if not heard:
        log.error("fallback.nobody-reached", facility=office.slug, mail=copy.mail_id)


def _lost(db: Session, office: Office, now: datetime, mail_id: int, reason: str) -> None:
    """A copy will not be read. Was it the last that could be, then so is the mail."""
    if not alert_mails.is_heard(db, mail_id):
        lost = alert_mails.unheard(db, mail_id)
        params: dict[str, str | int | None] = {"mail": mail_id, "reason": reason}
        cases = [(complaint, params) for complaint in lost]
        events.append_many(
            db, "alert-mail-returned", facility_id=office.id, now=now, complaints=cases
        )
    if not alert_mails.has_hope(db, mail_id):
        alert_mails.let_go(db, mail_id)


def _note(db: Session, office: Office, now: datetime, kind: str, copy: AlertCopy) -> None:
    params: dict[str, str | int | None] = {"mail": copy.mail_id, "copy": copy.id}
    cases = [(case, params) for case in alert_mails.complaints_on(db, copy.mail_id)]
    events.append_many(db, kind, facility_id=office.id, now=now, complaints=cases)
