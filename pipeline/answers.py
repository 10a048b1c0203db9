"""Parts of approved answers as things that leave: what each has to be for that, and who is told."""

import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from channels.base import Sends
from channels.errors import ChannelError, OptedOut, WindowClosed
from channels.message import OutboundReply, Receipt
from pipeline import attempts, posts, window
from pipeline.desk import outcome, tell, versions
from pipeline.desk.wording import wordings
from pipeline.ports import Office
from store import events, replies
from store.states import SendState, Status
from store.tables import Complaint, Contact, Reply, ReplyPart


class Answers:
    """See `pipeline.sending.Errand`."""

    name: ClassVar[str] = "reply"
    noun: ClassVar[str] = "part"
    table = ReplyPart

    def next_due(self, db: Session, account_id: int, now: datetime) -> ReplyPart | None:
        """The part that may leave next."""
        return replies.next_due(db, account_id, now)

    def prepare(
        self, db: Session, now: datetime, office: Office, sender: Sends, row: ReplyPart
    ) -> OutboundReply | None:
        """With everything an approval stands for re-checked: the words, the person's wish, and
        whether the provider still lets us answer.
        """
        reply = db.get_one(Reply, row.reply_id)
        complaint = db.get_one(Complaint, reply.complaint_id)
        if not _still_approved(db, sender, row, reply, complaint, office):
            _hold_back(db, now, office, row, reply, complaint)
            return None
        if not window.may_leave(db, office, now, row, reply, complaint):
            return None
        # What comes back about an earlier attempt is not about this one.
        row.external_id = sender.external_id(row.id or 0)
        return replace(attempts.outbound(row, reply), since=now)

    def unchanged(self, row: ReplyPart) -> Sequence[ColumnElement[bool]]:
        """The approval, and that nobody is waited for."""
        return (
            col(ReplyPart.approved_digest) == row.approved_digest,
            col(ReplyPart.waits_for) == "",
        )

    def outbound(self, db: Session, row: ReplyPart) -> OutboundReply:
        """The part as it was handed over."""
        return attempts.outbound(row, db.get_one(Reply, row.reply_id))

    def accepted(self, db: Session, now: datetime, row: ReplyPart, how: str) -> None:
        """The case is answered when it was the last part."""
        outcome.accepted(db, now, row, how=how)

    def refused(
        self, db: Session, now: datetime, office: Office, row: ReplyPart, error: ChannelError
    ) -> None:
        """People are told why, or the citizen is asked to write first, or somebody telephones."""
        if isinstance(error, WindowClosed):
            window.closed(db, office, now, row)
            return
        if isinstance(error, OptedOut):
            opted_out(db, office, now, row)
            return
        failed(db, now, row, error.detail or type(error).__name__)

    def delayed(
        self, db: Session, now: datetime, office: Office, row: ReplyPart, error: ChannelError
    ) -> None:
        """Whoever waits for it is told once."""
        reply = db.get_one(Reply, row.reply_id)
        complaint = db.get_one(Complaint, reply.complaint_id)
        for person in tell.concerned(db, reply, complaint):
            tell.notice(db, now, office, person, "send-delayed", complaint.id, why=error.text[:200])

    def in_doubt(self, db: Session, now: datetime, row: ReplyPart) -> None:
        """A person decides."""
        outcome.in_doubt(db, now, row)

    def late(self, db: Session, now: datetime, row: ReplyPart, receipt: Receipt) -> None:
        """Somebody else has the say by now; that the gateway took it is kept all the same."""
        reply = db.get_one(Reply, row.reply_id)
        events.append(
            db,
            "late-receipt",
            facility_id=row.facility_id,
            now=now,
            complaint_id=reply.complaint_id,
            params={
                "version": reply.version,
                "part": row.id,
                "external_id": receipt.external_id,
            },
        )


ANSWERS = Answers()


def failed(db: Session, now: datetime, part: ReplyPart, reason: str) -> None:
    """It was refused for good, at once or later."""
    part.state, part.lease, part.status_due_at = SendState.FAILED, 0.0, None
    part.reason = reason
    db.flush()
    outcome.failed(db, now, part, part.reason)


def opted_out(db: Session, office: Office, now: datetime, part: ReplyPart) -> None:
    """The gateway says that the citizen wants no messages, which we know from here on: somebody
    telephones.
    """
    complaint = db.get_one(Complaint, db.get_one(Reply, part.reply_id).complaint_id)
    contact = db.get_one(Contact, complaint.contact_id)
    contact.opted_out_at = contact.opted_out_at or now
    db.flush()
    window.closed(db, office, now, part, why="opted-out")


def _still_approved(
    db: Session,
    sender: Sends,
    part: ReplyPart,
    reply: Reply,
    complaint: Complaint,
    office: Office,
) -> bool:
    """Whether what is about to leave is, word for word, what every step approved."""
    digest = versions.digest_of(reply)
    parts = [each.text for each in versions.parts_of(db, part.reply_id)]
    return (
        parts == wordings(sender, reply, complaint)
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
