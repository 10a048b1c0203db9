"""The truth, table by table. Everything belongs to a facility.

Datetimes are aware and UTC. Moments of leases are seconds since 1970 by the database's own
clock (see `store.clock`), because two hosts need not agree on the time. `table=True` models do
not validate: what comes from outside is checked before it gets here.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Enum,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlmodel import Field, SQLModel

from store.states import (
    Disposition,
    Kind,
    ReplyKind,
    Role,
    SendState,
    Status,
    SuggestionState,
    UpdateState,
)

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata


def _slug(states: type[StrEnum], **kwargs: Any) -> Any:
    """A column that stores the state's slug as plain text, on every engine the same."""
    kind = Enum(
        states,
        native_enum=False,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )
    return Field(sa_type=kind, **kwargs)


def _key() -> Any:
    return Field(default=None, primary_key=True)


def _text(default: str = "") -> Any:
    return Field(default=default, sa_type=Text)


class Facility(SQLModel, table=True):
    """A Puskesmas. One of them never notices this table; a district has many."""

    id: int | None = _key()
    slug: str = Field(unique=True)
    name: str
    zone: str
    profile: str
    created_at: datetime


class Account(SQLModel, table=True):
    """A configured account of a gateway, and how it fared."""

    __table_args__ = (UniqueConstraint("facility_id", "name"),)

    id: int | None = _key()
    facility_id: int = Field(foreign_key="facility.id")
    channel: str
    name: str
    address: str = ""
    since: datetime
    """What arrived before is recorded and not alerted."""
    created_at: datetime
    polled_at: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""


class Cursor(SQLModel, table=True):
    """Where a poller stands in one stream; moves with the rows it brought."""

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    stream: str = Field(primary_key=True)
    value: str
    updated_at: datetime


class Lease(SQLModel, table=True):
    """Who may do what only one may do. The fence grows with every new holder."""

    name: str = Field(primary_key=True)
    holder: str
    fence: int
    expires: float


class Delivery(SQLModel, table=True):
    """What a gateway handed over, byte for byte, and what became of it."""

    __table_args__ = (
        UniqueConstraint("account_id", "transport_id", "revision"),
        Index(
            "ix_delivery_pending",
            "facility_id",
            "id",
            sqlite_where=text("disposition = 'pending'"),
            postgresql_where=text("disposition = 'pending'"),
        ),
        Index(
            "ix_delivery_quarantined",
            "facility_id",
            "id",
            sqlite_where=text("disposition = 'quarantined'"),
            postgresql_where=text("disposition = 'quarantined'"),
        ),
        Index(
            "ix_delivery_blob",
            "blob",
            sqlite_where=text("blob IS NOT NULL"),
            postgresql_where=text("blob IS NOT NULL"),
        ),
    )

    id: int | None = _key()
    facility_id: int = Field(foreign_key="facility.id")
    account_id: int = Field(foreign_key="account.id")
    stream: str
    transport_id: str
    revision: str = "0"
    meta: str = "{}"
    received_at: datetime
    fetched_at: datetime
    size: int
    raw: bytes | None = Field(default=None, sa_type=LargeBinary)
    blob: str | None = None
    """Key in the Blobs port when the raw is too large for a row."""
    disposition: Disposition = _slug(Disposition, default=Disposition.PENDING)
    reason: str = ""
    attempts: int = 0
    """Tries that it has spoiled; see `store.claims`."""
    claimed_by: str | None = None
    """The process that has it in hand, or had when it died."""
    at_stake: int | None = None
    """Tries that it loses should that process die; 0 when it is in hand with others."""
    error: str = _text()


class Blob(SQLModel, table=True):
    """A large raw in the database, where several hosts share one. It is whole when its chunks
    are all there; only a whole one is ever named by a delivery.
    """

    key: str = Field(primary_key=True)
    """SHA-256 of the bytes."""
    size: int = Field(sa_type=BigInteger)
    adopted: float
    """Database seconds of the last time that somebody brought these bytes."""


