"""What reached the desk by telephone, WhatsApp, counter, letter or box, typed in by a clerk.

Nothing is polled and nothing is sent: a person carries the answer.
"""

import json
from collections.abc import Sequence
from typing import ClassVar

from channels.message import Delivery, Event, Message, Party
from channels.text import clean, one_line


class ManualChannel:
    """The account that every facility has."""

    channel: ClassVar[str] = "manual"

    def __init__(self, account: str = "manual") -> None:
        self.account = account

    def parse(self, delivery: Delivery) -> Sequence[Event]:
        """One message out of the JSON object `text`, `medium`, `contact`, `name` (all text).

        What is no such object comes out as text that a person reads.
        """
        raw = delivery.raw if isinstance(delivery.raw, bytes) else delivery.raw.read_bytes()
        typed, unreadable = _typed(raw)
        identity = f"{delivery.account}:{delivery.transport_id}"
        return (
            Message(
                identity=identity,
                external_id="",
                conversation=typed["contact"] or identity,
                # Nobody left an address: each such case is another person's.
                sender=Party(address=typed["contact"] or identity, name=typed["name"]),
                medium=typed["medium"],
                text=typed["text"],
                full_text=typed["text"],
                unreadable=unreadable,
            ),
        )


def _typed(raw: bytes) -> tuple[dict[str, str], str]:
    fields = dict.fromkeys(("text", "medium", "contact", "name"), "")
    try:
        found = json.loads(raw)
        typed = {name: str(found.get(name) or "").strip() for name in fields}
    except (ValueError, AttributeError, RecursionError):
        text = clean(raw.decode("utf-8", "replace"))
        return fields | {"text": text}, "catatan tidak dapat diuraikan"
    words = clean(typed.pop("text")).strip()
    return {name: one_line(value, 200) for name, value in typed.items()} | {"text": words}, ""
