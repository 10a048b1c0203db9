"""A batch on its way into the database, and the rows it becomes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from channels.message import Edit, Message, OwnEcho, Withdrawal
from pipeline.conversation.words import Command
from pipeline.joining import Case
from pipeline.ports import Office
from store import contacts
from store.conversations import HeldMessage
from store.deliveries import Waiting
from store.states import Disposition


@dataclass(slots=True)
class Entry:
    """A message on its way into the database."""

    row: Waiting
    message: Message
    case: Case | None = None
    joins: bool = False
    suggestions: tuple[tuple[Case, str], ...] = ()
    taken_up: bool = False
    """It was set aside before; its row is there."""
    held_until: datetime | None = None
    """It says nothing yet: so long it waits, without a case, for what follows."""
    command: Command | None = None
    aside: str = ""
    """Why it is no case although a person wrote it."""
    urgent: bool = False
    """It speaks of danger to life."""
    reopens: bool = True
    """It says more than thanks: a case that was answered goes on."""
    quiet: bool = False
    """The team is not told of it apart from its case."""


@dataclass(frozen=True, slots=True)
class Released:
    """Held messages from earlier batches that belong to a case by now."""

    rows: tuple[HeldMessage, ...]
    case: Case
    opens: bool = False
    """Nothing followed: they are the case."""
    told: bool = False
    """The team is told of them."""


@dataclass(slots=True)
class Batch:
    """What is being recorded in one transaction."""

    db: Session
    office: Office
    now: datetime
    since: dict[int, datetime]
    """Account → what arrived before is not alerted."""
    entries: list[Entry] = field(default_factory=list)
    released: list[Released] = field(default_factory=list)
    changes: list[tuple[Waiting, Edit | Withdrawal]] = field(default_factory=list)
    """What citizens changed of earlier messages: looked at when those of the batch stand."""
    foreign: list[tuple[str, OwnEcho]] = field(default_factory=list)
    """(channel, answer typed elsewhere): looked at when the cases of the batch stand."""
    ends: list[tuple[int, Disposition, str]] = field(default_factory=list)


def message_row(
    batch: Batch, entry: Entry, contact_ids: dict[contacts.Address, int]
) -> dict[str, Any]:
    """The message itself."""
    message = entry.message
    return {
        "facility_id": batch.office.id,
        "channel": entry.row.channel,
        "identity": message.identity,
        "external_id": message.external_id,
        "delivery_id": entry.row.id,
        "complaint_id": entry.case.id if entry.case else None,
        "contact_id": contact_ids[entry.row.channel, message.conversation],
        "conversation": message.conversation,
        "subject": message.subject,
        "text": message.text,
        # Stored once where nothing was taken out: most mail quotes nothing.
        "full_text": message.full_text if message.full_text != message.text else "",
        "sent_at": message.sent_at,
        "received_at": entry.row.received_at,
        "recorded_at": batch.now,
        "in_reply_to": message.in_reply_to,
        "references": " ".join(message.references),
        "set_aside": message.automated or entry.aside,
        "unreadable": message.unreadable,
        "truncated": message.truncated,
        "form": message.form,
        "medium": message.medium,
        "held_until": entry.held_until,
    }


def attachment_rows(
    entries: Iterable[Entry], ids: dict[tuple[str, str], int], now: datetime
) -> list[dict[str, Any]]:
    """Its attachments; `ids` are the messages'."""
    return [
        {
            "message_id": ids[entry.row.channel, entry.message.identity],
            "name": attachment.name,
            "content_type": attachment.content_type,
            "size": attachment.size,
            "part": attachment.part,
            "fetch_state": "pending" if attachment.remote else "",
            "account_id": entry.row.account_id if attachment.remote else None,
            "due_at": now if attachment.remote else None,
        }
        for entry in entries
        for attachment in entry.message.attachments
    ]


def is_news(batch: Batch, entry: Entry) -> bool:
    """Whether the team is told of it: nothing imported in silence, nothing from before the
    account's `since`.
    """
    return not silent(entry.row.meta) and (
        entry.row.received_at >= batch.since[entry.row.account_id]
    )


def silent(meta: str) -> bool:
    """Whether a delivery was imported without a word to the team."""
    return '"alert": "no"' in meta


def alert_rows(batch: Batch) -> Iterable[dict[str, Any]]:
    """What the team is to be told: nothing from before the account's `since`."""
    for entry in batch.entries:
        if entry.case is not None and not entry.quiet and is_news(batch, entry):
            # Danger comes with a card and a sound of its own.
            card = entry.case.card if entry.joins and not entry.urgent else None
            yield alert_row(batch, entry.case, joined=entry.joins, card=card)


def alert_row(batch: Batch, case: Case, *, joined: bool, card: int | None = None) -> dict[str, Any]:
    """An alert about a case, which waits for a card or stands on one already."""
    return {
        "facility_id": batch.office.id,
        "complaint_id": case.id,
        "joined": joined,
        "created_at": batch.now,
        "post_id": card,
    }


def suggestion_rows(batch: Batch) -> Iterable[dict[str, Any]]:
    """What a person may want to join."""
    for entry in batch.entries:
        for other, reason in entry.suggestions:
            if entry.case and entry.case.id and other.id and other.id != entry.case.id:
                yield {
                    "facility_id": batch.office.id,
                    "complaint_id": entry.case.id,
                    "other_id": other.id,
                    "reason": reason,
                    "state": "open",
                    "created_at": batch.now,
                }
