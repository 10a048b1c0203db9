"""The pipeline's desk with a real chat: the library, our listener, and Telegram's double."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from notifier.chat import TelegramChat
from notifier.client import TelegramClient
from notifier.listener import Listener
from pipeline.ports import Context
from simulator.faults import FaultPlan
from simulator.journal import Journal
from simulator.telegram import Flood, Group, Person, Seen, Telegram
from store.states import Role
from store.tables import Group as GroupRow
from store.tables import Staff, Update
from tests.pipeline.conftest import Desk, make_desk

GROUP = -100


@dataclass
class World:
    """Everything between a thumb and the database."""

    desk: Desk
    telegram: Telegram
    faults: FaultPlan
    client: TelegramClient
    group: Group
    clerk: Person
    coordinator: Person
    head: Person

    @property
    def ctx(self) -> Context:
        return self.desk.ctx

    def settle(self) -> None:
        """Until every update is processed and acknowledged, and every stage has come to rest."""
        until(lambda: self.telegram.world.updates.pending() == 0)
        self.desk.settle()

    def say(self, who: Person, text: str, reply_to: Seen | None = None) -> None:
        """Write in private, and see what follows."""
        who.say(who.private, text, reply_to=reply_to.id if reply_to else None)
        self.settle()

    def tap(self, who: Person, message: Seen, label: str) -> str:
        """Tap, see what follows, and return what the bot said to it."""
        query = who.tap(message.chat_id, message.id, label)
        self.settle()
        return str(self.telegram.world.answer(query)["text"])

    def arrive(self, text: str, **fields: Any) -> Seen:
        """A letter comes in; its card."""
        self.desk.arrive(text, **fields)
        self.desk.clock.forward(self.ctx.settings.card_seconds)
        self.desk.settle()
        return self.group.last()

    def taken(self, text: str, **fields: Any) -> Seen:
        """A letter comes in and the clerk takes it; the case as the clerk sees it."""
        self.tap(self.clerk, self.arrive(text, **fields), "Saya tangani")
        return self.clerk.private.last()

    def find(self, who: Person, words: str) -> Seen:
        """The newest private message with these words. Raises LookupError."""
        found = [it for it in who.private.messages() if it.from_bot and words in it.text]
        if not found:
            texts = [it.text for it in who.private.messages()]
            raise LookupError(f"{words!r} is in none of {texts}")
        return found[-1]

    def add_staff(self, name: str, role: Role, telegram_id: int | None, **fields: Any) -> int:
        with self.desk.store.write("test") as db:
            staff = Staff(
                facility_id=self.desk.office.id,
                name=name,
                role=role,
                telegram_id=telegram_id,
                created_at=self.desk.clock.now,
                **fields,
            )
            db.add(staff)
            db.flush()
            return staff.id or 0

    def groups(self) -> list[GroupRow]:
        with self.desk.store.read() as db:
            return list(db.exec(select(GroupRow)))

    def rows(self) -> list[Update]:
        return self.desk.all(Update)

    def restart(self) -> None:
        """Another process takes over at the same desk."""
        self.client.close()
        self.client = connect(self.desk, self.telegram)

    @contextmanager
    def listening(self, listener: Listener | None = None) -> Iterator[None]:
        """A listener in a thread of its own, for the block."""
        listener = listener or Listener(self.ctx, self.client)
        thread = threading.Thread(target=listener.run)
        thread.start()
        try:
            yield
        finally:
            listener.stop()
            thread.join(10)
            assert not thread.is_alive()


def until(fact: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for it. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > end:
            raise TimeoutError("it never became true")
        time.sleep(0.005)


def make_world(desk: Desk, telegram: Telegram, faults: FaultPlan) -> World:
    world = telegram.world
    clerk, coordinator, head = (world.user(number, f"Orang {number}") for number in (11, 12, 13))
    for person in (clerk, coordinator, head):
        person.user.started = True
    group = world.group("Tim", [coordinator, clerk, head], bot=True, chat_id=GROUP)
    world.updates.clear()  # the bot has been in the group for long
    client = connect(desk, telegram)
    return World(desk, telegram, faults, client, group, clerk, coordinator, head)


def connect(desk: Desk, telegram: Telegram) -> TelegramClient:
    client = TelegramClient(telegram.token, telegram.url)
    chat = TelegramChat(desk.store, client, desk.ctx.offices, desk.clock)
    desk.ctx = replace(desk.ctx, chat=chat)
    return client


@contextmanager
def opened(folder: Path, approval: tuple[str, ...] = ("coordinator",)) -> Iterator[World]:
    """A world that nobody listens to yet."""
    desk, faults = make_desk(folder, approval), FaultPlan()
    flood = Flood(group_per_minute=10_000, per_second=10_000)
    with Telegram(Journal(desk.clock), faults, clock=desk.clock, flood=flood) as telegram:
        world = make_world(desk, telegram, faults)
        try:
            yield world
        finally:
            world.client.close()
            desk.store.close()


@pytest.fixture
def still(tmp_path: Path) -> Iterator[World]:
    """Nobody listens."""
    with opened(tmp_path) as world:
        yield world


@pytest.fixture
def world(still: World) -> Iterator[World]:
    """The listener runs; approval by the coordinator alone."""
    with still.listening():
        yield still


@pytest.fixture
def world_of_two(tmp_path: Path) -> Iterator[World]:
    """Approval by coordinator and head."""
    with opened(tmp_path, ("coordinator", "head")) as world, world.listening():
        yield world
