"""The stage `reply`: approved answers leave, once, or are parked where a person sees them.

`sending` commits before the gateway is called and re-checks everything an approval stands for;
the gateway's word commits before anything else happens. What nobody saw the end of is looked up
where the adapter can, and never simply sent again.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlmodel import Session

from channels.base import FilesSent, Sends
from channels.errors import Ambiguous, AuthFailed, ChannelError, Transient
from channels.message import Receipt
from pipeline import posts
from pipeline.attempts import MAX_TRIES, outbound, wait
from pipeline.clockguard import clock_is_sane
from pipeline.desk import outcome, tell, versions
from pipeline.doubt import look_up_next
from pipeline.heartbeat import kept_alive
from pipeline.ports import Context, Office
from store import events, replies
from store.states import SendState, Status
from store.tables import Complaint, Reply, ReplyPart

log = structlog.get_logger(__name__)

NO_ADAPTER_WAIT = 300.0
"""Seconds until an account that is not configured is looked for again."""
TELL_AFTER = 3
"""From so many refusals on the officer knows that it has not left yet."""


def reply_due(ctx: Context) -> datetime | None:
    """Send what is due, look up what is in doubt. Returns when to look again."""
    with ctx.store.read() as db:
        moment = replies.next_moment(db)
        if moment is None or not clock_is_sane(db, ctx.clock()):
            return None
    sent: list[_Attempt] = []
    while moment is not None and moment <= ctx.clock():
        if not (_send_next(ctx, sent) or look_up_next(ctx)):
            break
    for attempt in sent:
        _file_copy(attempt)
    with ctx.store.read() as db:
        moment = replies.next_moment(db)
    # What is due and could not be taken (an answer typed elsewhere) must not spin.
    return max(moment, ctx.clock() + timedelta(seconds=1)) if moment else None


def expire(ctx: Context) -> None:
    """For the sweeper: attempts that outlived their lease become unknown."""
    ttl = ctx.settings.lease_seconds
    with ctx.store.read() as db:
        facilities = replies.with_expired(db, ttl)
    if facilities:
        with ctx.store.write("reply.expire", facility=facilities) as db:
            replies.expire(db, ttl, ctx.clock())
        ctx.wake("reply")


@dataclass(frozen=True, slots=True)
class _Attempt:
    part: ReplyPart
    reply: Reply
    office: Office
    sender: Sends
    holder: str


def _send_next(ctx: Context, sent: list[_Attempt]) -> bool:
    """Deal with the next part that is due, noting in `sent` what the gateway took; False when
    there is none.
    """
    now = ctx.clock()
    with ctx.store.read() as db:
        seen = replies.next_due(db, now)
    if seen is None:
        return False
    facility = seen[0].facility_id
    with ctx.store.write("reply.claim", facility=facility) as db:
        # Looked at again inside: another worker, or a person, may have been quicker.
        found = replies.next_due(db, now, facility)
        attempt = _begin(ctx, db, now, *found) if found else None
    if attempt is not None and _carry_out(ctx, attempt):
        sent.append(attempt)
    if found is not None:
        ctx.wake("post")
    return True


def _begin(
    ctx: Context,
    db: Session,
    now: datetime,
    part: ReplyPart,
    reply: Reply,
    complaint: Complaint,
    account: str,
) -> _Attempt | None:
    """Begin the sending, with everything an approval stands for re-checked."""
    office = ctx.offices.get(part.facility_id)
    sender = office.channels.get(account) if office else None
    if office is None or not isinstance(sender, Sends):
        part.due_at = now + timedelta(seconds=NO_ADAPTER_WAIT)
        log.error("reply.no-adapter", account=account, part=part.id)
        return None
    if not _still_approved(db, office, part, reply):
        _hold_back(db, now, office, part, reply, complaint)
        return None
    holder = ctx.grants()
    if not replies.begin(db, part, holder, ctx.settings.lease_seconds, now):
        return None
    return _Attempt(part, reply, office, sender, holder)


def _still_approved(db: Session, office: Office, part: ReplyPart, reply: Reply) -> bool:
    """Whether what is about to leave is, word for word, what every step approved."""
    digest = versions.digest_of(reply)
    return (
        part.text == reply.text
        and hmac.compare_digest(part.approved_digest, digest)
        and hmac.compare_digest(reply.digest, digest)
        and versions.next_step(db, office, reply) is None
    )


def _hold_back(
    db: Session,
    now: datetime,
    office: Office,
    part: ReplyPart,
    reply: Reply,
    complaint: Complaint,
) -> None:
    part.state, part.reason = SendState.HELD, "digest"
    complaint.status = Status.TAKEN if complaint.taken_by else Status.NEW
    events.append(
        db,
        "digest-mismatch",
        facility_id=office.id,
        now=now,
        complaint_id=complaint.id,
        params={"version": reply.version, "part": part.id},
    )
    for person in tell.concerned(db, reply, complaint):
        tell.notice(db, now, office, person, "digest-mismatch", complaint.id)
    posts.touch(db, reply.complaint_id)


def _carry_out(ctx: Context, attempt: _Attempt) -> bool:
    part, office, holder = attempt.part, attempt.office, attempt.holder
    try:
        ttl = ctx.settings.lease_seconds
        with kept_alive(ctx, "reply", partial(_hold, part.id or 0, holder, ttl), ttl):
            receipt = attempt.sender.send(outbound(part, attempt.reply))
    except ChannelError as error:
        _not_sent(ctx, office, part, holder, error)
    except Exception as error:  # noqa: BLE001  (an adapter's bug: nobody knows how far it got)
        log.error("reply.failed", part=part.id, error=type(error).__name__)
        _not_sent(ctx, office, part, holder, Ambiguous("", detail=type(error).__name__))
    else:
        _sent(ctx, part, holder, receipt)
        return True
    return False


def _hold(part_id: int, holder: str, ttl: float, db: Session) -> None:
    replies.hold(db, part_id, holder, ttl)


def _file_copy(attempt: _Attempt) -> None:
    """After all else that is due, because nothing depends on it and a mail server may be slow."""
    if not isinstance(attempt.sender, FilesSent):
        return
    try:
        attempt.sender.file_sent(outbound(attempt.part, attempt.reply))
    except Exception as error:  # noqa: BLE001  (the answer has gone; only the copy is missing)
        detail = error.detail if isinstance(error, ChannelError) else ""
        log.warning(
            "reply.copy-not-filed",
            part=attempt.part.id,
            error=type(error).__name__,
            detail=detail,
        )


def _sent(ctx: Context, part: ReplyPart, holder: str, receipt: Receipt) -> None:
    part_id, now = part.id or 0, ctx.clock()
    with ctx.store.write("reply.accepted", facility=part.facility_id) as db:
        kept = replies.finish(
            db,
            part_id,
            holder,
            SendState.ACCEPTED,
            external_id=receipt.external_id or part.external_id,
            accepted_at=now,
            reason="",
        )
        if not kept:
            _late(db, now, part_id, receipt)
            return
        try:
            with db.begin_nested():
                outcome.accepted(db, now, db.get_one(ReplyPart, part_id), how="sent")
        except Exception as error:  # noqa: BLE001  (the gateway has it: that is kept, come what may)
            log.error("reply.telling-failed", part=part_id, error=type(error).__name__)


def _late(db: Session, now: datetime, part_id: int, receipt: Receipt) -> None:
    """Somebody else has the say by now; that the gateway took it is kept all the same."""
    log.warning("reply.late-receipt", part=part_id)
    part = db.get_one(ReplyPart, part_id)
    part.external_id = part.external_id or receipt.external_id
    reply = db.get_one(Reply, part.reply_id)
    events.append(
        db,
        "late-receipt",
        facility_id=part.facility_id,
        now=now,
        complaint_id=reply.complaint_id,
        params={"version": reply.version, "part": part_id, "external_id": receipt.external_id},
    )


def _not_sent(
    ctx: Context, office: Office, part: ReplyPart, holder: str, error: ChannelError
) -> None:
    now, part_id = ctx.clock(), part.id or 0
    reason = error.detail or type(error).__name__
    tries = part.attempts
    with ctx.store.write("reply.refused", facility=office.id) as db:
        if isinstance(error, Ambiguous):
            replies.finish(db, part_id, holder, SendState.UNKNOWN, due_at=now, reason=reason)
        elif isinstance(error, Transient | AuthFailed) and tries < MAX_TRIES:
            until = now + timedelta(seconds=wait(ctx, tries, error))
            ours = replies.finish(
                db, part_id, holder, SendState.PENDING, due_at=until, reason=reason
            )
            if ours and tries == (1 if isinstance(error, AuthFailed) else TELL_AFTER):
                _tell_delayed(db, now, office, part_id, error)
        elif replies.finish(db, part_id, holder, SendState.FAILED, reason=reason):
            outcome.failed(db, now, db.get_one(ReplyPart, part_id), reason)
    log.warning("reply.refused", part=part_id, error=type(error).__name__, detail=error.detail)


def _tell_delayed(
    db: Session, now: datetime, office: Office, part_id: int, error: ChannelError
) -> None:
    part = db.get_one(ReplyPart, part_id)
    reply = db.get_one(Reply, part.reply_id)
    complaint = db.get_one(Complaint, reply.complaint_id)
    for person in tell.concerned(db, reply, complaint):
        tell.notice(db, now, office, person, "send-delayed", complaint.id, why=error.text[:200])
