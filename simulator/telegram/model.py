"""What Telegram's servers remember, and the JSON shapes in which the Bot API shows it.

https://core.telegram.org/bots/api#available-types
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.telegram.entities import Entities

ANONYMOUS_ADMIN = 1087968824
"""GroupAnonymousBot: whoever writes as the group itself."""

CHANNEL_BOT = 136817688
"""Channel_Bot: whoever writes into a group as a channel."""


@dataclass(slots=True, kw_only=True)
class User:
    """A person or a bot."""

    id: int
    name: str
    username: str = ""
    is_bot: bool = False
    started: bool = False
    """Has written to the bot in private, so that it may write back."""
    blocked: bool = False

    def json(self) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#user"""
        shape: dict[str, Any] = {"id": self.id, "is_bot": self.is_bot, "first_name": self.name}
        if self.username:
            shape["username"] = self.username
        return shape if self.is_bot else {**shape, "language_code": "id"}


@dataclass(slots=True, kw_only=True)
class File:
    """A file that was sent, by whomever."""

    id: str
    kind: str
    """`document` or `photo`."""
    name: str
    content_type: str
    data: bytes

    def json(self) -> dict[str, Any]:
        """The message's field of that kind. https://core.telegram.org/bots/api#document"""
        size = {"file_id": self.id, "file_unique_id": f"u{self.id}", "file_size": len(self.data)}
        if self.kind == "photo":
            return {"photo": [{**size, "width": 800, "height": 600}]}
        return {"document": {**size, "file_name": self.name, "mime_type": self.content_type}}


@dataclass(slots=True, kw_only=True)
class Message:
    """A message in a chat, with everything that happened to it since."""

    id: int
    sender: User
    date: datetime
    text: str = ""
    """The caption where there is a file."""
    entities: Entities = ()
    as_chat: bool = False
    """Written by an anonymous administrator."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Further fields as the Bot API shows them, such as `sender_chat` or `via_bot`."""
    markup: dict[str, Any] | None = None
    reply_to: int | None = None
    file: File | None = None
    service: dict[str, Any] = field(default_factory=dict)
    protected: bool = False
    silent: bool = False
    deleted: bool = False
    edited: datetime | None = None
    history: list[str] = field(default_factory=list)
    """Earlier texts, oldest first."""


@dataclass(slots=True, kw_only=True)
class Chat:
    """A private chat (its id is the person's), a basic group or a supergroup."""

    id: int
    kind: str
    """`private`, `group` or `supergroup`."""
    title: str
    username: str = ""
    members: dict[int, str] = field(default_factory=dict)
    """User id → status (creator, administrator, member, left, kicked)."""
    messages: dict[int, Message] = field(default_factory=dict)
    migrated_to: int | None = None
    deleted: bool = False
    """By its owner."""
    topic_closed: bool = False
    """A forum whose general topic takes no messages but from administrators."""

    def json(self) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#chat"""
        shape: dict[str, Any] = {"id": self.id, "type": self.kind}
        shape["first_name" if self.kind == "private" else "title"] = self.title
        return shape | ({"username": self.username} if self.username else {})

    def message_json(self, message: Message, *, embed: bool = True) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#message; one level of reply, as the real one."""
        shape: dict[str, Any] = {
            "message_id": message.id,
            "from": message.sender.json(),
            "chat": self.json(),
            "date": int(message.date.timestamp()),
            **message.service,
        }
        if message.as_chat:
            shape["sender_chat"] = self.json()
        shape |= message.extra
        if message.text:
            words, marks = ("caption", "caption_entities") if message.file else ("text", "entities")
            shape[words] = message.text
            shape |= {marks: list(message.entities)} if message.entities else {}
        if message.file:
            shape |= message.file.json()
        if message.edited:
            shape["edit_date"] = int(message.edited.timestamp())
        if message.protected:
            shape["has_protected_content"] = True
        if message.markup and "inline_keyboard" in message.markup:
            shape["reply_markup"] = message.markup
        parent = self.messages.get(message.reply_to) if message.reply_to else None
        if embed and parent and not parent.deleted:
            shape["reply_to_message"] = self.message_json(parent, embed=False)
        return shape


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button as a person sees it, with what lies behind it."""

    text: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message as a person sees it in the chat: a snapshot."""

    chat_id: int
    id: int
    author: str
    from_bot: bool
    text: str
    """Style stripped."""
    buttons: tuple[Button, ...]
    history: tuple[str, ...]
    """Texts it had before it was edited, oldest first."""
    reply_to: int | None
    file_name: str
    data: bytes
    """The file's bytes, empty without a file."""
    deleted: bool
    protected: bool
    silent: bool
    sent_at: datetime
    edited_at: datetime | None


def seen(chat: Chat, message: Message) -> Seen:
    """The person's view of a message."""
    rows = (message.markup or {}).get("inline_keyboard", [])
    return Seen(
        chat_id=chat.id,
        id=message.id,
        author=chat.title if message.as_chat else message.sender.name,
        from_bot=message.sender.is_bot and not message.as_chat,
        text=message.text,
        buttons=tuple(
            Button(b["text"], b.get("callback_data", ""), b.get("url", "")) for r in rows for b in r
        ),
        history=tuple(message.history),
        reply_to=message.reply_to,
        file_name=message.file.name if message.file else "",
        data=message.file.data if message.file else b"",
        deleted=message.deleted,
        protected=message.protected,
        silent=message.silent,
        sent_at=message.date,
        edited_at=message.edited,
    )
