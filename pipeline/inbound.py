"""The stage `record`: claims raw deliveries, parses them, records them in receipt order.

A facility is recorded by one worker at a time, under its lease, whose fence is checked in the
transaction that records. Parsing holds no transaction. When a batch fails, its rows are tried
one by one, so that one bad delivery costs its neighbours nothing. What the machine does (the
database away, the disk full) costs nobody anything: the stage stops and looks again later.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session, select

from channels.base import Parses
from pipeline import quarantine, recording
from pipeline.clockguard import ClockBehind, clock_is_sane, must_be_sane
from pipeline.heartbeat import kept_alive, work_lease
from pipeline.ports import Context, Office
from pipeline.recording import Parsed
from store import claims, deliveries, leases
from store.claims import Claim
from store.deliveries import Waiting
from store.leases import Grant, LeaseLost
from store.tables import Account
from store.trouble import is_the_machine_s

TROUBLE_WAIT = 5.0
"""Seconds until the stage looks again after the machine failed it."""
LONGEST_PARSE = 300.0
"""Seconds for which a claim is held while its deliveries are parsed: a parser that hangs must
not hold the facility for ever."""

log = structlog.get_logger(__name__)


def record_due(ctx: Context) -> datetime | None:
    """Record everything that waits. Returns when to look again: now while more is due, None
    when nothing is.
    """
    again: list[datetime] = []
    for office in ctx.offices.values():
        try:
            with ctx.store.read() as db:
                due = claims.any_due(db, office.id, readable(office))
            if due and not record_office(ctx, office):
                again.append(ctx.clock())
        except Exception as error:
            if not is_the_machine_s(error):
                raise
            log.warning("record.trouble", facility=office.slug, error=type(error).__name__)
            again.append(ctx.clock() + timedelta(seconds=TROUBLE_WAIT))
    return min(again, default=None)


def readable(office: Office) -> list[int]:
    """The accounts whose deliveries somebody here understands. Those of an account that is no
    longer configured wait until it is again; `tanggap doctor` shows them.
    """
    return [
        office.accounts[name]
        for name, channel in office.channels.items()
        if isinstance(channel, Parses) and name in office.accounts
    ]


def record_office(ctx: Context, office: Office) -> bool:
    """Record one facility's deliveries until none is left; False when it has to be taken up
    again (another worker took the facility over, or a row failed).

    Raises what the machine did (`store.trouble`); nothing is lost or charged by it.
    """
    holder = ctx.grants()
    with ctx.store.write("record.lease", facility=office.id) as db:
        grant = leases.acquire(db, f"record:{office.id}", holder, work_lease(ctx))
        if grant is None or not clock_is_sane(db, ctx.clock()):
            if grant is not None:
                leases.release(db, grant)
            return True  # the sweeper comes back; a tight loop would not help
    try:
        return _record_all(ctx, office, grant)
    except LeaseLost:
        log.warning("record.lease-lost", facility=office.slug)
        return False
    except ClockBehind:
        log.warning("record.clock-behind", facility=office.slug)
        _let_go(ctx, office, grant)
        return True  # as above: the sweeper comes back
    except Exception as error:
        if is_the_machine_s(error):
            _let_go(ctx, office, grant)
        raise


def let_go_of_all(ctx: Context) -> None:
    """A process that ends in good order gives back what it has in hand. Never raises."""
    for office in ctx.offices.values():
        try:
            with ctx.store.write("record.put-back", facility=office.id) as db:
                claims.put_back(db, office.id, ctx.holder)
        except Exception as error:  # noqa: BLE001  (it counts as a death then, which is survived)
            log.warning("record.not-put-back", error=type(error).__name__)


def _let_go(ctx: Context, office: Office, grant: Grant) -> None:
    """Give the lease back if the database lets us; otherwise it runs out."""
    try:
        with ctx.store.write("record.let-go", facility=office.id) as db:
            leases.release(db, grant)
    except Exception as error:  # noqa: BLE001  (the trouble itself is what the caller hears of)
        log.debug("record.not-let-go", error=type(error).__name__)


def _record_all(ctx: Context, office: Office, grant: Grant) -> bool:
    with ctx.store.read() as db:
        since = {
            id_: at
            for id_, at in db.exec(
                select(Account.id, Account.since).where(Account.facility_id == office.id)
            )
            if id_ is not None
        }
    return _Run(ctx, office, grant, since).all()


class _Run:
    """One worker's turn at a facility, under one grant."""

    def __init__(
        self, ctx: Context, office: Office, grant: Grant, since: dict[int, datetime]
    ) -> None:
        self._ctx = ctx
        self._office = office
        self._grant = grant
        self._since = since
        self._well = True

    def all(self) -> bool:
        """Claim and record until nothing is left; whether all went well."""
        while claim := self._claim():
            try:
                with kept_alive(self._ctx, "record", self._hold(), self._grant.ttl):
                    parsed = [item for item in map(self._parse, claim.rows) if item]
                self._commit(parsed)
            except (LeaseLost, ClockBehind):
                with self._write("record.absolve") as db:
                    claims.absolve(db, claim, self._ctx.holder)
                raise
            self._ctx.wake("alert")
            self._ctx.wake("post")
            self._ctx.wake("reply")
        return self._well

    def _write(self, label: str) -> AbstractContextManager[Session]:
        return self._ctx.store.write(label, facility=self._office.id)

    def _claim(self) -> Claim | None:
        with self._write("record.claim") as db:
            leases.renew(db, self._grant)
            claim = claims.claim(db, self._office.id, readable(self._office), self._ctx.holder)
            quarantine.report(db, self._ctx.clock(), self._office, claim.quarantined)
            if not claim.rows:
                leases.release(db, self._grant)
        if claim.quarantined:
            self._ctx.wake("post")
        return claim if claim.rows else None

    def _hold(self) -> Callable[[Session], None]:
        end = time.monotonic() + LONGEST_PARSE

        def renew(db: Session) -> None:
            if time.monotonic() < end:
                leases.renew(db, self._grant)

        return renew

    def _parse(self, row: Waiting) -> Parsed | None:
        try:
            delivery = deliveries.load(row, self._ctx.store.blobs)
            adapter = self._office.channels[row.account]
            if not isinstance(adapter, Parses):
                raise TypeError(row.account)
            return Parsed(row, adapter.parse(delivery))
        except Exception as error:  # noqa: BLE001  (a parser's bug must not lose its neighbours)
            self._failed(row, error)
            return None

    def _commit(self, parsed: Sequence[Parsed]) -> None:
        if not parsed:
            return
        try:
            with self._write("record.commit") as db:
                leases.renew(db, self._grant)
                now = self._ctx.clock()
                must_be_sane(db, now)
                recording.record(db, self._office, now, parsed, self._since)
        except (LeaseLost, ClockBehind):
            raise
        except Exception as error:
            if is_the_machine_s(error):
                raise
            if len(parsed) == 1:
                self._failed(parsed[0].row, error)
                return
            log.warning("record.batch-failed", size=len(parsed), error=type(error).__name__)
            for item in parsed:
                self._commit([item])

    def _failed(self, row: Waiting, error: Exception) -> None:
        """Charge the delivery, unless it was the machine: then raise."""
        if is_the_machine_s(error):
            raise error
        self._well = False
        log.error("record.failed", delivery=row.id, error=type(error).__name__)
        with self._write("record.error") as db:
            leases.renew(db, self._grant)
            if isinstance(error, FileNotFoundError) and row.blob:
                claims.quarantine(db, row.id, claims.MISSING)
                given_up = True
            else:
                given_up = claims.failed(db, row.id, error)
            quarantine.report(db, self._ctx.clock(), self._office, [row.id] if given_up else [])
