"""The time, read here and passed in everywhere else; a fault test may set it wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

_offset: Path | None = None


def now() -> datetime:
    """The time as this machine has it, aware and UTC."""
    real = datetime.now(UTC)
    return real if _offset is None else real + _told(_offset)


def set_wrong(offset: Path | None) -> None:
    """Let the clock be wrong by the seconds that stand in a file, read anew each time, so that it
    can jump while the process runs; None: it is right again.
    """
    global _offset  # noqa: PLW0603  (one clock a process is what this is)
    _offset = offset


def _told(file: Path) -> timedelta:
    try:
        return timedelta(seconds=float(file.read_text()))
    except FileNotFoundError:
        return timedelta()
