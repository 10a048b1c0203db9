"""Telegram's memory, shared by the bot's methods and the people in the chats."""

import itertools
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.journal import Clock
from simulator.telegram.entities import Entities
from simulator.telegram.errors import ApiError, bad, forbidden
from simulator.telegram.limits import Flood
from simulator.telegram.model import Chat, File, Message, User
from simulator.telegram.updates import Updates


@dataclass(slots=True)
class Query:
    """A tap on a button, waiting for the bot to acknowledge it."""

    user_id: int
    at: datetime
    answers: list[dict[str, Any]] = field(default_factory=list)


class State:
    """Everything under one condition, `changed`: hold it to read or write, wait on it for news."""

    def __init__(
        self, *, clock: Clock, flood: Flood, bot_id: int, bot_username: str, sees_all: bool
    ) -> None:
        self.clock = clock
        self.flood = flood
        self.sees_all = sees_all
        """Privacy mode is off: the bot gets the group's talk too."""
        self.changed = threading.Condition()
        self.bot = User(id=bot_id, name="Tanggap", username=bot_username, is_bot=True)
        self.users: dict[int, User] = {bot_id: self.bot}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self.queries: dict[str, Query] = {}
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.updates = Updates(clock, self.changed, first_id=700_000_001)
        self._account_ids = itertools.count(1)
        self._serials = itertools.count(1)

    def serial(self) -> int:
        """A number that nobody had before, for ids."""
        return next(self._serials)

    def reachable(self, chat_id: int) -> Chat:
        """The chat if the bot may write there. Raises ApiError as the real server does."""
        chat = self.chats.get(chat_id)
        if chat is None:
            raise bad("chat not found")
        if chat.migrated_to is not None:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.migrated_to},
            )
        if chat.kind == "private":
            person = self.users[chat.id]
            if person.blocked:
                raise forbidden("bot was blocked by the user")
            if not person.started:
                raise forbidden("bot can't initiate conversation with a user")
            return chat
        status = chat.members.get(self.bot.id, "left")
        if status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        if chat.deleted:
            raise forbidden("the group chat was deleted")
        if status == "left":
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        return chat

    def writable(self, chat_id: int) -> Chat:
        """The chat if the bot may post there now. Raises ApiError as the real server does."""
        chat = self.reachable(chat_id)
        status = chat.members.get(self.bot.id)
        if status == "restricted":
            raise bad("not enough rights to send text messages to the chat")
        if chat.topic_closed and status != "administrator":
            raise bad("TOPIC_CLOSED")
        return chat

    def message(self, chat: Chat, message_id: int | None, missing: str) -> Message:
        """A message that still stands. Raises ApiError 400 with the words of `missing`."""
        message = chat.messages.get(message_id or 0)
        if message is None or message.deleted:
            raise bad(missing)
        return message

    def post(
        self, chat: Chat, sender: User, text: str = "", entities: Entities = (), **more: Any
    ) -> Message:
        """Put a new message into a chat; `more` are fields of Message."""
        if chat.kind == "supergroup":
            message_id = max(chat.messages, default=0) + 1
        else:
            # One count over all private chats and basic groups of an account.
            message_id = next(self._account_ids)
        message = Message(
            id=message_id, sender=sender, date=self.clock(), text=text, entities=entities, **more
        )
        with self.changed:
            chat.messages[message_id] = message
            self.changed.notify_all()
        return message

    def keep(self, kind: str, name: str, content_type: str, data: bytes) -> File:
        """Store a file on Telegram's side."""
        file = File(
            id=f"F{self.serial():06}{kind}", kind=kind, name=name, content_type=content_type,
            data=data,
        )  # fmt: skip
        self.files[file.id] = file
        return file

    def member_changed(self, chat: Chat, user: User, by: User, status: str) -> None:
        """Set a member's status; tell the bot when it is itself (`my_chat_member`)."""
        if chat.kind == "private":
            old = "kicked" if status == "member" else "member"
        else:
            old = chat.members.get(user.id, "left")
            chat.members[user.id] = status
        if user is not self.bot:
            return
        self.updates.push(
            "my_chat_member",
            {
                "chat": chat.json(),
                "from": by.json(),
                "date": int(self.clock().timestamp()),
                "old_chat_member": member_json(user, old),
                "new_chat_member": member_json(user, status),
            },
        )


_RIGHTS = (
    "can_be_edited",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
)


_PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_edit_tag",
    "can_react_to_messages",
)
"""https://core.telegram.org/bots/api#chatmemberrestricted"""


def member_json(user: User, status: str) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#chatmember"""
    shape: dict[str, Any] = {"user": user.json(), "status": status}
    if status in ("creator", "administrator"):
        shape["is_anonymous"] = False
    if status == "administrator":
        shape |= dict.fromkeys(_RIGHTS, True)
    if status == "kicked":
        shape["until_date"] = 0
    if status == "restricted":
        shape |= dict.fromkeys(_PERMISSIONS, False)
        shape |= {"is_member": True, "until_date": 0}
    return shape
