"""What a citizen has just said, for those who follow it up in the transaction that recorded it."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.conversation.words import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A person's message, recorded; machines' messages are not among these."""

    message_id: int
    complaint_id: int | None
    """None while it is held (a greeting), and for a word of command without a case."""
    contact_id: int
    account_id: int
    account: str
    """The account's name."""
    channel: str
    text: str
    received_at: datetime
    opened: bool
    """It opened its case."""
    news: bool
    """The team is alerted to it: no import, nothing from before the account's `since`."""
    urgent: bool
    """Its words, or a mail's subject, speak of danger to life."""
    command: Command | None
    """STOP, LIHAT and the like, on channels where people talk in such words."""
