"""A person's decision, as it stands in the audit trail."""

from datetime import datetime

from sqlmodel import Session

from store import events
from store.tables import Staff


def decided(
    db: Session,
    now: datetime,
    actor: Staff,
    complaint_id: int | None,
    kind: str,
    *,
    text: str = "",
    **params: str | int | None,
) -> int:
    """Write it down and return the event's id. What somebody wrote goes into `text` only."""
    return events.append(
        db,
        kind,
        facility_id=actor.facility_id,
        now=now,
        complaint_id=complaint_id,
        actor_id=actor.id,
        text=text,
        params=params,
    )
