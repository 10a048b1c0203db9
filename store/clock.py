"""The database's own time, for leases: two hosts need not agree on the hour."""

from sqlalchemy import ColumnElement, Connection, Float, literal_column


def database_seconds(connection: Connection) -> ColumnElement[float]:
    """An SQL expression for seconds since 1970, now, also within a long transaction."""
    if connection.dialect.name == "postgresql":
        expression = "extract(epoch from clock_timestamp())::float8"
    else:
        expression = "((julianday('now') - 2440587.5) * 86400.0)"
    return literal_column(expression, Float)
