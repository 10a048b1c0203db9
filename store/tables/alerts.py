"""What the team is to be told, in the chat or by mail."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.states import SendState
from store.tables.columns import key, slug


class Alert(SQLModel, table=True):
    """The team is to be told of a new complaint or of a further message."""

    __table_args__ = (
        Index(
            "ix_alert_waiting",
            "facility_id",
            "id",
            sqlite_where=text("post_id IS NULL"),
            postgresql_where=text("post_id IS NULL"),
        ),
        Index("ix_alert_post_id", "post_id"),
        Index(
            "ix_alert_unmailed",
            "facility_id",
            "id",
            sqlite_where=text("post_id IS NULL AND mail_id IS NULL"),
            postgresql_where=text("post_id IS NULL AND mail_id IS NULL"),
        ),
        Index("ix_alert_mail_id", "mail_id"),
    )

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    complaint_id: int = Field(foreign_key="complaint.id", index=True)
    joined: bool = False
    created_at: datetime
    post_id: int | None = Field(default=None, foreign_key="post.id")
    mail_id: int | None = Field(default=None, foreign_key="alert_mail.id")
    """The fallback mail that names it, while that may still be read by anybody."""


class AlertMail(SQLModel, table=True):
    """Alerts that go by mail because the team's chat did not take them. Its text is drawn from
    the truth at sending.
    """

    __tablename__ = "alert_mail"
    __table_args__ = (
        Index("ix_alert_mail_facility_id", "facility_id", "id"),
        Index(
            "ix_alert_mail_untold",
            "facility_id",
            "id",
            sqlite_where=text("told_at IS NULL AND accepted_at IS NOT NULL"),
            postgresql_where=text("told_at IS NULL AND accepted_at IS NOT NULL"),
        ),
    )

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    created_at: datetime
    accepted_at: datetime | None = None
    """Since when somebody can read it: the first copy that the mail server took; the complaints
    on it count as alerted with that. Empty again when every copy came back."""
    told_at: datetime | None = None
    """When the coordinators were told in the chat that this went by mail."""


class AlertCopy(SQLModel, table=True):
    """An alert mail on its way to one person, under its own Message-ID: what a bounce is about."""

    __tablename__ = "alert_copy"
    __table_args__ = (
        UniqueConstraint("mail_id", "recipient"),
        Index(
            "ix_alert_copy_moving",
            "facility_id",
            "due_at",
            sqlite_where=text("state IN ('pending', 'sending')"),
            postgresql_where=text("state IN ('pending', 'sending')"),
        ),
    )

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    mail_id: int = Field(foreign_key="alert_mail.id")
    recipient: str
    external_id: str = ""
    state: SendState = slug(SendState, default=SendState.PENDING)
    attempts: int = 0
    due_at: datetime
    accepted_at: datetime | None = None
    reason: str = ""
