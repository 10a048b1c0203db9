"""What gammu-smsd is known by: the folders that it shares with the desk."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class GammuConfig:
    """One modem, as the `[[gammu]]` table of the settings describes it."""

    name: str
    """The account's name in the configuration."""
    spool: Path
    """Holds gammu-smsd's four folders."""
    number: str = ""
    """The SIM's own number, E.164."""

    @property
    def inbox(self) -> Path:
        """`inboxpath`: what came in."""
        return self.spool / "inbox"

    @property
    def outbox(self) -> Path:
        """`outboxpath`: what is to be sent."""
        return self.spool / "outbox"

    @property
    def sent(self) -> Path:
        """`sentsmspath`: what the network took."""
        return self.spool / "sent"

    @property
    def error(self) -> Path:
        """`errorsmspath`: what smsd gave up."""
        return self.spool / "error"

    @property
    def folders(self) -> tuple[Path, ...]:
        """All four."""
        return (self.inbox, self.outbox, self.sent, self.error)
