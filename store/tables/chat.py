"""The team's chat: what stands there and what people do in it."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.states import SendState, UpdateState
from store.tables.columns import key, long_text, slug


class Post(SQLModel, table=True):
    """A message in the team's chat: a view of the truth, drawn anew when that changes.

    Its text is rendered at sending and never stored: drafts and citizens' words stand in one
    place only.
    """

    __table_args__ = (
        Index("ix_post_chat_id_message_id", "chat_id", "message_id"),
        Index("ix_post_complaint_id", "complaint_id"),
        # Of each chat the first of what waits, however much that is.
        Index(
            "ix_post_unsent",
            "facility_id",
            "state",
            "staff_id",
            "id",
            sqlite_where=text("state IN ('pending', 'sending')"),
            postgresql_where=text("state IN ('pending', 'sending')"),
        ),
        Index(
            "ix_post_redraw",
            "facility_id",
            "staff_id",
            "due_at",
            "id",
            sqlite_where=text("state = 'accepted' AND wanted > shown"),
            postgresql_where=text("state = 'accepted' AND wanted > shown"),
        ),
        Index(
            "ix_post_notice",
            "facility_id",
            "created_at",
            sqlite_where=text("kind = 'notice'"),
            postgresql_where=text("kind = 'notice'"),
        ),
        Index(
            "ix_post_moving",
            "facility_id",
            "chat_id",
            "id",
            sqlite_where=text("state IN ('pending', 'sending') OR wanted > shown"),
            postgresql_where=text("state IN ('pending', 'sending') OR wanted > shown"),
        ),
    )

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    staff_id: int | None = Field(default=None, foreign_key="staff.id")
    """Whose private chat; None is the facility's group."""
    chat_id: int | None = Field(default=None, sa_type=BigInteger)
    """Set when it is accepted: where it stands."""
    kind: str
    """Which view: a key of the notifier's table of cards."""
    complaint_id: int | None = Field(default=None, foreign_key="complaint.id")
    reply_id: int | None = Field(default=None, foreign_key="reply.id")
    params: str = "{}"
    """What the view needs besides: a JSON object of keys and numbers."""
    state: SendState = slug(SendState, default=SendState.PENDING)
    attempts: int = 0
    due_at: datetime
    created_at: datetime
    accepted_at: datetime | None = None
    message_id: int | None = Field(default=None, sa_type=BigInteger)
    wanted: int = 0
    shown: int = 0
    """It is edited while `wanted` is ahead."""
    reason: str = ""
    mail_id: int | None = Field(default=None, foreign_key="alert_mail.id")
    """The fallback mail that sums it up: a warning which the chat did not take."""


class Update(SQLModel, table=True):
    """Something from the team's chat, byte for byte, before anything acts on it."""

    __table_args__ = (
        UniqueConstraint("bot_id", "update_id"),
        Index(
            "ix_update_pending",
            "bot_id",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: int | None = key()
    bot_id: int = Field(sa_type=BigInteger)
    update_id: int = Field(sa_type=BigInteger)
    raw: str = long_text()
    received_at: datetime
    state: UpdateState = slug(UpdateState, default=UpdateState.PENDING)
    attempts: int = 0
    error: str = ""


class Group(SQLModel, table=True):
    """The facility's team group."""

    __tablename__ = "team_group"

    facility_id: int = Field(foreign_key="facility.id", primary_key=True)
    chat_id: int = Field(sa_type=BigInteger)
    enrolled_at: datetime
    broken: str = ""
    """Why nothing can be posted there (removed, forbidden); empty when well."""
    failing_since: datetime | None = None
    """Since when no new card got there, whatever the reason; None once one has, or never tried."""
    failing_why: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """A slug of `pipeline.chathealth.Why`."""


class Bot(SQLModel, table=True):
    """How listening to a bot fares: whether what people tap and write reaches us."""

    bot_id: int = Field(primary_key=True, sa_type=BigInteger)
    failing_since: datetime | None = None
    failing_why: str = ""
    """A slug of `pipeline.chathealth.Why`."""


class Prompt(SQLModel, table=True):
    """What a person's next message in the private chat is for. One a person."""

    staff_id: int = Field(foreign_key="staff.id", primary_key=True)
    purpose: str
    complaint_id: int | None = Field(default=None, foreign_key="complaint.id")
    reply_id: int | None = Field(default=None, foreign_key="reply.id")
    params: str = "{}"
    created_at: datetime
