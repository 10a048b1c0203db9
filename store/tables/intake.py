"""What came in, byte for byte."""

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, BigInteger, Index, LargeBinary, UniqueConstraint, event, text
from sqlmodel import Field, SQLModel

from store.states import Disposition
from store.tables.columns import key, long_text, metadata, slug


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

    id: int | None = key()
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
    disposition: Disposition = slug(Disposition, default=Disposition.PENDING)
    reason: str = ""
    attempts: int = 0
    """Tries that it has spoiled; see `store.claims`."""
    claimed_by: str | None = None
    """The process that has it in hand, or had when it died."""
    at_stake: int | None = None
    """Tries that it loses should that process die; 0 when it is in hand with others."""
    error: str = long_text()


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


_AS_IT_CAME = (
    "ALTER TABLE delivery ALTER COLUMN raw SET STORAGE EXTERNAL",
    "ALTER TABLE blob_chunk ALTER COLUMN data SET STORAGE EXTERNAL",
)
"""On PostgreSQL: large values apart from their rows, and not compressed."""
for _statement in _AS_IT_CAME:
    _ddl: Any = DDL(_statement)  # type: ignore[no-untyped-call]
    event.listen(metadata, "after_create", _ddl.execute_if(dialect="postgresql"))
