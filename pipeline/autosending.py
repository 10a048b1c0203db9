"""What the desk says by itself as things that leave. Nobody approved it and nobody waits for it:
what is in doubt stays so, and is never sent again on a guess.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

import structlog
from sqlalchemy import ColumnElement
from sqlmodel import Session

from channels.base import Sends
from channels.errors import ChannelError, OptedOut
from channels.message import OutboundReply, Receipt, RouteKind
from pipeline import window
from pipeline.autoreplies import Words, may_reach, words
from pipeline.ports import Office
from store import autoreplies
from store.sending import AGAIN
from store.states import AutoReplyKind, SendState
from store.tables import AutoReply, Contact

log = structlog.get_logger(__name__)


class Automatic:
    """See `pipeline.sending.Errand`."""

    name: ClassVar[str] = "auto"
    noun: ClassVar[str] = "auto"
    table = AutoReply

    def next_due(self, db: Session, account_id: int, now: datetime) -> AutoReply | None:
        """The one that leaves next."""
        return autoreplies.next_due(db, account_id, now)

    def prepare(
        self, db: Session, now: datetime, office: Office, sender: Sends, row: AutoReply
    ) -> OutboundReply | None:
        """In the words of this moment, if it is still wanted; once it may have left, in the same
        words as then.
        """
        contact = db.get_one(Contact, row.contact_id)
        if row.kind is not AutoReplyKind.OPT_OUT and not may_reach(db, contact):
            return _cancel(row, "opted-out")
        if row.kind is AutoReplyKind.RECEIPT and not office.settings.receipts:
            return _cancel(row, "receipts-off")
        may_have_left = row.reason == AGAIN
        said = Words(text=row.text) if may_have_left else words(db, office, now, row)
        if said is None:
            return _cancel(row, "not-wanted")
        row.text = said.text
        row.external_id = sender.external_id(row.id or 0, automatic=True)
        db.flush()
        return replace(
            self.outbound(db, row),
            recipient_name=contact.name,
            subject=said.subject,
            variables=said.variables,
            in_reply_to=said.in_reply_to,
            references=tuple(said.references.split()),
            since=now,
        )

    def unchanged(self, row: AutoReply) -> Sequence[ColumnElement[bool]]:
        """It depends on nothing that anybody decides meanwhile."""
        return ()

    def outbound(self, db: Session, row: AutoReply) -> OutboundReply:
        """As far as it is needed to look for it."""
        return OutboundReply(
            part=row.id or 0,
            route=RouteKind(row.route),
            recipient=row.recipient,
            text=row.text,
            external_id=row.external_id,
            automatic=True,
            since=row.started_at,
        )

    def accepted(self, db: Session, now: datetime, row: AutoReply, how: str) -> None:
        """The row says it all."""

    def refused(
        self, db: Session, now: datetime, office: Office, row: AutoReply, error: ChannelError
    ) -> None:
        """Only the citizen's wish, and an answer that now has no way to them, concern anybody."""
        reason = error.detail or type(error).__name__
        failed(db, office, now, row, reason, isinstance(error, OptedOut))

    def delayed(
        self, db: Session, now: datetime, office: Office, row: AutoReply, error: ChannelError
    ) -> None:
        """Nobody waits for it."""

    def in_doubt(self, db: Session, now: datetime, row: AutoReply) -> None:
        """It stays in doubt, in the log and in the figures."""
        log.warning("auto.in-doubt", auto=row.id)

    def late(self, db: Session, now: datetime, row: AutoReply, receipt: Receipt) -> None:
        """The gateway's id is kept; there is nothing else to it."""


AUTOMATIC = Automatic()


def _cancel(row: AutoReply, reason: str) -> OutboundReply | None:
    row.state, row.reason = SendState.CANCELLED, reason
    return None


def failed(
    db: Session,
    office: Office,
    now: datetime,
    row: AutoReply,
    reason: str,
    opted_out: bool = False,
) -> None:
    """It was refused for good, at once or later. `opted_out`: because the citizen wants no
    messages, which we know from here on.
    """
    row.state, row.lease, row.status_due_at = SendState.FAILED, 0.0, None
    row.reason = "opted-out" if opted_out else reason
    if opted_out:
        contact = db.get_one(Contact, row.contact_id)
        contact.opted_out_at = contact.opted_out_at or now
    db.flush()
    if row.kind is AutoReplyKind.TEMPLATE:
        window.template_failed(db, office, now, row, row.reason)
