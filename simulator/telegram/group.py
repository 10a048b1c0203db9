"""A team's group: what its owner does with it, and who writes there under a mask."""

from dataclasses import dataclass

from simulator.telegram.entities import commands
from simulator.telegram.model import ANONYMOUS_ADMIN, CHANNEL_BOT, User
from simulator.telegram.people import Person, Room


@dataclass(frozen=True, slots=True)
class Group(Room):
    """A group and what its owner does with it."""

    def add_bot(self, by: Person, *, status: str = "member") -> None:
        """Bring the bot in, or change its status (`administrator`)."""
        with self.world.changed:
            self.world.member_changed(self.chat, self.world.bot, by.user, status)

    def kick_bot(self, by: Person) -> None:
        """Throw the bot out."""
        with self.world.changed:
            self.world.member_changed(self.chat, self.world.bot, by.user, "kicked")

    def restrict_bot(self, by: Person) -> None:
        """Let the bot stay and write no more."""
        with self.world.changed:
            self.world.member_changed(self.chat, self.world.bot, by.user, "restricted")

    def close_topic(self, *, closed: bool = True) -> None:
        """Close a forum's general topic, or open it: the bot hears nothing of that."""
        with self.world.changed:
            self.chat.topic_closed = closed

    def delete(self) -> None:
        """The owner deletes the group."""
        with self.world.changed:
            self.chat.deleted = True
            owner = next(self.world.users[it] for it in self.chat.members)
            self.world.member_changed(self.chat, self.world.bot, owner, "left")

    def rename(self, by: Person, title: str) -> None:
        """Give it another name."""
        with self.world.changed:
            self.chat.title = title
            self.world.hear(self.chat, by.user, service={"new_chat_title": title})

    def join(self, person: Person) -> None:
        """Let somebody in."""
        with self.world.changed:
            self.world.member_changed(self.chat, person.user, person.user, "member")

    def leave(self, person: Person) -> None:
        """Somebody goes."""
        with self.world.changed:
            self.world.member_changed(self.chat, person.user, person.user, "left")

    def say_anonymously(self, text: str) -> int:
        """An administrator writes as the group itself; returns the message's id."""
        ghost = self.world.users.setdefault(
            ANONYMOUS_ADMIN,
            User(id=ANONYMOUS_ADMIN, name="Group", username="GroupAnonymousBot", is_bot=True),
        )
        with self.world.changed:
            return self.world.hear(
                self.chat, ghost, text=text, entities=commands(text), as_chat=True
            )

    def say_as_channel(self, text: str, *, forwarded: bool = False) -> int:
        """Somebody writes as a channel, or the linked channel's post is copied here."""
        id_, name, username = (
            (777000, "Telegram", "") if forwarded else (CHANNEL_BOT, "Channel", "Channel_Bot")
        )
        ghost = self.world.users.setdefault(
            id_, User(id=id_, name=name, username=username, is_bot=not forwarded)
        )
        channel = {"id": -1_002_000_000_001, "type": "channel", "title": "Saluran"}
        extra = {"sender_chat": channel} | ({"is_automatic_forward": True} if forwarded else {})
        with self.world.changed:
            return self.world.hear(
                self.chat, ghost, text=text, entities=commands(text), extra=extra
            )

    def migrate(self) -> "Group":
        """Become a supergroup under a new id, which is returned; the old one refuses the bot."""
        with self.world.changed:
            old = self.chat
            new = self.world.group(old.title, kind="supergroup")
            new.chat.members |= old.members
            old.migrated_to = new.id
            owner = next(self.world.users[it] for it in old.members if it != self.world.bot.id)
            for chat, service in (
                (old, {"migrate_to_chat_id": new.id}),
                (new.chat, {"migrate_from_chat_id": old.id}),
            ):
                self.world.hear(chat, owner, service=service)
            return new
