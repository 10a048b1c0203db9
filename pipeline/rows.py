"""A batch on its way into the database, and the rows it becomes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from channels.message import Message, OwnEcho
from pipeline.joining import Case
from pipeline.ports import Office
from store import contacts
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


@dataclass(slots=True)
class Batch:
    """What is being recorded in one transaction."""

    db: Session
    office: Office
    now: datetime
    since: dict[int, datetime]
    """Account → what arrived before is not alerted."""
    entries: list[Entry] = field(default_factory=list)
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
        "set_aside": message.automated,
        "unreadable": message.unreadable,
        "truncated": message.truncated,
        "form": message.form,
        "medium": message.medium,
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
    silent = '"alert": "no"' in entry.row.meta
    return not silent and entry.row.received_at >= batch.since[entry.row.account_id]


def alert_rows(batch: Batch) -> Iterable[dict[str, Any]]:
    """What the team is to be told: nothing from before the account's `since`."""
    for entry in batch.entries:
        if entry.case is not None and entry.case.id is not None and is_news(batch, entry):
            yield {
                "facility_id": batch.office.id,
                "complaint_id": entry.case.id,
                "joined": entry.joins,
                "created_at": batch.now,
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
