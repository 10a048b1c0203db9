"""Facilities and their accounts, and what processes agree on."""

from datetime import datetime

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.tables.columns import key


class Facility(SQLModel, table=True):
    """A Puskesmas. One of them never notices this table; a district has many."""

    id: int | None = key()
    slug: str = Field(unique=True)
    name: str
    zone: str
    profile: str
    created_at: datetime


class Account(SQLModel, table=True):
    """A configured account of a gateway, and how it fared."""

    __table_args__ = (UniqueConstraint("facility_id", "name"),)

    id: int | None = key()
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


class Counter(SQLModel, table=True):
    """The last number given in a facility and year: gapless, unlike a sequence."""

    facility_id: int = Field(foreign_key="facility.id", primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class Lease(SQLModel, table=True):
    """Who may do what only one may do. The fence grows with every new holder."""

    name: str = Field(primary_key=True)
    holder: str
    fence: int
    expires: float


class Secret(SQLModel, table=True):
    """What all hosts must agree on and nobody else may know."""

    name: str = Field(primary_key=True)
    value: bytes = Field(sa_type=LargeBinary, repr=False)
