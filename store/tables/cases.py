"""Who complained, of what, and what belongs together."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.states import Kind, Status, SuggestionState
from store.tables.columns import key, long_text, slug


class Contact(SQLModel, table=True):
    """Somebody who complained: an address on a channel."""

    __table_args__ = (UniqueConstraint("facility_id", "channel", "address"),)

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    channel: str
    address: str
    name: str = ""
    created_at: datetime
    heard_at: datetime | None = None
    """When they last wrote, by the gateway's time: what a window to answer counts from."""
    opted_out_at: datetime | None = None
    """Since when they want no messages on this channel; None: they take them."""


class Complaint(SQLModel, table=True):
    """A case at the desk."""

    __table_args__ = (
        UniqueConstraint("facility_id", "year", "serial"),
        Index("ix_complaint_contact_id", "contact_id"),
        Index("ix_complaint_facility_id_status", "facility_id", "status"),
        Index(
            "ix_complaint_window",
            "facility_id",
            "window_until",
            sqlite_where=text("window_until IS NOT NULL"),
            postgresql_where=text("window_until IS NOT NULL"),
        ),
        Index(
            "ix_complaint_receipt_id",
            "receipt_id",
            sqlite_where=text("receipt_id IS NOT NULL"),
            postgresql_where=text("receipt_id IS NOT NULL"),
        ),
    )

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    year: int
    serial: int
    number: str
    account_id: int = Field(foreign_key="account.id")
    channel: str
    medium: str = ""
    """How it really came when it was typed in: whatsapp, phone, counter, letter, box."""
    contact_id: int = Field(foreign_key="contact.id")
    kind: Kind = slug(Kind, default=Kind.COMPLAINT)
    category: str | None = None
    urgency: str | None = None
    status: Status = slug(Status, default=Status.NEW)
    received_at: datetime
    recorded_at: datetime
    alert_due_at: datetime | None = None
    answer_due_at: datetime | None = None
    alerted_at: datetime | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    taken_by: int | None = Field(default=None, foreign_key="staff.id")
    taken_at: datetime | None = None
    merged_into: int | None = Field(default=None, foreign_key="complaint.id")
    foreign_answer: bool = False
    """An answer typed in the provider's program is waiting for a person's word on it."""
    window_until: datetime | None = None
    """Until when the provider lets us answer freely; None where there is no such limit."""
    window_told_at: datetime | None = None
    """When staff were reminded that this window closes soon; a new window clears it."""
    receipt_id: int | None = None
    """The `auto_reply` that tells the citizen its number. No foreign key: that row refers to
    answers, and answers to cases."""


class Message(SQLModel, table=True):
    """What a citizen wrote, understood. Without a complaint it was set aside."""

    __table_args__ = (
        UniqueConstraint("facility_id", "channel", "identity"),
        Index("ix_message_complaint_id", "complaint_id"),
        Index("ix_message_facility_id_external_id", "facility_id", "external_id"),
        Index(
            "ix_message_facility_id_in_reply_to",
            "facility_id",
            "in_reply_to",
            sqlite_where=text("in_reply_to <> ''"),
            postgresql_where=text("in_reply_to <> ''"),
        ),
        Index("ix_message_contact_id", "contact_id", "id"),
        Index(
            "ix_message_held",
            "facility_id",
            "held_until",
            sqlite_where=text("held_until IS NOT NULL"),
            postgresql_where=text("held_until IS NOT NULL"),
        ),
    )

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    channel: str
    identity: str
    external_id: str
    delivery_id: int = Field(foreign_key="delivery.id")
    complaint_id: int | None = Field(default=None, foreign_key="complaint.id")
    contact_id: int = Field(foreign_key="contact.id")
    conversation: str
    subject: str = long_text()
    text: str = long_text()
    full_text: str = long_text()
    sent_at: datetime | None = None
    received_at: datetime
    recorded_at: datetime
    in_reply_to: str = ""
    references: str = long_text()
    """Space-separated ids."""
    set_aside: str = ""
    """Why it is no case: automatic, bounce, list, junk, own; empty when it is one."""
    unreadable: str = ""
    truncated: bool = False
    form: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """What it is where it is no plain text, see `channels.message.Message.form`."""
    medium: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """How it came where the channel's name does not say it: what its case will be marked with."""
    held_until: datetime | None = None
    """It says nothing yet (a greeting): until then it waits for what follows, without a case."""
    withdrawn_at: datetime | None = None
    """When the citizen took it back; the words stay for those who have read them."""


class Attachment(SQLModel, table=True):
    """A file in a message. Its bytes stay in the raw delivery, at `part`; those of a remote one
    are fetched from the gateway into `blob`.
    """

    __table_args__ = (
        Index(
            "ix_attachment_fetching",
            "account_id",
            "due_at",
            sqlite_where=text("fetch_state = 'pending'"),
            postgresql_where=text("fetch_state = 'pending'"),
        ),
        Index(
            "ix_attachment_blob",
            "blob",
            sqlite_where=text("blob IS NOT NULL"),
            postgresql_where=text("blob IS NOT NULL"),
        ),
    )

    id: int | None = key()
    message_id: int = Field(foreign_key="message.id", index=True)
    name: str
    content_type: str
    size: int
    part: str = ""
    fetch_state: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Of a remote one: pending, done, failed; empty for what is in the raw."""
    account_id: int | None = None
    """Of a remote one: the account at whose gateway it lies."""
    blob: str | None = None
    """Key in the Blobs port, once it is fetched."""
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    due_at: datetime | None = None
    reason: str = Field(default="", sa_column_kwargs={"server_default": ""})


class Suggestion(SQLModel, table=True):
    """Two complaints that may be one; a person decides."""

    __table_args__ = (UniqueConstraint("complaint_id", "other_id"),)

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    complaint_id: int = Field(foreign_key="complaint.id")
    other_id: int = Field(foreign_key="complaint.id")
    reason: str
    state: SuggestionState = slug(SuggestionState, default=SuggestionState.OPEN)
    created_at: datetime
