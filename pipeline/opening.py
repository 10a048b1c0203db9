"""A case gets its number, its clocks and its place in the trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from pipeline.ports import Office
from store import complaints, events, numbers
from store.states import Kind, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is known of a case before it has a number."""

    account_id: int
    channel: str
    medium: str = ""
    contact_id: int
    received_at: datetime
    delivery_id: int
    urgent: bool = False
    """Its first words speak of danger to life."""


def open_cases(
    db: Session, office: Office, now: datetime, openings: Sequence[Opening]
) -> list[int]:
    """Open them in this order and return their ids. Numbers are taken last in the caller's
    transaction, when whatever could fail before has not; the year is that of recording.
    """
    if not openings:
        return []
    year = now.astimezone(ZoneInfo(office.zone)).year
    first = numbers.take(db, office.id, year, len(openings))
    clocks, calendar = office.profile.clocks, office.calendar
    alert, answer = clocks["alert"], clocks["feedback"] or clocks["first-response"]
    rows = [
        {
            "facility_id": office.id,
            "year": year,
            "serial": serial,
            "number": numbers.public(year, serial),
            "account_id": opening.account_id,
            "channel": opening.channel,
            "medium": opening.medium,
            "contact_id": opening.contact_id,
            "kind": Kind.EMERGENCY if opening.urgent else Kind.COMPLAINT,
            "urgency": "red" if opening.urgent else None,
            "status": Status.NEW,
            "received_at": opening.received_at,
            "recorded_at": now,
            "alert_due_at": alert.due(opening.received_at, calendar) if alert else None,
            "answer_due_at": answer.due(opening.received_at, calendar) if answer else None,
            "foreign_answer": False,
        }
        for serial, opening in enumerate(openings, first)
    ]
    by_serial = complaints.add(db, rows)
    ids = [by_serial[serial] for serial, _ in enumerate(openings, first)]
    events.append_many(
        db,
        "recorded",
        facility_id=office.id,
        now=now,
        complaints=[
            (id_, {"number": numbers.public(year, serial), "delivery": opening.delivery_id})
            for id_, (serial, opening) in zip(ids, enumerate(openings, first), strict=True)
        ],
    )
    return ids
