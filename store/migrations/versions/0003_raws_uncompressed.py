"""Keep raws as they came: mail is mostly base64, and PostgreSQL compressed it in vain."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE delivery ALTER COLUMN raw SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE blob_chunk ALTER COLUMN data SET STORAGE EXTERNAL")
