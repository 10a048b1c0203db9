"""One attempt to have something leave: claimed, handed to the gateway once, its word kept.

`sending` commits before the gateway is called, with everything re-checked in that transaction;
the gateway's word commits before anything else happens. What nobody saw the end of is unknown.
What differs between an answer's part and an automatic message is an `Errand`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import structlog
from sqlalchemy import ColumnElement
from sqlmodel import Session

from channels.base import Channel, ReportsStatus, Sends
from channels.errors import Ambiguous, AuthFailed, ChannelError, Transient
from channels.message import OutboundReply, Receipt
from pipeline.attempts import FIRST_ASKED, MAX_TRIES, wait
from pipeline.heartbeat import kept_alive
from pipeline.ports import Context, Office
from store import sending
from store.sending import Sent
from store.states import SendState

log = structlog.get_logger(__name__)

NO_ADAPTER_WAIT = 300.0
"""Seconds until an account that cannot send, or is not configured, is looked at again."""
TELL_AFTER = 3
"""From so many refusals on whoever waits for it knows that it has not left yet."""

Row = TypeVar("Row", bound=Sent)


@dataclass(frozen=True, slots=True)
class Gate:
    """An account and the adapter to its gateway."""

    office: Office
    account_id: int
    adapter: Channel


class Errand(Protocol, Generic[Row]):
    """What is particular to one kind of thing that leaves. All but `outbound` in a write
    transaction of the facility.
    """

    name: ClassVar[str]
    """For transactions."""
    noun: ClassVar[str]
    """For the log, before the row's id."""
    table: type[Row]

    def next_due(self, db: Session, account_id: int, now: datetime) -> Row | None:
        """What leaves next by this account."""
        ...

    def prepare(
        self, db: Session, now: datetime, office: Office, sender: Sends, row: Row
    ) -> OutboundReply | None:
        """What is handed over now, with everything it depends on re-checked; None when it must
        not leave, which has been dealt with.
        """
        ...

    def unchanged(self, row: Row) -> Sequence[ColumnElement[bool]]:
        """What has to be as it was when `prepare` looked."""
        ...

    def outbound(self, db: Session, row: Row) -> OutboundReply:
        """What was handed over, to be looked for."""
        ...

    def accepted(self, db: Session, now: datetime, row: Row, how: str) -> None:
        """The gateway has it; `how` is known: sent, found."""
        ...

    def refused(
        self, db: Session, now: datetime, office: Office, row: Row, error: ChannelError
    ) -> None:
        """It was refused for good; the row still says `sending`."""
        ...

    def delayed(
        self, db: Session, now: datetime, office: Office, row: Row, error: ChannelError
    ) -> None:
        """It is refused time and again, and tried on."""
        ...

    def in_doubt(self, db: Session, now: datetime, row: Row) -> None:
        """Nobody knows whether it went, and looking did not find it."""
        ...

    def late(self, db: Session, now: datetime, row: Row, receipt: Receipt) -> None:
        """The gateway's word came after somebody else had the say."""
        ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something in this process's hands."""

    errand: Errand[Any]
    row: Sent
    out: OutboundReply
    gate: Gate
    sender: Sends
    holder: str

    @property
    def id(self) -> int:
        """The row's."""
        return self.row.id or 0


def send_next(
    ctx: Context, gate: Gate, errand: Errand[Any], gone: list[Attempt] | None = None
) -> None:
    """Deal with the next thing of its kind that is due, noting in `gone` what the gateway took."""
    now = ctx.clock()
    with ctx.store.write(f"{errand.name}.claim", facility=gate.office.id) as db:
        # Looked at inside: another worker, or a person, may have been quicker.
        row = errand.next_due(db, gate.account_id, now)
        attempt = _begin(ctx, db, now, gate, errand, row) if row is not None else None
    if attempt is not None and _carry_out(ctx, attempt) and gone is not None:
        gone.append(attempt)
    if row is not None:
        ctx.wake("post")


