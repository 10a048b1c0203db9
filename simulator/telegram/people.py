"""The people in the chats: what they do with their thumbs, and what they see."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from simulator.telegram.entities import commands
from simulator.telegram.model import Chat, Message, Seen, User, seen
from simulator.telegram.state import Query

if TYPE_CHECKING:
    from simulator.telegram.world import World

_CHAT_INSTANCE = "-5577006791947779410"


@dataclass(frozen=True, slots=True)
class Room:
    """A chat as seen from outside: its id, and its messages as people see them."""

    world: "World"
    id: int

    @property
    def chat(self) -> Chat:
        """The server's own record; hold `world.changed` to read more than one thing of it."""
        return self.world.chats[self.id]

    def messages(self) -> tuple[Seen, ...]:
        """Oldest first, deleted ones included and marked; service messages are left out."""
        with self.world.changed:
            return tuple(
                seen(self.chat, it) for it in self.chat.messages.values() if not it.service
            )

    def last(self) -> Seen:
        """The newest message that is not deleted. Raises LookupError in an empty chat."""
        standing = [it for it in self.messages() if not it.deleted]
        if not standing:
            raise LookupError("the chat is empty")
        return standing[-1]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a Telegram account. What fails for a real person raises LookupError."""

    world: "World"
    user: User

    @property
    def id(self) -> int:
        """The numeric user id, also of the private chat with the bot."""
        return self.user.id

    @property
    def private(self) -> Room:
        """The private chat with the bot."""
        return Room(self.world, self.user.id)

    def start(self, payload: str = "") -> int:
        """Press Start, or follow https://t.me/BOT?start=PAYLOAD; returns the message's id."""
        return self.say(self.private, f"/start {payload}".strip())

    def say(self, chat: "Room | int", text: str, reply_to: int | None = None) -> int:
        """Write into a chat; returns the message's id."""
        return self._send(chat, text=text, entities=commands(text), reply_to=reply_to)

    def say_via_bot(self, chat: "Room | int", text: str) -> int:
        """Write with the help of another bot (inline mode); returns the message's id."""
        other = {"id": 77, "is_bot": True, "first_name": "Lain", "username": "lain_bot"}
        return self._send(chat, text=text, entities=commands(text), extra={"via_bot": other})

    def send_file(
        self,
        chat: "Room | int",
        data: bytes,
        *,
        name: str = "foto.jpg",
        kind: str = "photo",
        caption: str = "",
        content_type: str = "image/jpeg",
    ) -> int:
        """Send a `photo` or a `document`; returns the message's id."""
        file = self.world.keep(kind, name, content_type, data)
        return self._send(chat, text=caption, file=file)

    def edit(self, chat: "Room | int", message_id: int, text: str) -> None:
        """Change one's own message."""
        with self.world.changed:
            room, message = self._find(chat, message_id)
            if message.sender is not self.user:
                raise LookupError("it is somebody else's message")
            message.history.append(message.text)
            message.text, message.entities = text, commands(text)
            message.edited = self.world.clock()
            self.world.updates.push("edited_message", room.message_json(message))
            self.world.changed.notify_all()

    def tap(self, chat: "Room | int", message_id: int, button: str) -> str:
        """Tap the button with that text or data; returns the id for `World.answer`.

        A link to the bot with a start code presses Start there and returns "".
        """
        with self.world.changed:
            room, message = self._find(chat, message_id)
            buttons = seen(room, message).buttons
            found = [it for it in buttons if button in (it.text, it.data)]
            if not found:
                labels = ", ".join(it.text for it in buttons) or "no button at all"
                raise LookupError(f"no button {button!r} on this message, only: {labels}")
            if found[0].url:
                self._follow(found[0].url)
                return ""
            return self.press(room.id, message_id, found[0].data)

    def press(self, chat_id: int, message_id: int, data: str) -> str:
        """Send a callback with any data, as a client that still shows an old keyboard does."""
        with self.world.changed:
            room, message = self._find(chat_id, message_id)
            query_id = str(9_000_000_000_000 + self.world.serial())
            self.world.queries[query_id] = Query(self.user.id, self.world.clock())
            self.world.updates.push(
                "callback_query",
                {
                    "id": query_id,
                    "from": self.user.json(),
                    "message": room.message_json(message),
                    "chat_instance": _CHAT_INSTANCE,
                    "data": data,
                },
            )
            return query_id

    def press_lost(self, data: str) -> str:
        """Tap a button whose message the server no longer has: no `message` comes with it.

        https://core.telegram.org/bots/api#callbackquery
        """
        with self.world.changed:
            query_id = str(9_000_000_000_000 + self.world.serial())
            self.world.queries[query_id] = Query(self.user.id, self.world.clock())
            payload = {"id": query_id, "from": self.user.json(), "chat_instance": _CHAT_INSTANCE}
            self.world.updates.push("callback_query", {**payload, "data": data})
            return query_id

    def block(self) -> None:
        """Block the bot."""
        with self.world.changed:
            self.user.blocked = True
            chat = self.world.chats[self.user.id]
            self.world.member_changed(chat, self.world.bot, self.user, "kicked")

    def _follow(self, url: str) -> None:
        link = urlsplit(url)
        if link.netloc != "t.me" or link.path.strip("/") != self.world.bot.username:
            raise LookupError(f"the link leads out of the world: {url}")
        self.start(parse_qs(link.query).get("start", [""])[0])

    def _room(self, chat: "Room | int") -> Chat:
        room = self.world.chats[chat if isinstance(chat, int) else chat.id]
        if room.kind != "private" and room.members.get(self.id, "left") in ("left", "kicked"):
            raise LookupError(f"{self.user.name} is not in this group")
        if room.kind == "private" and room.id != self.id:
            raise LookupError("it is somebody else's private chat")
        return room

    def _find(self, chat: "Room | int", message_id: int) -> tuple[Chat, Message]:
        room = self._room(chat)
        message = room.messages.get(message_id)
        if message is None or message.deleted:
            raise LookupError("there is no such message in this chat")
        return room, message

    def _send(self, chat: "Room | int", **fields: Any) -> int:
        with self.world.changed:
            room = self._room(chat)
            if room.kind == "private":
                if self.user.blocked:
                    self.user.blocked = False
                    self.world.member_changed(room, self.world.bot, self.user, "member")
                self.user.started = True
            return self.world.hear(room, self.user, **fields)
