"""What an automatic message says, drawn from the truth when its sending begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from pipeline.ports import Office
from store.tables import AutoReply


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """An automatic message as it leaves."""

    text: str
    subject: str = ""
    """Of a mail, exactly as it is to stand there."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What a template's blanks are filled with."""
    in_reply_to: str = ""
    references: str = ""
    """Space-separated ids, as `Reply.references`."""


def words(db: Session, office: Office, now: datetime, row: AutoReply) -> Words | None:
    """The content of `row` at this moment; None where nobody wants it any more.

    Called in the write transaction that begins the sending.
    """
    return None
