"""Who is to be told what, in the transaction that recorded what they said."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from pipeline.heard import Heard
from pipeline.ports import Office
from store.tables import Contact


def heard(db: Session, office: Office, now: datetime, said: Sequence[Heard]) -> None:
    """Citizens wrote: receipts, the fixed text of an emergency, and what STOP and MULAI do."""


def may_reach(db: Session, contact: Contact) -> bool:
    """Whether anything may be sent to this person on this channel: they have not said STOP."""
    return contact.opted_out_at is None
