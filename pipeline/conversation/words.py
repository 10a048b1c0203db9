"""What a short message means, as tables."""

from enum import StrEnum


class Command(StrEnum):
    """A word by which a citizen asks the desk itself for something."""

    RELEASE = "release"
    """LIHAT: let the answer that waits come."""
    STOP = "stop"
    """STOP, BERHENTI: no messages any more."""
    START = "start"
    """MULAI: messages again."""
    SATISFIED = "satisfied"
    """PUAS."""
    UNSATISFIED = "unsatisfied"
    """BELUM."""
    AGREED = "agreed"
    """SETUJU, «YA, sudah jelas»: a signature at a distance."""


_COMMANDS: dict[str, Command] = {
    "lihat": Command.RELEASE,
    "stop": Command.STOP,
    "berhenti": Command.STOP,
    "mulai": Command.START,
    "start": Command.START,
    "puas": Command.SATISFIED,
    "belum": Command.UNSATISFIED,
    "setuju": Command.AGREED,
}


def command(text: str) -> Command | None:
    """The command that this message is, and nothing else besides; None for a text."""
    return _COMMANDS.get(text.strip(" \t\n.!").lower())
