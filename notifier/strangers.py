"""Whoever is none of ours, or cannot be told apart: refused, and told why."""

import structlog
from sqlmodel import Session, col, select

from notifier import groups
from notifier.incoming import Incoming, What
from notifier.outcome import Outcome
from notifier.texts import say
from pipeline.calendar import Lang
from store.tables import Staff

log = structlog.get_logger(__name__)


def refused(db: Session, lang: Lang, incoming: Incoming) -> Outcome:
    """Nobody of ours: told how to become somebody. A group of nobody's is left."""
    in_group = not incoming.private and incoming.what is not What.TAP
    if in_group and not groups.of_chat(db, incoming.chat_id):
        return Outcome(leave=incoming.chat_id)
    if incoming.what is What.EDITED:
        return Outcome()
    left = db.exec(
        select(Staff.id).where(Staff.telegram_id == incoming.user_id, col(Staff.active).is_(False))
    ).first()
    if left is not None:
        log.warning("chat.revoked-refused", staff=left, what=incoming.what)
    text = say(lang, "stranger")
    if incoming.what is What.TAP:
        return Outcome(query_id=incoming.query_id, toast=text)
    return Outcome(say_to=incoming.user_id, text=text)


def masked(db: Session, lang: Lang, incoming: Incoming) -> Outcome:
    """Written as the group or as a channel: nobody knows by whom, so it decides nothing, and that
    is said where it was written.
    """
    if not groups.of_chat(db, incoming.chat_id):
        return Outcome(leave=incoming.chat_id)
    return Outcome(say_to=incoming.chat_id, text=say(lang, f"masked.{incoming.masked}"))
