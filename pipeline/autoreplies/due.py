"""Who is to be told what, in the transaction that recorded what they said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from channels.message import Route
from pipeline.autoreplies import receipts
from pipeline.autoreplies.rules import DAY, ours, plain, way
from pipeline.conversation.words import Command
from pipeline.heard import Heard
from pipeline.ports import Office
from store import events
from store.states import AutoReplyKind, SendState
from store.tables import AutoReply, Contact
from store.upsert import insert_all

EMERGENCY_APART = timedelta(minutes=10)
"""Between two emergency texts to one sender."""
MOST_ALARMS = 6
"""Emergency texts to one sender in 24 hours: a machine that speaks of danger is answered no more
often.
"""
_OWN_WORDS = {"twilio": {"stop", "start"}}
"""Words that a provider itself obeys and confirms, where they are all that is said.
https://help.twilio.com/articles/223134027
"""


def heard(db: Session, office: Office, now: datetime, said: Sequence[Heard]) -> None:
    """Citizens wrote: receipts, the fixed text of an emergency, and what STOP and MULAI do."""
    wanted = [item for item in said if item.news or item.command in (Command.STOP, Command.START)]
    if not wanted:
        return
    ids = {item.contact_id for item in wanted}
    people = {it.id: it for it in db.exec(select(Contact).where(col(Contact.id).in_(ids)))}
    own = ours(db, office)
    rows: list[dict[str, Any]] = []
    opened: list[tuple[Heard, Route]] = []
    alarmed: list[tuple[Heard, Route]] = []
    for item in wanted:
        person = people[item.contact_id]
        if plain(person.address) in own:
            continue
        route = way(office, item.account, person.address, now, item.received_at)
        if item.command in (Command.STOP, Command.START):
            changed = _turn(db, office, now, item, person)
            if changed and route and not _confirmed_by_provider(item):
                kind = AutoReplyKind.OPT_OUT if person.opted_out_at else AutoReplyKind.OPT_IN
                rows.append(message(office, now, item, route, kind))
        elif route is None or person.opted_out_at is not None:
            continue
        else:
            if item.urgent:
                alarmed.append((item, route))
            if item.opened:
                opened.append((item, route))
    rows += _emergencies(db, office, now, alarmed)
    insert_all(db, AutoReply, rows)
    if office.settings.receipts:
        receipts.gather(db, office, now, opened)


def message(
    office: Office, now: datetime, item: Heard, route: Route, kind: AutoReplyKind
) -> dict[str, Any]:
    """A row for what is said about this one message, at once."""
    return receipts.blank(office, now) | {
        "account_id": item.account_id,
        "contact_id": item.contact_id,
        "kind": kind,
        "key": f"{kind}:{item.message_id}",
        "complaint_id": item.complaint_id,
        "recipient": route.recipient,
        "due_at": now,
    }


def _turn(db: Session, office: Office, now: datetime, item: Heard, person: Contact) -> bool:
    """Whether a person's wish changed; it stands in the trail."""
    stops = item.command is Command.STOP
    if stops == (person.opted_out_at is not None):
        return False
    person.opted_out_at = now if stops else None
    events.append(
        db,
        "opted-out" if stops else "opted-in",
        facility_id=office.id,
        now=now,
        complaint_id=item.complaint_id,
        params={"contact": item.contact_id, "message": item.message_id},
    )
    return True


def _confirmed_by_provider(item: Heard) -> bool:
    return item.text.strip().lower() in _OWN_WORDS.get(item.channel, ())


def _emergencies(
    db: Session, office: Office, now: datetime, alarmed: Sequence[tuple[Heard, Route]]
) -> list[dict[str, Any]]:
    if not alarmed:
        return []
    before: dict[int, list[datetime]] = {}
    for contact, at in db.exec(
        select(AutoReply.contact_id, AutoReply.created_at).where(
            col(AutoReply.contact_id).in_({item.contact_id for item, _ in alarmed}),
            AutoReply.kind == AutoReplyKind.EMERGENCY,
            AutoReply.created_at > now - DAY,
            col(AutoReply.state).not_in((SendState.CANCELLED, SendState.FAILED)),
        )
    ):
        before.setdefault(contact, []).append(at)
    told = {
        contact
        for contact, times in before.items()
        if max(times) > now - EMERGENCY_APART or len(times) >= MOST_ALARMS
    }
    rows = []
    for item, route in alarmed:
        if item.contact_id not in told:
            told.add(item.contact_id)
            rows.append(message(office, now, item, route, AutoReplyKind.EMERGENCY))
    return rows