class BlobChunk(SQLModel, table=True):
    """A piece of a blob: `store.chunks.CHUNK` bytes, the last one fewer."""

    __tablename__ = "blob_chunk"

    key: str = Field(foreign_key="blob.key", primary_key=True)
    position: int = Field(primary_key=True)
    """From 0."""
    data: bytes = Field(sa_type=LargeBinary, repr=False)


class Secret(SQLModel, table=True):
    """What all hosts must agree on and nobody else may know."""

    name: str = Field(primary_key=True)
    value: bytes = Field(sa_type=LargeBinary, repr=False)


class Contact(SQLModel, table=True):
    """Somebody who complained: an address on a channel."""

    __table_args__ = (UniqueConstraint("facility_id", "channel", "address"),)

    id: int | None = _key()
    facility_id: int = Field(foreign_key="facility.id")
    channel: str
    address: str
    name: str = ""
    created_at: datetime


class Complaint(SQLModel, table=True):
    """A case at the desk."""

    __table_args__ = (
        UniqueConstraint("facility_id", "year", "serial"),
        Index("ix_complaint_contact_id", "contact_id"),
        Index("ix_complaint_facility_id_status", "facility_id", "status"),
    )

    id: int | None = _key()
    facility_id: int = Field(foreign_key="facility.id")
    year: int
    serial: int
    number: str
    account_id: int = Field(foreign_key="account.id")
    channel: str
    medium: str = ""
    """How it really came when it was typed in: whatsapp, phone, counter, letter, box."""
    contact_id: int = Field(foreign_key="contact.id")
    kind: Kind = _slug(Kind, default=Kind.COMPLAINT)
    category: str | None = None
    urgency: str | None = None
    status: Status = _slug(Status, default=Status.NEW)
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
    )

    id: int | None = _key()
    facility_id: int = Field(foreign_key="facility.id")
    channel: str
    identity: str
    external_id: str
    delivery_id: int = Field(foreign_key="delivery.id")
    complaint_id: int | None = Field(default=None, foreign_key="complaint.id")
    contact_id: int = Field(foreign_key="contact.id")
    conversation: str
    subject: str = _text()
    text: str = _text()
    full_text: str = _text()
    sent_at: datetime | None = None
    received_at: datetime
    recorded_at: datetime
    in_reply_to: str = ""
    references: str = _text()
    """Space-separated ids."""
    set_aside: str = ""
    """Why it is no case: automatic, bounce, list, junk, own; empty when it is one."""
    unreadable: str = ""
    truncated: bool = False


class Attachment(SQLModel, table=True):
    """A file in a message; its bytes stay in the raw delivery, at `part`."""

    id: int | None = _key()
    message_id: int = Field(foreign_key="message.id", index=True)
    name: str
    content_type: str
    size: int
    part: str = ""


