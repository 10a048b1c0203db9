"""What the desk says to a citizen by itself: who gets it, when, and in which words."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from pipeline.heard import Heard
from pipeline.ports import Office


def heard(db: Session, office: Office, now: datetime, said: Sequence[Heard]) -> None:
    """Citizens wrote: receipts, the fixed text of an emergency, and what STOP and MULAI do."""
