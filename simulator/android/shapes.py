"""What the app keeps of messages, and the JSON it shows them in.

https://docs.sms-gate.app/features/reading-messages/
https://docs.sms-gate.app/features/status-tracking/
"""

import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)")


@dataclass(slots=True, kw_only=True)
class Incoming:
    """An SMS that came in."""

    id: str
    sender: str
    recipient: str
    text: str
    at: datetime
    listed: bool = True
    """False while the phone has not written it down yet."""


@dataclass(slots=True, kw_only=True)
class Outgoing:
    """A message that was taken for sending, with the state of each of its recipients."""

    id: str
    numbers: tuple[str, ...]
    text: str
    at: datetime
    report: bool = True
    """A delivery report was asked for: without one `Sent` is the last word."""
    until: datetime | None = None
    """Not to be sent after that."""
    states: dict[str, str] = field(default_factory=dict)
    """By number: Pending, Processed, Sent, Delivered, Failed."""
    errors: dict[str, str] = field(default_factory=dict)
    history: dict[str, datetime] = field(default_factory=dict)
    """When it was first in each state."""

    @property
    def state(self) -> str:
        """Of the whole, by the app's own rules for several recipients."""
        every = set(self.states.values())
        for state in ("Pending", "Processed"):
            if state in every:
                return state
        return every.pop() if len(every) == 1 else "Sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What arrived on a citizen's phone."""

    id: str
    text: str
    at: datetime


def incoming_id(sender: str, text: str, at: datetime) -> str:
    """Made of the content, as the app does: equal messages of one moment are one message, and
    different ones may meet in 32 bits.
    """
    return f"text:{zlib.crc32(f'{sender}|{at.timestamp()}|{text}'.encode()) - 2**31}"


def stamp(at: datetime) -> str:
    """ISO 8601 with milliseconds and offset."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def moment(text: str) -> datetime | None:
    """None for what the app cannot read: it takes no fraction or three digits, and an offset."""
    return datetime.fromisoformat(text) if _TIME.fullmatch(text) else None


def incoming_json(message: Incoming) -> dict[str, Any]:
    """One element of `GET /inbox`."""
    return {
        "id": message.id,
        "type": "SMS",
        "sender": message.sender,
        "recipient": message.recipient,
        "simNumber": 1,
        "contentPreview": message.text,
        "createdAt": stamp(message.at),
        "attachments": [],
    }


def outgoing_json(device: str, message: Outgoing) -> dict[str, Any]:
    """The answer to `POST /messages` and `GET /messages/{id}`."""
    recipients = [
        {"phoneNumber": number, "state": message.states[number]}
        | ({"error": message.errors[number]} if number in message.errors else {})
        for number in message.numbers
    ]
    return {
        "id": message.id,
        "deviceId": device,
        "state": message.state,
        "isHashed": False,
        "isEncrypted": False,
        "createdAt": stamp(message.at),
        "recipients": recipients,
        "states": {state: stamp(at) for state, at in message.history.items()},
    }
