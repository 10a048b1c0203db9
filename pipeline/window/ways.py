"""What a channel says about the way back to a citizen, and until when it stands open."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from channels.base import Sends
from channels.message import Route, RouteKind
from pipeline.ports import Office
from store.tables import Complaint, Contact, Reply


def adapter(office: Office, account_id: int) -> Sends | None:
    """What sends for this account, where it is configured."""
    for name, id_ in office.accounts.items():
        if id_ == account_id:
            found = office.channels.get(name)
            return found if isinstance(found, Sends) else None
    return None


def closes(sender: Sends, contact: Contact) -> datetime | None:
    """When the window closes, or closed, that the citizen's last message opened; None where the
    channel has none.
    """
    if contact.heard_at is None:
        return None
    return sender.routes(contact.address, contact.heard_at, contact.heard_at)[0].until


def open_now(sender: Sends, contact: Contact, now: datetime) -> bool:
    """Whether a text may leave at this moment."""
    kind = sender.routes(contact.address, now, contact.heard_at)[0].kind
    return kind in (RouteKind.PRIVATE, RouteKind.PUBLIC)


def way(sender: Sends, contact: Contact, now: datetime) -> Route:
    """How an answer goes: what an approval binds to. A closed window changes when it leaves, and
    not where to.
    """
    route = sender.routes(contact.address, now, contact.heard_at)[0]
    if route.kind is RouteKind.TEMPLATE:
        return replace(route, kind=RouteKind.PRIVATE, until=None)
    if route.kind is RouteKind.MANUAL and contact.heard_at is not None:
        then = sender.routes(contact.address, contact.heard_at, contact.heard_at)[0]
        return then if then.kind is RouteKind.PRIVATE else route
    return route


def prospect(
    db: Session, office: Office, now: datetime, reply: Reply, account_id: int
) -> tuple[RouteKind, datetime | None]:
    """What would become of this reply if it were to leave now, and when the window closes or
    closed: PRIVATE or PUBLIC it goes at once, TEMPLATE the citizen is told first, MANUAL a person
    carries it.
    """
    sender = adapter(office, account_id)
    if reply.route != RouteKind.PRIVATE or sender is None:
        return RouteKind(reply.route), None
    contact = db.get_one(Contact, db.get_one(Complaint, reply.complaint_id).contact_id)
    until = closes(sender, contact)
    if contact.opted_out_at is not None:
        return RouteKind.MANUAL, until
    return sender.routes(contact.address, now, contact.heard_at)[0].kind, until


def note(db: Session, office: Office, complaint: Complaint) -> None:
    """Keep on the case until when it may be answered freely."""
    sender = adapter(office, complaint.account_id)
    contact = db.get_one(Contact, complaint.contact_id)
    until = closes(sender, contact) if sender is not None else None
    if until is not None and until != complaint.window_until:
        complaint.window_until, complaint.window_told_at = until, None
