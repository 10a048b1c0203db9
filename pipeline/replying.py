"""The stage `reply`: approved answers leave, once, or are parked where a person sees them.

`sending` commits before the gateway is called and re-checks everything an approval stands for;
the gateway's word commits before anything else happens. What nobody saw the end of is looked up
where the adapter can, and never simply sent again.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from channels.base import AfterCrash, FilesSent, Reconciles, Sends
from channels.errors import Ambiguous, AuthFailed, ChannelError, Transient
from channels.message import OutboundReply, Receipt, RouteKind
from pipeline import posts
from pipeline.clockguard import clock_is_sane
from pipeline.desk import outcome, tell, versions
from pipeline.heartbeat import kept_alive
from pipeline.ports import Context, Office
from store import events, replies
from store.states import SendState, Status
from store.tables import Complaint, Reply, ReplyPart

log = structlog.get_logger(__name__)

LONGEST_WAIT = 3600.0
"""Seconds between tries at most; doubled each time from `retry_seconds`."""
LONGEST_ASKED = 86_400.0
"""Seconds of the provider's own wait that are believed."""
NO_ADAPTER_WAIT = 300.0
"""Seconds until an account that is not configured is looked for again."""
LOOK_FOR = timedelta(minutes=15)
"""So long a part in doubt is looked up at a gateway that cannot be reached."""
MAX_TRIES = 12
"""Definite refusals until it is given up: some nine hours by default."""
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
        if not (_send_next(ctx, sent) or _look_up_next(ctx)):
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
        if not replies.any_expired(db, ttl):
            return
    with ctx.store.write("reply.expire") as db:
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
    with ctx.store.write("reply.claim") as db:
        now = ctx.clock()
        found = replies.next_due(db, now)
        attempt = _begin(ctx, db, now, *found) if found else None
    if attempt is not None and _carry_out(ctx, attempt):
        sent.append(attempt)
    if found is not None:
        ctx.wake("post")
    return found is not None


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
        with kept_alive(ctx, "reply", lambda db: replies.hold(db, part.id or 0, holder, ttl)):
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


def _file_copy(attempt: _Attempt) -> None:
    """After all else that is due, because nothing depends on it and a mail server may be slow."""
    if not isinstance(attempt.sender, FilesSent):
        return
    try:
        attempt.sender.file_sent(outbound(attempt.part, attempt.reply))
    except Exception as error:  # noqa: BLE001  (the answer has gone; only the copy is missing)
        log.warning("reply.copy-not-filed", part=attempt.part.id, error=type(error).__name__)


def outbound(part: ReplyPart, reply: Reply) -> OutboundReply:
    """A part as the adapter takes it."""
    return OutboundReply(
        part=part.id or 0,
        route=RouteKind(reply.route),
        recipient=reply.recipient,
        recipient_name=reply.recipient_name,
        subject=reply.subject,
        text=part.text,
        external_id=part.external_id,
        in_reply_to=reply.in_reply_to,
        references=tuple(reply.references.split()),
    )


def _sent(ctx: Context, part: ReplyPart, holder: str, receipt: Receipt) -> None:
    part_id, now = part.id or 0, ctx.clock()
    with ctx.store.write("reply.accepted") as db:
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
    with ctx.store.write("reply.refused") as db:
        if isinstance(error, Ambiguous):
            replies.finish(db, part_id, holder, SendState.UNKNOWN, due_at=now, reason=reason)
        elif isinstance(error, Transient | AuthFailed) and tries < MAX_TRIES:
            wait = _wait(ctx, tries, error)
            until = now + timedelta(seconds=wait)
            replies.finish(db, part_id, holder, SendState.PENDING, due_at=until, reason=reason)
            if tries == (1 if isinstance(error, AuthFailed) else TELL_AFTER):
                _tell_delayed(db, now, office, part_id, error)
        elif replies.finish(db, part_id, holder, SendState.FAILED, reason=reason):
            outcome.failed(db, now, db.get_one(ReplyPart, part_id), reason)
    log.warning("reply.refused", part=part_id, error=type(error).__name__, detail=error.detail)


def _wait(ctx: Context, tries: int, error: ChannelError | None = None) -> float:
    wait = min(ctx.settings.retry_seconds * 2.0 ** min(tries - 1, 10), LONGEST_WAIT)
    asked = error.retry_after if isinstance(error, Transient) else None
    return max(wait, min(asked or 0.0, LONGEST_ASKED))


def _tell_delayed(
    db: Session, now: datetime, office: Office, part_id: int, error: ChannelError
) -> None:
    part = db.get_one(ReplyPart, part_id)
    reply = db.get_one(Reply, part.reply_id)
    complaint = db.get_one(Complaint, reply.complaint_id)
    for person in tell.concerned(db, reply, complaint):
        tell.notice(db, now, office, person, "send-delayed", complaint.id, why=error.text[:200])


def _look_up_next(ctx: Context) -> bool:
    """Ask the gateway about one part in doubt."""
    now = ctx.clock()
    with ctx.store.read() as db:
        found = replies.next_unknown(db, now)
    if found is None:
        return False
    part, reply, account = found
    office = ctx.offices.get(part.facility_id)
    sender = office.channels.get(account) if office else None
    receipt, later = None, False
    if isinstance(sender, Sends) and sender.after_crash is AfterCrash.IDEMPOTENT:
        if part.attempts < MAX_TRIES:
            _again(ctx, part)
            return True
    elif isinstance(sender, Reconciles):
        try:
            receipt = sender.find_sent(outbound(part, reply))
        except Exception as error:  # noqa: BLE001  (an adapter's bug must not stop the others)
            log.warning("reply.look-up-failed", part=part.id, error=type(error).__name__)
            begun = part.started_at or now
            later = isinstance(error, Transient) and now - begun < LOOK_FOR
    _looked_up(ctx, part, receipt, later=later)
    ctx.wake("post")
    return True


def _again(ctx: Context, part: ReplyPart) -> None:
    with ctx.store.write("reply.again") as db:
        row = db.get_one(ReplyPart, part.id, with_for_update=True)
        if row.state is SendState.UNKNOWN:
            wait = timedelta(seconds=_wait(ctx, part.attempts))
            row.state, row.due_at = SendState.PENDING, ctx.clock() + wait


def _looked_up(ctx: Context, part: ReplyPart, receipt: Receipt | None, *, later: bool) -> None:
    now = ctx.clock()
    with ctx.store.write("reply.looked-up") as db:
        row = db.get_one(ReplyPart, part.id, with_for_update=True)
        if row.state is not SendState.UNKNOWN or row.due_at != part.due_at:
            return
        if receipt is not None:
            row.state, row.accepted_at, row.reason = SendState.ACCEPTED, now, ""
            row.external_id = receipt.external_id or row.external_id
            db.flush()
            outcome.accepted(db, now, row, how="found")
        elif later:
            row.due_at = now + timedelta(seconds=ctx.settings.retry_seconds)
        else:
            row.due_at = None  # from here on a person decides; a copy in Sent still may
            db.flush()
            outcome.in_doubt(db, now, row)