class Counter(SQLModel, table=True):
    """The last number given in a facility and year: gapless, unlike a sequence."""

    facility_id: int = Field(foreign_key="facility.id", primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class Suggestion(SQLModel, table=True):
    """Two complaints that may be one; a person decides."""

    __table_args__ = (UniqueConstraint("complaint_id", "other_id"),)

    id: int | None = _key()
    facility_id: int = Field(foreign_key="facility.id")
    complaint_id: int = Field(foreign_key="complaint.id")
    other_id: int = Field(foreign_key="complaint.id")
    reason: str
    state: SuggestionState = _slug(SuggestionState, default=SuggestionState.OPEN)
    created_at: datetime


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

    id: int | None = _key()
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

    id: int | None = _key()
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

    id: int | None = _key()
    facility_id: int = Field(foreign_key="facility.id")
    mail_id: int = Field(foreign_key="alert_mail.id")
    recipient: str
    external_id: str = ""
    state: SendState = _slug(SendState, default=SendState.PENDING)
    attempts: int = 0
    due_at: datetime
    accepted_at: datetime | None = None
    reason: str = ""


class Reply(SQLModel, table=True):
    """One version of an answer. Never changed: an edit is the next version."""

    __table_args__ = (UniqueConstraint("complaint_id", "version"),)

    id: int | None = _key()
    facility_id: int = Field(foreign_key="facility.id")
    complaint_id: int = Field(foreign_key="complaint.id")
    version: int
    kind: ReplyKind = _slug(ReplyKind, default=ReplyKind.ANSWER)
    text: str = _text()
    route: str
    recipient: str
    recipient_name: str = ""
    subject: str = _text()
    in_reply_to: str = ""
    references: str = _text()
    digest: str
    """Of text, recipient, route and attachments: what an approval binds to."""
    author_id: int = Field(foreign_key="staff.id")
    created_at: datetime
    update_id: int | None = None
    """The update that it was written in: whoever changes that message means this text."""


class Approval(SQLModel, table=True):
    """A person's word for one digest, in one step of the chain."""

    __table_args__ = (UniqueConstraint("reply_id", "step"),)

    id: int | None = _key()
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

    id: int | None = _key()
    facility_id: int = Field(foreign_key="facility.id")
    account_id: int = Field(foreign_key="account.id")
    reply_id: int = Field(foreign_key="reply.id")
    position: int = 0
    text: str = _text()
    external_id: str = ""
    state: SendState = _slug(SendState, default=SendState.HELD)
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

    id: int | None = _key()
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
    state: SendState = _slug(SendState, default=SendState.PENDING)
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

    id: int | None = _key()
    bot_id: int = Field(sa_type=BigInteger)
    update_id: int = Field(sa_type=BigInteger)
    raw: str = _text()
    received_at: datetime
    state: UpdateState = _slug(UpdateState, default=UpdateState.PENDING)
    attempts: int = 0
    error: str = ""


class Staff(SQLModel, table=True):
    """Who may act at the desk. Being in the chat counts for nothing."""

    __table_args__ = (UniqueConstraint("facility_id", "telegram_id"),)

    id: int | None = _key()
    facility_id: int = Field(foreign_key="facility.id")
    name: str
    role: Role = _slug(Role)
    telegram_id: int | None = Field(default=None, sa_type=BigInteger)
    started: bool = False
    """Has pressed Start, so the bot may write to them."""
    active: bool = True
    created_at: datetime
    revoked_at: datetime | None = None
    pin_hash: str = Field(default="", repr=False, sa_column_kwargs={"server_default": ""})
    """Of the PIN that lets them in at the PC, see `store.pins`; empty while there is none."""
    pin_failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Wrong tries since the last right one."""
    pin_locked_until: datetime | None = None


class Invite(SQLModel, table=True):
    """A one-time code that binds a telegram id to a member of staff."""

    id: int | None = _key()
    staff_id: int = Field(foreign_key="staff.id")
    code_hash: str = Field(unique=True)
    expires_at: datetime
    used_at: datetime | None = None


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


class Event(SQLModel, table=True):
    """A decision or a fact, in a hash chain a facility: nothing is changed afterwards unseen."""

    __table_args__ = (Index("ix_event_complaint_id", "complaint_id"),)

    id: int | None = _key()
    facility_id: int = Field(foreign_key="facility.id", index=True)
    complaint_id: int | None = Field(default=None, foreign_key="complaint.id")
    at: datetime
    actor_id: int | None = Field(default=None, foreign_key="staff.id")
    kind: str
    params: str = "{}"
    """Keys and numbers, no text of anybody's."""
    text_digest: str = ""
    """Salted digest of the text beside it, so that the text can leave and the chain holds."""
    previous: str
    hash: str


class EventText(SQLModel, table=True):
    """The text that belongs to an event, erasable."""

    __tablename__ = "event_text"

    event_id: int = Field(foreign_key="event.id", primary_key=True)
    salt: str
    text: str = _text()


_AS_IT_CAME = (
    "ALTER TABLE delivery ALTER COLUMN raw SET STORAGE EXTERNAL",
    "ALTER TABLE blob_chunk ALTER COLUMN data SET STORAGE EXTERNAL",
)
"""On PostgreSQL: large values apart from their rows, and not compressed."""
for _statement in _AS_IT_CAME:
    _ddl: Any = DDL(_statement)  # type: ignore[no-untyped-call]
    event.listen(metadata, "after_create", _ddl.execute_if(dialect="postgresql"))
