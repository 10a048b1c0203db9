"""What an update says, read with care: it comes from outside, and may be anything.

https://core.telegram.org/bots/api#update
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from channels.text import clean

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{3,32}))?(?:\s+(.*))?", re.DOTALL)


class What(StrEnum):
    """The kinds of update that mean something here."""

    MESSAGE = "message"
    EDITED = "edited"
    """A message that was sent before reads otherwise now."""
    TAP = "tap"
    MEMBER = "member"
    """The bot's own membership changed, in a group or with a person."""
    MIGRATED = "migrated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One update."""

    what: What
    user_id: int
    """Who did it: the only thing that access is decided by."""
    chat_id: int
    private: bool
    message_id: int = 0
    """The message itself, or the one the button hangs on."""
    text: str = ""
    """Also what stands under a photo or file."""
    file: bool = False
    """There is more to it than its text."""
    replied_id: int = 0
    """The message that this one answers."""
    replied_text: str = ""
    to_bot: bool = False
    """What it answers was the bot's."""
    masked: str = ""
    """Who wrote cannot be told or did not write it alone: `group` (an anonymous administrator),
    `channel`, or `bot` (through another bot). Such a message decides nothing.
    """
    query_id: str = ""
    data: str = ""
    present: bool = False
    """The bot is in that chat now (MEMBER)."""
    mute: bool = False
    """It is there and may not write (MEMBER)."""
    old_chat_id: int = 0
    new_chat_id: int = 0
    """Which group became which (MIGRATED)."""


@dataclass(frozen=True, slots=True)
class Command:
    """`/name rest`."""

    name: str
    rest: str = ""


def read(update: Mapping[str, Any], bot_id: int) -> Incoming | None:
    """The update, or None where nothing of it concerns us."""
    try:
        if "message" in update:
            return _message(update["message"], bot_id)
        if "edited_message" in update:
            edited = _message(update["edited_message"], bot_id)
            return edited and replace(edited, what=What.EDITED)
        if "callback_query" in update:
            return _tap(update["callback_query"])
        if "my_chat_member" in update:
            return _member(update["my_chat_member"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None  # a shape that Telegram does not document
    return None


def command(text: str, username: str) -> Command | None:
    """The command that a text is; None for plain text and for other bots' commands.

    While `username` is not known (empty), every command is taken for ours.
    """
    match = _COMMAND.fullmatch(text.strip())
    if match is None or (match[2] and username and match[2].lower() != username.lower()):
        return None
    return Command(match[1].lower(), (match[3] or "").strip())


def ours(incoming: Incoming, username: str) -> bool:
    """Whether to keep it at all: a group's own talk is none of our business."""
    if incoming.what not in (What.MESSAGE, What.EDITED) or incoming.private:
        return True
    if incoming.to_bot and incoming.what is What.MESSAGE:
        return True
    return command(incoming.text, username) is not None


def _message(message: Mapping[str, Any], bot_id: int) -> Incoming | None:
    if "from" not in message or message.get("is_automatic_forward"):
        return None
    chat, replied = message["chat"], message.get("reply_to_message") or {}
    if moved := _moved(message):
        old, new = moved
        return Incoming(
            what=What.MIGRATED,
            user_id=0,
            chat_id=_number(chat["id"]),
            private=False,
            old_chat_id=old,
            new_chat_id=new,
        )
    return Incoming(
        what=What.MESSAGE,
        user_id=_number(message["from"]["id"]),
        chat_id=_number(chat["id"]),
        private=chat["type"] == "private",
        message_id=_number(message["message_id"]),
        text=clean(str(message.get("text") or message.get("caption") or "")),
        file="text" not in message,
        replied_id=_number(replied.get("message_id") or 0),
        replied_text=clean(str(replied.get("text") or "")),
        to_bot=(replied.get("from") or {}).get("id") == bot_id,
        masked=_mask(message),
    )


def _number(value: object) -> int:
    """An id. Raises ValueError for one that no column holds."""
    number = int(str(value))
    if number.bit_length() > 63:
        raise ValueError("an id of more than 64 bits")
    return number


def _moved(message: Mapping[str, Any]) -> tuple[int, int] | None:
    """A group became a supergroup: said in both, and either word may be the first or the only one.

    https://core.telegram.org/bots/api#message
    """
    here = _number(message["chat"]["id"])
    if new := _number(message.get("migrate_to_chat_id") or 0):
        return here, new
    if old := _number(message.get("migrate_from_chat_id") or 0):
        return old, here
    return None


def _mask(message: Mapping[str, Any]) -> str:
    if "sender_chat" in message:
        return "group" if message["sender_chat"]["id"] == message["chat"]["id"] else "channel"
    return "bot" if "via_bot" in message else ""


def _tap(query: Mapping[str, Any]) -> Incoming:
    message = query.get("message") or {}
    chat = message.get("chat") or {}
    return Incoming(
        what=What.TAP,
        user_id=_number(query["from"]["id"]),
        chat_id=_number(chat.get("id") or 0),
        private=chat.get("type") == "private",
        message_id=_number(message.get("message_id") or 0),
        query_id=str(query["id"]),
        data=str(query.get("data") or ""),
    )


def _member(change: Mapping[str, Any]) -> Incoming:
    chat, new = change["chat"], change["new_chat_member"]
    status = new["status"]
    return Incoming(
        what=What.MEMBER,
        user_id=_number(change["from"]["id"]),
        chat_id=_number(chat["id"]),
        private=chat["type"] == "private",
        present=status in ("member", "administrator", "creator")
        or (status == "restricted" and bool(new.get("is_member"))),
        mute=status == "restricted" and not new.get("can_send_messages", True),
    )
