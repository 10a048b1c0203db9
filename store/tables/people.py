"""Who may act at the desk."""

from datetime import datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.states import Role
from store.tables.columns import key, slug


class Staff(SQLModel, table=True):
    """Who may act at the desk. Being in the chat counts for nothing."""

    __table_args__ = (UniqueConstraint("facility_id", "telegram_id"),)

    id: int | None = key()
    facility_id: int = Field(foreign_key="facility.id")
    name: str
    role: Role = slug(Role)
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

    id: int | None = key()
    staff_id: int = Field(foreign_key="staff.id")
    code_hash: str = Field(unique=True)
    expires_at: datetime
    used_at: datetime | None = None
