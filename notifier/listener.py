"""What people do in the chat, taken in so that no crash loses a tap.

Updates are stored byte for byte and committed before the next request tells Telegram to forget
them; then they are processed in order, each in one transaction with its effect. The offset is
never stored: after a quiet week ids start anew anywhere, and the key of the row is what makes an
update count once. https://core.telegram.org/bots/api#getupdates
"""

import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import text
from sqlmodel import Session, col, select

from channels.errors import AuthFailed, ChannelError, Transient
from notifier.aftercare import Aftercare
from notifier.client import TelegramClient
from notifier.dispatch import Dispatcher
from notifier.incoming import ALLOWED, ours, read
from notifier.outage import Outage
from pipeline.pace import LONGEST_ASKED
from pipeline.ports import Context, GroupGone, NotStarted
from store import leases
from store.leases import Grant, LeaseLost
from store.states import UpdateState
from store.tables import Update
from store.upsert import insert_into

log = structlog.get_logger(__name__)

_ATTEMPTS = 3
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
"""Seconds before the next try after a failure; doubled each time."""
_LONGEST_POLL = 25
_AT_ONCE = 200
_STAGES = ("post", "reply", "record")


class Listener:
    """Holds the lease of one bot and listens for it. `run` in a thread of its own."""

    def __init__(
        self, ctx: Context, client: TelegramClient, dispatcher: Dispatcher | None = None
    ) -> None:
        self._ctx = ctx
        self._client = client
        self._dispatcher = dispatcher or Dispatcher(ctx.offices)
        self._aftercare = Aftercare(ctx, client)
        self._outage = Outage(ctx, client.bot_id)
        self._stop = threading.Event()
        self._wait = _FIRST_WAIT
        self._lease = f"bot:{client.bot_id}"
        self._ttl = ctx.settings.lease_seconds

    def run(self) -> None:
        """Listen until `stop`. Never raises: whatever happens, it tries again."""
        while not self._stop.is_set():
            try:
                grant = self._acquire()
                if grant is None:
                    self._stop.wait(min(1.0, self._ttl / 4))
                    continue
                self._hold(grant)
            except LeaseLost:
                log.warning("bot.lease-lost")
            except Exception as error:  # noqa: BLE001  (it must never die; the text may quote)
                self._rest(error)

    def stop(self) -> None:
        """Have `run` return soon; the long poll is cut short."""
        self._stop.set()
        self._client.interrupt()

    def _acquire(self) -> Grant | None:
        with self._ctx.store.read() as db:
            if leases.holder_of(db, self._lease) is not None:
                return None
        with self._ctx.store.write("bot.lease") as db:
            return leases.acquire(db, self._lease, self._ctx.grants(), self._ttl)

    def _hold(self, grant: Grant) -> None:
        self._outage.begin()
        try:
            self._process_pending(grant)  # what a crash left behind comes first
            # A webhook, whoever set it, would keep getUpdates from working at all.
            self._client.call("deleteWebhook")
            offset: int | None = None
            while not self._stop.is_set():
                offset = self._poll(grant, offset)
        except ChannelError as error:
            with contextlib.suppress(Exception):  # the database may be what is in trouble
                self._outage.failed(grant, error)
            raise
        finally:
            with self._ctx.store.write("bot.release") as db:
                leases.release(db, grant)

    def _poll(self, grant: Grant, offset: int | None) -> int | None:
        """One round; the next offset. After an empty answer everything is confirmed and the
        next round begins without one, so that ids which started anew are seen.
        """
        with self._ctx.store.write("bot.renew") as db:
            leases.renew(db, grant)
        timeout = max(1, min(_LONGEST_POLL, int(self._ttl / 2) - 1))
        updates = self._client.get_updates(offset, timeout, ALLOWED)
        self._wait = _FIRST_WAIT
        self._outage.worked(grant)
        if not updates:
            return None
        self._keep(grant, updates)
        self._process_pending(grant)
        return int(updates[-1]["update_id"]) + 1

    def _keep(self, grant: Grant, updates: Sequence[dict[str, Any]]) -> None:
        """Commit what is ours before anything acts on it and before Telegram may forget it."""
        username = self._username()
        kept = [update for update in updates if self._ours(update, username)]
        if not kept:
            return
        now = self._ctx.clock()
        rows = [
            {
                "bot_id": self._client.bot_id,
                "update_id": int(update["update_id"]),
                # In ASCII: half of a character, which JSON can hold, no database can.
                "raw": json.dumps(update),
                "received_at": now,
                "state": UpdateState.PENDING,
                "attempts": 0,
                "error": "",
            }
            for update in kept
        ]
        with self._ctx.store.write("update.store", urgent=True) as db:
            leases.renew(db, grant)
            db.connection().execute(insert_into(db, Update).on_conflict_do_nothing(), rows)

    def _ours(self, update: dict[str, Any], username: str) -> bool:
        incoming = read(update, self._client.bot_id)
        return incoming is not None and ours(incoming, username)

    def _process_pending(self, grant: Grant) -> None:
        username: str | None = None
        while waiting := self._pending():
            username = self._username() if username is None else username
            for row_id in waiting:
                while not self._process(grant, row_id, username):
                    if self._stop.is_set():
                        return
                if self._stop.is_set():
                    return

    def _pending(self) -> list[int]:
        """The next that are to be processed, in order."""
        with self._ctx.store.read() as db:
            rows = db.exec(
                select(Update.id)
                # The index's own words: a partial index serves only a query that repeats them.
                .where(Update.bot_id == self._client.bot_id, text("state = 'pending'"))
                .order_by(col(Update.id))
                .limit(_AT_ONCE)
            )
            return [row or 0 for row in rows]

    def _process(self, grant: Grant, row_id: int, username: str) -> bool:
        """One update in one transaction; True when it is through, one way or the other."""
        try:
            with self._writing("update.process", row_id) as db:
                leases.renew(db, grant)
                row = db.get_one(Update, row_id)
                outcome = self._dispatcher.process(db, self._ctx.clock(), row, username)
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001  (a bug in one update must not stop the rest)
            return self._failed(grant, row_id, error)
        for stage in _STAGES:
            self._ctx.wake(stage)
        self._aftercare.attend(outcome)
        return True

    def _failed(self, grant: Grant, row_id: int, error: Exception) -> bool:
        """Count the attempt; after the last one the sender is told and the row rests."""
        reason = type(error).__name__
        log.error("update.failed", update=row_id, error=reason, at=_where(error))
        with self._writing("update.attempt", row_id) as db:
            leases.renew(db, grant)
            row = db.get_one(Update, row_id)
            row.attempts, row.error = row.attempts + 1, reason
            last = row.attempts >= _ATTEMPTS
            if last:
                self._dispatcher.give_up(db, self._ctx.clock(), row)
        if last:
            self._ctx.wake("post")
        return last

    @contextmanager
    def _writing(self, label: str, row_id: int) -> Iterator[Session]:
        """A write transaction for whatever facilities the update is about."""
        store = self._ctx.store
        with store.read() as db:
            facilities = self._dispatcher.facilities(db, db.get_one(Update, row_id))
        with store.write(label, facility=facilities, urgent=True) as db:
            yield db

    def _username(self) -> str:
        """The bot's name; empty while Telegram cannot be reached: then a stored decision is
        processed all the same.
        """
        try:
            return self._client.username
        except (ChannelError, NotStarted, GroupGone):
            return ""

    def _rest(self, error: Exception) -> None:
        """Wait longer after each failure; a refused token is no matter of seconds."""
        if isinstance(error, AuthFailed):
            self._wait = _LONGEST_WAIT
        asked = error.retry_after if isinstance(error, Transient) else None
        wait = min(asked or self._wait, LONGEST_ASKED)
        detail = error.detail if isinstance(error, ChannelError) else _where(error)
        log.warning("bot.trouble", error=type(error).__name__, detail=detail, wait=wait)
        self._stop.wait(wait)
        self._wait = min(self._wait * 2, _LONGEST_WAIT)


def _where(error: BaseException) -> str:
    """File and line of our own trouble, and none of its words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
