"""Approved answers that wait: for the citizen to write first, or for a person to telephone."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import String, cast, literal, text, update
from sqlmodel import Session, col, func, select

from store.states import AutoReplyKind, SendState
from store.tables import Approval, AutoReply, Complaint, Reply, ReplyPart
from store.upsert import insert_into

WINDOW, CALL = "window", "call"
"""What a part waits for: the citizen's next message, or a person at the telephone."""

# The index's own words: a partial index serves only a query that repeats them.
_WAITS = text("reply_part.waits_for <> ''")


def hold(db: Session, reply_id: int, waits_for: str) -> list[int]:
    """Let the pending parts of a reply wait; ids of those that did not wait for this before."""
    held = db.execute(
        update(ReplyPart)
        .where(
            col(ReplyPart.reply_id) == reply_id,
            col(ReplyPart.state) == SendState.PENDING,
            col(ReplyPart.waits_for) != waits_for,
        )
        .values(waits_for=waits_for, due_at=None)
        .returning(col(ReplyPart.id))
    )
    return [id_ for id_ in held.scalars() if id_ is not None]


def of_contact(
    db: Session, facility_id: int, account_id: int, contact_id: int
) -> Sequence[tuple[Reply, Complaint]]:
    """Replies to this person, over this account, of which something waits."""
    return db.exec(
        select(Reply, Complaint)
        .join(Complaint, col(Complaint.id) == col(Reply.complaint_id))
        .where(
            Complaint.facility_id == facility_id,
            Complaint.contact_id == contact_id,
            col(Reply.id).in_(
                select(ReplyPart.reply_id).where(
                    _WAITS,
                    ReplyPart.facility_id == facility_id,
                    ReplyPart.account_id == account_id,
                    ReplyPart.state == SendState.PENDING,
                )
            ),
        )
        .order_by(col(Reply.id))
    ).all()


def release(db: Session, reply_id: int, due_at: datetime) -> list[int]:
    """What was approved and waits is due then, once; the ids of these parts."""
    released = db.execute(
        update(ReplyPart)
        .where(
            col(ReplyPart.reply_id) == reply_id,
            col(ReplyPart.state) == SendState.PENDING,
            col(ReplyPart.waits_for) != "",
            col(ReplyPart.approved_digest) != "",
        )
        .values(waits_for="", due_at=due_at, attempts=0, reason="")
        .returning(col(ReplyPart.id))
    )
    return [id_ for id_ in released.scalars() if id_ is not None]


def waits_for(db: Session, reply_id: int) -> str:
    """What its pending parts wait for; empty where none waits."""
    found = db.exec(
        select(ReplyPart.waits_for).where(
            ReplyPart.reply_id == reply_id,
            ReplyPart.state == SendState.PENDING,
            ReplyPart.waits_for != "",
        )
    ).all()
    return CALL if CALL in found else next(iter(found), "")


def parts(db: Session, reply_id: int) -> Sequence[ReplyPart]:
    """Those that wait, in their order."""
    return db.exec(
        select(ReplyPart)
        .where(
            ReplyPart.reply_id == reply_id,
            ReplyPart.state == SendState.PENDING,
            ReplyPart.waits_for != "",
        )
        .order_by(col(ReplyPart.position))
    ).all()


def approved_at(db: Session, reply_id: int) -> datetime | None:
    """When the last word for it was given."""
    return db.exec(
        select(func.max(col(Approval.approved_at))).where(Approval.reply_id == reply_id)
    ).one()


def key_of(reply_id: int) -> str:
    """Of the note that an answer is ready: one a version, ever."""
    return f"template:{reply_id}"


def ask_template(
    db: Session, reply: Reply, account_id: int, contact_id: int, now: datetime, due_at: datetime
) -> bool:
    """Have the citizen told that this answer is ready; False where that was asked for before."""
    row = {
        "facility_id": reply.facility_id,
        "account_id": account_id,
        "contact_id": contact_id,
        "kind": AutoReplyKind.TEMPLATE,
        "key": key_of(reply.id or 0),
        "complaint_id": reply.complaint_id,
        "reply_id": reply.id,
        "route": "template",
        "recipient": reply.recipient,
        "state": SendState.PENDING,
        "due_at": due_at,
        "created_at": now,
    }
    insert = insert_into(db, AutoReply).values(row).on_conflict_do_nothing()
    asked = db.connection().execute(insert.returning(col(AutoReply.id)))
    return asked.scalar_one_or_none() is not None


def template_state(db: Session, facility_id: int, reply_id: int) -> SendState | None:
    """How far the note got; None where nobody asked for one."""
    note = db.exec(
        select(AutoReply).where(
            AutoReply.facility_id == facility_id, AutoReply.key == key_of(reply_id)
        )
    ).first()
    return note.state if note else None


def take_back_template(db: Session, facility_id: int, reply_ids: Collection[int | None]) -> None:
    """The citizen need not be told any more: a note that has not left does not leave."""
    if reply_ids:
        db.execute(
            update(AutoReply)
            .where(
                col(AutoReply.facility_id) == facility_id,
                col(AutoReply.key).in_([key_of(id_) for id_ in reply_ids if id_]),
                col(AutoReply.state) == SendState.PENDING,
            )
            .values(state=SendState.CANCELLED)
        )


def unanswered(db: Session, facility_id: int, most: int) -> Sequence[tuple[Reply, AutoReply]]:
    """Replies that wait for the citizen to write, each with the note that asks for it; those who
    were asked first come first.
    """
    key = literal("template:", String) + cast(col(ReplyPart.reply_id), String)
    return db.exec(
        select(Reply, AutoReply)
        .join(ReplyPart, col(ReplyPart.reply_id) == col(Reply.id))
        .join(
            AutoReply,
            (col(AutoReply.facility_id) == facility_id) & (col(AutoReply.key) == key),
        )
        .where(
            _WAITS,
            ReplyPart.facility_id == facility_id,
            ReplyPart.waits_for == WINDOW,
            ReplyPart.state == SendState.PENDING,
        )
        .order_by(func.coalesce(AutoReply.accepted_at, AutoReply.created_at), col(ReplyPart.id))
        .limit(most)
    ).all()


def to_call(db: Session, facility_id: int) -> set[int]:
    """The cases whose complainant a person has to telephone."""
    return set(
        db.exec(
            select(Reply.complaint_id)
            .join(ReplyPart, col(ReplyPart.reply_id) == col(Reply.id))
            .where(
                _WAITS,
                ReplyPart.facility_id == facility_id,
                ReplyPart.waits_for == CALL,
                ReplyPart.state == SendState.PENDING,
            )
        )
    )
