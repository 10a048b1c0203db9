"""What a version of an answer is, and which of them counts."""

import hashlib
import hmac
import json
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from pipeline.desk import access, tell
from pipeline.desk.refused import Refused
from pipeline.ports import Office
from pipeline.posts import View
from store import waiting
from store.states import SendState
from store.tables import Approval, Complaint, Reply, ReplyPart

MIN_DIGEST = 8
"""Characters of the digest that a button must carry at least."""


def digest_of(reply: Reply) -> str:
    """What an approval binds to: text, recipient, route and attachments (none yet)."""
    bound = [reply.text, reply.recipient, reply.route, []]
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()


def next_step(db: Session, office: Office, reply: Reply) -> str | None:
    """The role whose word is missing, None when all have given it for this very digest."""
    given = db.exec(
        select(Approval.step).where(Approval.reply_id == reply.id, Approval.digest == reply.digest)
    ).all()
    return next((step for step in office.approval if step not in given), None)


def parts_of(db: Session, reply_id: int) -> list[ReplyPart]:
    """In the order in which they are sent."""
    return list(
        db.exec(
            select(ReplyPart)
            .where(ReplyPart.reply_id == reply_id)
            .order_by(col(ReplyPart.position))
        )
    )


def must_be_current(db: Session, reply: Reply, digest: str) -> None:
    """Raises Refused unless this is the newest version, untouched, and this very digest."""
    newest = access.newest_reply(db, reply.complaint_id)
    held = all(part.state is SendState.HELD for part in parts_of(db, reply.id or 0))
    bound = len(digest) >= MIN_DIGEST and hmac.compare_digest(
        digest_of(reply)[: len(digest)].encode(), digest.encode()
    )
    if newest is None or newest.id != reply.id or not bound:
        raise Refused("not-current", version=newest.version if newest else 0)
    if not held:
        gone = any(part.approved_digest for part in parts_of(db, reply.id or 0))
        key = "already-approved" if gone else "not-current"
        raise Refused(key, **({} if gone else {"version": newest.version}))


def void_earlier(db: Session, complaint_id: int) -> None:
    """Supersede every version that has not left. Raises Refused while one is leaving."""
    versions = select(Reply.id).where(Reply.complaint_id == complaint_id)
    leaving = db.exec(
        select(ReplyPart.id).where(
            col(ReplyPart.reply_id).in_(versions),
            col(ReplyPart.state).in_((SendState.SENDING, SendState.UNKNOWN)),
        )
    ).first()
    if leaving is not None:
        raise Refused("still-sending")
    db.execute(
        update(ReplyPart)
        .where(
            col(ReplyPart.reply_id).in_(versions),
            # A refused one stays what it is; it can no longer be resent, being not the newest.
            col(ReplyPart.state).in_((SendState.HELD, SendState.PENDING)),
        )
        .values(state=SendState.SUPERSEDED, waits_for="")
    )
    waiting.take_back_template(
        db, db.get_one(Complaint, complaint_id).facility_id, db.exec(versions).all()
    )


def ask_step(db: Session, now: datetime, office: Office, reply: Reply, step: str) -> None:
    """Show it to everybody who may give this step's word; none: tell whoever wrote it."""
    approvers = access.people(db, office, step)
    for person in approvers:
        tell.about_reply(db, View.APPROVAL, now, reply, person)
    if not approvers:
        tell.notice(db, now, office, reply.author_id, "no-approver", reply.complaint_id, role=step)
