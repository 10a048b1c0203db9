"""What every table is made of."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, Text
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata


def slug(states: type[StrEnum], **kwargs: Any) -> Any:
    """A column that stores the state's slug as plain text, on every engine the same."""
    kind = Enum(
        states,
        native_enum=False,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )
    return Field(sa_type=kind, **kwargs)


def key() -> Any:
    """A primary key that the database gives."""
    return Field(default=None, primary_key=True)


def long_text(default: str = "") -> Any:
    """A column for what people write."""
    return Field(default=default, sa_type=Text)
