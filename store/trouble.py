"""Whether an error is the machine's: the database away, busy or full, the disk at its end.

What the machine did is nobody's fault: work that met it is simply done again later.
https://www.sqlite.org/rescode.html
https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_SQLITE = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    )
)
_POSTGRES = ("08", "25", "40", "53", "55", "57", "58", "XX")
"""Classes of SQLSTATE. 54, a limit that a value exceeds, is not among them."""
_FILES = frozenset(
    getattr(errno, name)
    for name in (
        *("ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ENFILE", "ENOMEM"),
        *("EACCES", "EPERM", "ESTALE", "EBUSY", "ENOLCK"),
    )
    if hasattr(errno, name)  # Windows knows fewer
)


def is_the_machine_s(error: BaseException) -> bool:
    """True for what a delivery cannot be blamed for and time or a person may mend."""
    if isinstance(error, PoolTimeout | InterfaceError):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _of_the_driver(error)
    return isinstance(error, OSError) and error.errno in _FILES


def _of_the_driver(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return str(state).startswith(_POSTGRES)
    # A connection that broke has no code: nobody was there to give one.
    return isinstance(error, OperationalError)
