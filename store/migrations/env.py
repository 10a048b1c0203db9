"""What Alembic runs for a migration or a comparison; the caller has the transaction."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Enum, String
from sqlmodel import AutoString

from store.tables import metadata


def _render(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write SQLModel's own types down as what they are, so that no revision needs SQLModel."""
    if kind != "type":
        return False
    if isinstance(thing, Enum):
        return f"sa.String(length={thing.length})"
    if isinstance(thing, AutoString):
        return "sa.String()"
    if type(thing).__name__ == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    assert isinstance(thing, String) or type(thing).__module__.startswith("sqlalchemy"), thing
    return False


connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
