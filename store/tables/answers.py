"""Answers, version by version, and how far they got."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.states import AutoReplyKind, ReplyKind, SendState
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
            "account_id",
            "state",
            "due_at",
            sqlite_where=text("state IN ('pending', 'sending', 'unknown')"),
            postgresql_where=text("state IN ('pending', 'sending', 'unknown')"),
        ),
        Index(
            "ix_reply_part_waiting",
            "facility_id",
            "waits_for",
            sqlite_where=text("waits_for <> ''"),
            postgresql_where=text("waits_for <> ''"),
        ),
        Index(
            "ix_reply_part_status",
            "account_id",
            "status_due_at",
            sqlite_where=text("status_due_at IS NOT NULL"),
            postgresql_where=text("status_due_at IS NOT NULL"),
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
    waits_for: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """While pending: `window` (the citizen has to write first), `call` (a person telephones);
    empty: it leaves when it is due."""
    status_due_at: datetime | None = None
    """When the gateway is asked again how far it got; None: it need not be."""
    status_polls: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class AutoReply(SQLModel, table=True):
    """What the desk says by itself: a receipt, the fixed text of an emergency, the note that an
    answer is ready. Nobody approves it and it answers nothing.
    """

    __tablename__ = "auto_reply"
    __table_args__ = (
        UniqueConstraint("facility_id", "key"),
        Index("ix_auto_reply_external_id", "external_id"),
        Index("ix_auto_reply_contact_id", "contact_id", "kind"),
        Index("ix_auto_reply_facility_id_state", "facility_id", "state"),
        Index(
            "ix_auto_reply_moving",
            "account_id",
            "state",
            "due_at",
            sqlite_where=text("state IN ('pending', 'sending', 'unknown')"),
            postgresql_where=text("state IN ('pending', 'sending', 'unknown')"),
        ),
        Index(
            "ix_auto_reply_status",
            "account_id",
            "status_due_at",
            sqlite_where=text("status_due_at IS NOT NULL"),
            postgresql_where=text("status_due_at IS NOT NULL"),
        ),
    )

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    account_id: int = Field(foreign_key="account.id")
    contact_id: int = Field(foreign_key="contact.id")
    kind: AutoReplyKind = slug(AutoReplyKind)
    key: str
    """What it is about, once: `emergency:MESSAGE`, `receipt:CONTACT:N`, `template:REPLY`."""
    complaint_id: int | None = Field(default=None, foreign_key="complaint.id")
    """The case that it was made for; a receipt may name several (`complaint.receipt_id`)."""
    reply_id: int | None = Field(default=None, foreign_key="reply.id")
    """The approved answer that waits for the citizen, for a template."""
    route: str = "private"
    recipient: str
    text: str = long_text()
    """As it left; drawn when the sending begins."""
    external_id: str = ""
    state: SendState = slug(SendState, default=SendState.PENDING)
    attempts: int = 0
    due_at: datetime | None = None
    holder: str = ""
    lease: float = 0.0
    created_at: datetime
    started_at: datetime | None = None
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    reason: str = ""
    status_due_at: datetime | None = None
    status_polls: int = 0
