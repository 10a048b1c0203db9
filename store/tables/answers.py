"""Answers, version by version, and how far they got."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.states import ReplyKind, SendState
from store.tables.columns import key, long_text, slug


class Reply(SQLModel, table=True):
    """One version of an answer. Never changed: an edit is the next version."""

    __table_args__ = (UniqueConstraint("complaint_id", "version"),)

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    complaint_id: int = Field(foreign_key="complaint.id")
    version: int
    kind: ReplyKind = slug(ReplyKind, default=ReplyKind.ANSWER)
    text: str = long_text()
    route: str
    recipient: str
    recipient_name: str = ""
    subject: str = long_text()
    in_reply_to: str = ""
    references: str = long_text()
    digest: str
    """Of text, recipient, route and attachments: what an approval binds to."""
    author_id: int = Field(foreign_key="staff.id")
    created_at: datetime
    update_id: int | None = None
    """The update that it was written in: whoever changes that message means this text."""


class Approval(SQLModel, table=True):
    """A person's word for one digest, in one step of the chain."""

    __table_args__ = (UniqueConstraint("reply_id", "step"),)

    id: int | None = key()
    reply_id: int = Field(foreign_key="reply.id")
    step: str
    digest: str
    staff_id: int = Field(foreign_key="staff.id")
    approved_at: datetime


class ReplyPart(SQLModel, table=True):
    """What is handed to the gateway at once, and how far it got."""

    __tablename__ = "reply_part"
    __table_args__ = (
        UniqueConstraint("reply_id", "position"),
        Index("ix_reply_part_external_id", "external_id"),
        Index("ix_reply_part_facility_id_state", "facility_id", "state"),
        Index(
            "ix_reply_part_moving",
            "due_at",
            sqlite_where=text("state IN ('pending', 'sending', 'unknown')"),
            postgresql_where=text("state IN ('pending', 'sending', 'unknown')"),
        ),
    )

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    account_id: int = Field(foreign_key="account.id")
    reply_id: int = Field(foreign_key="reply.id")
    position: int = 0
    text: str = long_text()
    external_id: str = ""
    state: SendState = slug(SendState, default=SendState.HELD)
    approved_digest: str = ""
    """The digest that was approved; compared again in the step that begins the sending."""
    attempts: int = 0
    due_at: datetime | None = None
    holder: str = ""
    lease: float = 0.0
    """While sending: until when its process may still be at it (database seconds)."""
    started_at: datetime | None = None
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    reason: str = ""
