"""A message that its author changed after sending it.

A draft that nobody has approved yet becomes the next version: whoever corrects a word expects that
the corrected text is what goes out. Everything else that was done stays done, and that is said.
"""

import json
from datetime import timedelta

from sqlmodel import col, select

from notifier.incoming import read
from notifier.turn import Turn
from pipeline import desk
from pipeline.desk import access
from store.tables import Approval, Reply, Update

_CHANGEABLE = timedelta(hours=49)
"""A person can change a message for 48 hours, or for as long as it takes to reach us."""


def apply(turn: Turn) -> None:
    """Make of it what it is meant as. Raises desk.Refused."""
    if not turn.incoming.private:
        turn.notice("edit-ignored")
        return
    reply = made_of(turn)
    if reply is None:
        turn.notice("edit-ignored")
        return
    text = turn.words([turn.row])
    if text.strip() == reply.text:
        return
    newest = access.newest_reply(turn.db, reply.complaint_id)
    if newest is None or newest.id != reply.id:
        turn.notice("edit-old", reply.complaint_id)
    elif turn.db.exec(select(Approval.id).where(Approval.reply_id == reply.id).limit(1)).first():
        turn.notice("edit-approved", reply.complaint_id)
    else:
        where = (turn.db, turn.now, turn.office, turn.actor)
        again = desk.draft(*where, reply.complaint_id, text, reply.kind)
        again.update_id = reply.update_id


def made_of(turn: Turn) -> Reply | None:
    """The newest version that was made of the message which reads otherwise now."""
    written = turn.db.exec(
        select(Reply, Update)
        .join(Update, col(Update.id) == col(Reply.update_id))
        .where(
            Reply.author_id == turn.actor.id,
            Reply.created_at > turn.now - _CHANGEABLE,
            Reply.facility_id == turn.office.id,
        )
        .order_by(col(Reply.id).desc())
    )
    for reply, row in written:
        message = read(json.loads(row.raw), row.bot_id)
        if message is not None and (message.chat_id, message.message_id) == (
            turn.incoming.chat_id,
            turn.incoming.message_id,
        ):
            return reply
    return None
