"""One account's listener: what its gateway hands over is committed raw, with the cursor.

Nothing is parsed here. Whoever polls holds the account's lease, and its fence is checked in the
very transaction that keeps a batch.
"""

import threading
from collections.abc import Iterator, Mapping
from typing import Protocol

import structlog

from channels.base import Batch, Channel, ChannelState, Polls
from channels.errors import AuthFailed, ChannelError, Permanent, Transient
from ingest.backoff import CAP_SECONDS, Backoff
from ingest.health import Health
from pipeline import alarms
from pipeline.ports import Context, Office
from store import cursors, deliveries, leases
from store.leases import Grant, LeaseLost

log = structlog.get_logger(__name__)


class Polled(Channel, Polls, Protocol):
    """An account that can be asked what came in."""


class Poller:
    """Polls one account until `stop` is set. One a thread; no other is disturbed by its errors."""

    def __init__(
        self, ctx: Context, office: Office, channel: Polled, stop: threading.Event
    ) -> None:
        self._ctx = ctx
        self._office = office
        self._channel = channel
        self._stop = stop
        self._account_id = office.accounts[channel.account]
        self._lease = f"poll:{self._account_id}"
        self._holder = ctx.grants()
        self._grant: Grant | None = None
        self._backoff = Backoff(ctx.settings.poll_seconds)
        self._health = Health(ctx, office, channel.account)

    def run(self) -> None:
        """Poll at once, then as often as the settings say, until stopped."""
        wait = 0.0
        while not self._stop.wait(wait):
            wait = self.round()
        _close(self._channel)
        self._release()

    def round(self) -> float:
        """One poll, whatever comes of it; seconds until the next. Never raises."""
        try:
            return self._attempt()
        except LeaseLost:
            log.info("poll.lease-lost", account=self._channel.account)
            return self._ctx.settings.poll_seconds
        except ChannelError as error:
            return self._refused(error)
        except Exception as error:  # noqa: BLE001  (one broken channel never stops another)
            log.error("poll.bug", account=self._channel.account, error=type(error).__name__)
            return self._refused(Transient("Kesalahan di program; dicoba lagi otomatis."))

    def _attempt(self) -> float:
        settings = self._ctx.settings
        with self._ctx.store.write("ingest.lease") as db:
            self._grant = leases.acquire(db, self._lease, self._holder, settings.lease_seconds)
        if self._grant is None:
            return min(settings.poll_seconds, settings.lease_seconds / 4)
        with self._ctx.store.read() as db:
            known = cursors.all_of(db, self._account_id)
        state = ChannelState(
            cursors=known, spool=self._ctx.store.blobs.spool, now=self._ctx.clock()
        )
        self._take(self._channel.poll(state), known, self._grant)
        self._backoff.worked()
        self._health.worked(self._grant)
        return settings.poll_seconds

    def _take(self, batches: Iterator[Batch], known: Mapping[str, str], grant: Grant) -> None:
        try:
            for batch in batches:
                if batch.deliveries or batch.cursor not in (None, known.get(batch.stream)):
                    self._keep(batch, grant)
                elif batch.cursor is None:
                    # A large mail is under way: a sign of life, nothing to keep yet.
                    with self._ctx.store.write("ingest.renew") as db:
                        leases.renew(db, grant)
                if self._stop.is_set():
                    return
        finally:
            # An adapter's generator ends its work when it is closed, not some time later.
            _close(batches)

    def _keep(self, batch: Batch, grant: Grant) -> None:
        keys = deliveries.adopt(self._ctx.store.blobs, batch)
        with self._ctx.store.write("ingest.keep") as db:
            leases.renew(db, grant)
            added = deliveries.keep(
                db, self._office.id, self._account_id, batch, self._ctx.clock(), keys
            )
        if added:
            self._ctx.wake("record")

    def _refused(self, error: ChannelError) -> float:
        log.warning(
            "poll.refused",
            account=self._channel.account,
            error=type(error).__name__,
            detail=error.detail,
        )
        alarm = None
        if isinstance(error, AuthFailed):
            alarm = alarms.CHANNEL_AUTH
        elif isinstance(error, Permanent):
            alarm = alarms.CHANNEL_BROKEN
        try:
            if self._grant is not None:
                self._health.failed(self._grant, error.text, alarm)
        except LeaseLost:
            log.info("poll.lease-lost", account=self._channel.account)
            alarm = None  # whoever polls it now will tell
        except Exception as failure:  # noqa: BLE001  (the database itself may be what is wrong)
            log.error("poll.health", account=self._channel.account, error=type(failure).__name__)
        if alarm:
            return CAP_SECONDS
        return self._backoff.failed(error.retry_after if isinstance(error, Transient) else None)

    def _release(self) -> None:
        if self._grant is None:
            return
        try:
            with self._ctx.store.write("ingest.lease") as db:
                leases.release(db, self._grant)
        except Exception as error:  # noqa: BLE001  (it ends by itself soon)
            log.warning("poll.release", account=self._channel.account, error=type(error).__name__)


def _close(what: object) -> None:
    """Close an iterator or a channel that knows how: the connection belongs to this thread."""
    close = getattr(what, "close", None)
    if close is not None:
        close()