def _begin(
    ctx: Context, db: Session, now: datetime, gate: Gate, errand: Errand[Any], row: Sent
) -> Attempt | None:
    sender = gate.adapter
    if not isinstance(sender, Sends):
        row.due_at = now + timedelta(seconds=NO_ADAPTER_WAIT)
        log.error("reply.no-adapter", account=sender.account, **{errand.noun: row.id})
        return None
    out = errand.prepare(db, now, gate.office, sender, row)
    if out is None:
        return None
    holder = ctx.grants()
    unchanged = errand.unchanged(row)
    if not sending.begin(db, row, holder, ctx.settings.lease_seconds, now, unchanged):
        return None
    return Attempt(errand, row, out, gate, sender, holder)


def _carry_out(ctx: Context, attempt: Attempt) -> bool:
    ttl = ctx.settings.lease_seconds
    hold = partial(_hold, attempt, ttl)
    try:
        with kept_alive(ctx, attempt.errand.name, hold, ttl):
            receipt = attempt.sender.send(attempt.out)
    except ChannelError as error:
        _not_sent(ctx, attempt, error)
    except Exception as error:  # noqa: BLE001  (an adapter's bug: nobody knows how far it got)
        log.error("reply.failed", error=type(error).__name__, **_names(attempt))
        _not_sent(ctx, attempt, Ambiguous("", detail=type(error).__name__))
    else:
        _sent(ctx, attempt, receipt)
        return True
    return False


def _hold(attempt: Attempt, ttl: float, db: Session) -> None:
    sending.hold(db, attempt.errand.table, attempt.id, attempt.holder, ttl)


def _names(attempt: Attempt) -> dict[str, object]:
    return {attempt.errand.noun: attempt.row.id}


def _sent(ctx: Context, attempt: Attempt, receipt: Receipt) -> None:
    errand, now = attempt.errand, ctx.clock()
    external_id = receipt.external_id or attempt.out.external_id
    with ctx.store.write(f"{errand.name}.accepted", facility=attempt.gate.office.id) as db:
        kept = _finish(
            db,
            attempt,
            SendState.ACCEPTED,
            external_id=external_id,
            accepted_at=now,
            reason="",
            status_due_at=asked_first(attempt.gate.adapter, external_id, now),
            status_polls=0,
        )
        row = db.get_one(errand.table, attempt.id)
        if not kept:
            log.warning("reply.late-receipt", **_names(attempt))
            row.external_id = row.external_id or receipt.external_id
            errand.late(db, now, row, receipt)
            return
        try:
            with db.begin_nested():
                errand.accepted(db, now, row, "sent")
        except Exception as error:  # noqa: BLE001  (the gateway has it: that is kept, come what may)
            log.error("reply.telling-failed", error=type(error).__name__, **_names(attempt))


def asked_first(adapter: Channel, external_id: str, now: datetime) -> datetime | None:
    """When a gateway is first asked what became of what it took; None: it cannot tell."""
    asks = isinstance(adapter, ReportsStatus) and external_id
    return now + timedelta(seconds=FIRST_ASKED) if asks else None


def _not_sent(ctx: Context, attempt: Attempt, error: ChannelError) -> None:
    errand, now, office = attempt.errand, ctx.clock(), attempt.gate.office
    reason = error.detail or type(error).__name__
    tries = attempt.row.attempts
    with ctx.store.write(f"{errand.name}.refused", facility=office.id) as db:
        row = db.get_one(errand.table, attempt.id, with_for_update=True)
        if isinstance(error, Ambiguous):
            _finish(db, attempt, SendState.UNKNOWN, due_at=now, reason=reason)
        elif isinstance(error, Transient | AuthFailed) and tries < MAX_TRIES:
            until = now + timedelta(seconds=wait(ctx, tries, error))
            reason = sending.AGAIN if row.reason == sending.AGAIN else reason
            ours = _finish(db, attempt, SendState.PENDING, due_at=until, reason=reason)
            if ours and tries == (1 if isinstance(error, AuthFailed) else TELL_AFTER):
                errand.delayed(db, now, office, row, error)
        elif row.state is SendState.SENDING and row.holder == attempt.holder:
            errand.refused(db, now, office, row, error)
    log.warning("reply.refused", error=type(error).__name__, detail=error.detail, **_names(attempt))


def _finish(db: Session, attempt: Attempt, state: SendState, **values: object) -> bool:
    table, holder = attempt.errand.table, attempt.holder
    done = sending.finish(db, table, attempt.id, holder, state, **values)
    db.expire_all()  # what is looked at from here on is as it stands now
    return done
