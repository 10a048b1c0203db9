"""How an account fares: written down when it changes, told to the coordinators once."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from channels.base import Polls
from pipeline import alarms
from pipeline.ports import Context, Office
from store import leases
from store.leases import Grant
from store.tables import Account

SILENT = timedelta(minutes=30)
"""Without a successful poll for so long, a channel is silent."""
_FRESH = timedelta(minutes=1)
"""How old `polled_at` may get before it is written again."""


class Health:
    """The rows and alarms of one polled account: written by whoever polls it, and by nobody who
    did so once. Both methods raise LeaseLost.
    """

    def __init__(self, ctx: Context, office: Office, account: str) -> None:
        self._ctx = ctx
        self._office = office
        self._name = account
        self._id = office.accounts[account]

    def worked(self, grant: Grant) -> None:
        """A poll went through to its end."""
        now = self._ctx.clock()
        polled, failing, error = self._last()
        if not failing and not error and polled and timedelta() <= now - polled < _FRESH:
            return
        since, told = failing or polled, 0
        with self._ctx.store.write("ingest.health", facility=self._office.id) as db:
            leases.renew(db, grant)
            if since and self._was_alarmed(db, since):
                told = alarms.tell(
                    db, self._office.id, alarms.CHANNEL_BACK, now, since=since, account=self._name
                )
            self._write(db, now, None, "")
        if told:
            self._ctx.wake("post")

    def failed(self, grant: Grant, text: str, alarm: str | None = None) -> None:
        """A poll failed: `text` is for staff. `alarm` is told at once, and once."""
        now = self._ctx.clock()
        polled, failing, error = self._last()
        since = failing or now
        if failing and error == text and alarm is None:
            return
        with self._ctx.store.write("ingest.health", facility=self._office.id) as db:
            leases.renew(db, grant)
            if (failing, error) != (since, text):
                self._write(db, polled, since, text)
            told = alarm and alarms.tell(
                db, self._office.id, alarm, now, since=since, account=self._name
            )
        if told:
            self._ctx.wake("post")

    def _last(self) -> tuple[datetime | None, datetime | None, str]:
        # Read each time: another host may have polled since we last did.
        with self._ctx.store.read() as db:
            row = db.get_one(Account, self._id)
            return row.polled_at, row.failing_since, row.error

    def _write(
        self, db: Session, polled: datetime | None, failing: datetime | None, error: str
    ) -> None:
        row = db.get_one(Account, self._id)
        row.polled_at, row.failing_since, row.error = polled, failing, error
        db.add(row)

    def _was_alarmed(self, db: Session, since: datetime) -> bool:
        return alarms.was_told(
            db, self._office.id, alarms.CHANNEL_TROUBLE, since=since, account=self._name
        )


class SilenceWatch:
    """Raises the alarm for accounts that nothing is heard of, also when their poller hangs.

    Only the time since this process started counts: a night switched off is no silence.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._started = ctx.clock()
        self._looked = self._started

    def __call__(self) -> None:
        """Look, at most once a minute."""
        now = self._ctx.clock()
        if now - self._looked < _FRESH:
            return
        self._looked = now
        for office in self._ctx.offices.values():
            for account in self._silent(office, now):
                self._alarm(office, account, now)

    def _silent(self, office: Office, now: datetime) -> list[Account]:
        if now - self._started < SILENT:
            return []
        names = [name for name, channel in office.channels.items() if isinstance(channel, Polls)]
        with self._ctx.store.read() as db:
            rows = db.exec(
                select(Account).where(
                    Account.facility_id == office.id, col(Account.name).in_(names)
                )
            ).all()
        return [row for row in rows if now - (row.polled_at or self._started) >= SILENT]

    def _alarm(self, office: Office, account: Account, now: datetime) -> None:
        since = account.failing_since or account.polled_at or self._started
        with self._ctx.store.read() as db:
            known = alarms.was_told(
                db, office.id, alarms.CHANNEL_TROUBLE, since=since, account=account.name
            )
        if known:
            return
        with self._ctx.store.write("ingest.health", facility=office.id) as db:
            told = alarms.tell(
                db, office.id, alarms.CHANNEL_SILENT, now, since=since, account=account.name
            )
        if told:
            self._ctx.wake("post")
