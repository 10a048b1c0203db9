"""What is done after an update's commit, as well as it can be: nothing depends on it."""

from collections import OrderedDict
from datetime import datetime, timedelta

import structlog
from sqlmodel import select

from channels.errors import ChannelError
from notifier import groups
from notifier.client import TelegramClient
from notifier.errors import Migrated, Rejected, Why
from notifier.outcome import Outcome
from pipeline.ports import Context, GroupGone, NotStarted
from store.tables import Group

log = structlog.get_logger(__name__)

_ONCE_IN = timedelta(hours=1)
_REMEMBERED = 1000
_TOAST = 200
"""Longest acknowledgement. https://core.telegram.org/bots/api#answercallbackquery"""


class Aftercare:
    """Acknowledges taps, refuses strangers (each once an hour), leaves other people's groups."""

    def __init__(self, ctx: Context, client: TelegramClient) -> None:
        self._ctx = ctx
        self._client = client
        self._told: OrderedDict[int, datetime] = OrderedDict()

    def attend(self, outcome: Outcome) -> None:
        """Do it. Never raises what the gateway says."""
        try:
            if outcome.query_id:
                self._acknowledge(outcome)
            if outcome.say_to and self._first_in_a_while(outcome.say_to):
                self._client.call("sendMessage", chat_id=outcome.say_to, text=outcome.text)
            if outcome.leave:
                self._leave(outcome.leave)
        except (ChannelError, NotStarted, GroupGone, Migrated) as error:
            log.info("chat.not-said", error=type(error).__name__)

    def _acknowledge(self, outcome: Outcome) -> None:
        try:
            self._client.call(
                "answerCallbackQuery",
                callback_query_id=outcome.query_id,
                text=outcome.toast[:_TOAST],
            )
        except Rejected as refusal:
            if refusal.why is not Why.TOO_OLD or not outcome.tapped_by:
                raise
            self._client.call("sendMessage", chat_id=outcome.tapped_by, text=outcome.toast)

    def _first_in_a_while(self, chat_id: int) -> bool:
        now = self._ctx.clock()
        last = self._told.get(chat_id)
        if last is not None and last <= now < last + _ONCE_IN:
            return False
        self._told[chat_id] = now
        self._told.move_to_end(chat_id)
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return True

    def _leave(self, chat_id: int) -> None:
        """Leave a group that is none of ours, unless one of ours has just moved there."""
        with self._ctx.store.read() as db:
            known = db.exec(select(Group.chat_id)).all()
        for old in known:
            try:
                self._client.call("getChat", chat_id=old)
            except Migrated as moved:
                with self._ctx.store.write("group.moved", facility=self._ctx.offices.keys()) as db:
                    groups.move(db, old, moved.chat_id)
                if moved.chat_id == chat_id:
                    return
            except GroupGone:
                continue
        with self._ctx.store.read() as db:
            if groups.of_chat(db, chat_id):
                return  # named as ours while we asked
        log.warning("chat.left", chat=chat_id)
        self._client.call("leaveChat", chat_id=chat_id)
