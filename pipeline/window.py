"""The provider's time to answer: when it closes, what happens after, what opens it again.

https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from pipeline.heard import Heard
from pipeline.ports import Office


def heard(db: Session, office: Office, now: datetime, said: Sequence[Heard]) -> None:
    """Citizens wrote: their windows are open anew, and what waited for that may leave."""
