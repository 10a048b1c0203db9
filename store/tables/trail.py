"""Decisions and facts, in a chain."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from store.tables.columns import key, long_text


class Event(SQLModel, table=True):
    """A decision or a fact, in a hash chain a facility: nothing is changed afterwards unseen."""

    __table_args__ = (Index("ix_event_complaint_id", "complaint_id"),)

    id: int | None = key()
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
    text: str = long_text()
