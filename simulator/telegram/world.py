"""Telegram and the people in it: who exists, which groups there are, what the bot gets to hear."""

from collections.abc import Callable, Sequence
from typing import Any

from simulator.telegram.group import Group
from simulator.telegram.model import Chat, Message, Seen, User
from simulator.telegram.people import Person, Room
from simulator.telegram.state import State


class World(State):
    """Telegram and the people in it."""

    def user(self, user_id: int, name: str, username: str = "") -> Person:
        """A person, made at first mention, who never pressed Start yet."""
        with self.changed:
            user = self.users.setdefault(user_id, User(id=user_id, name=name, username=username))
            self.chats.setdefault(
                user_id, Chat(id=user_id, kind="private", title=name, username=username)
            )
            return Person(self, user)

    def group(
        self,
        title: str,
        members: Sequence[Person] = (),
        *,
        bot: bool = False,
        kind: str = "supergroup",
        chat_id: int | None = None,
    ) -> Group:
        """A new group of these people, the first of them its creator, with the bot or without."""
        with self.changed:
            serial = self.serial()
            own_id = -1_001_000_000_000 - serial if kind == "supergroup" else -4_000_000 - serial
            chat = Chat(id=chat_id or own_id, kind=kind, title=title)
            self.chats[chat.id] = chat
            for person in members:
                chat.members[person.id] = "member" if chat.members else "creator"
            group = Group(self, chat.id)
            if bot:
                group.add_bot(members[0])
            return group

    def hear(self, chat: Chat, sender: User, **fields: Any) -> int:
        """Post a person's message and tell the bot, if it may hear it; returns its id."""
        message = self.post(chat, sender, **fields)
        if self._bot_hears(chat, message):
            self.updates.push("message", chat.message_json(message))
        return message.id

    def _bot_hears(self, chat: Chat, message: Message) -> bool:
        if chat.kind == "private":
            return True
        status = chat.members.get(self.bot.id, "left")
        if status in ("left", "kicked"):
            return False
        parent = chat.messages.get(message.reply_to or 0)
        to_bot = parent is not None and parent.sender is self.bot
        command = any(it["type"] == "bot_command" for it in message.entities)
        sees = self.sees_all or status == "administrator"
        return sees or command or to_bot or bool(message.service)

    def wait_for(
        self, chat: Room | int, predicate: Callable[[Seen], bool], timeout: float = 10
    ) -> Seen:
        """The newest message of the chat that fits and is not deleted, once there is one.

        Raises TimeoutError, with the number of messages the chat then had.
        """
        room = Room(self, chat) if isinstance(chat, int) else chat
        found: list[Seen] = []

        def look() -> bool:
            found[:] = [it for it in room.messages() if not it.deleted and predicate(it)][-1:]
            return bool(found)

        with self.changed:
            if not self.changed.wait_for(look, timeout):
                count = len(room.messages())
                raise TimeoutError(f"none of the {count} messages fits after {timeout} s")
            return found[0]

    def answer(self, query_id: str, timeout: float = 10) -> dict[str, Any]:
        """What the bot said to a tap: `text` (may be empty) and `alert`. Raises TimeoutError."""
        with self.changed:
            answers = self.queries[query_id].answers
            if not self.changed.wait_for(lambda: answers, timeout):
                raise TimeoutError(f"the tap was not acknowledged within {timeout} s")
            return answers[0]
