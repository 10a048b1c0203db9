"""A citizen's message in a private view: its words, or what it is where it has none."""

import json
from collections.abc import Sequence

from sqlmodel import col, select

from notifier.scene import Scene
from pipeline.conversation.changes import IN_TRAIL
from store.tables import Complaint, Event, Message

_MARKED = ("voice", "forward")
"""Forms that are named although there are words besides."""


def words(scene: Scene, message: Message | None) -> str:
    """What they wrote; in square brackets what it is where they wrote nothing."""
    if message is None:
        return ""
    text = message.text or message.full_text
    return text if text or not message.form else f"[{scene.word('form', message.form)}]"


def marks(scene: Scene, message: Message | None, edited: set[int]) -> str:
    """What is to be known of it besides, to stand behind its words: to be listened to, passed
    on, changed, taken back.
    """
    if message is None:
        return ""
    said = [scene.say(f"message.{message.form}")] if message.form in _MARKED else []
    if message.id in edited:
        said.append(scene.say("message.edited"))
    if message.withdrawn_at is not None:
        said.append(scene.say("message.withdrawn"))
    return "".join(f" · {mark}" for mark in said)


def edited(scene: Scene, complaint: Complaint) -> set[int]:
    """Ids of the case's messages that their writer changed later."""
    found: Sequence[str] = scene.db.exec(
        select(Event.params).where(
            col(Event.complaint_id) == complaint.id, Event.kind == IN_TRAIL[0]
        )
    ).all()
    return {int(json.loads(params)["message"]) for params in found}
