"""One person at the PC: let in by a PIN, asked for it again after ten idle minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session as Database
from sqlmodel import col, func, select

from notifier.cards import draw
from notifier.texts import language, say
from pipeline import desk
from pipeline.calendar import Lang, format_due
from pipeline.desk import pin
from pipeline.desk.pin import Entry
from pipeline.ports import Context, Office
from pipeline.posts import View
from store import staff
from store.states import SendState
from store.tables import Post, Staff
from tanggap.desk import alive
from tanggap.desk.actions import Action, Given, Where
from tanggap.desk.terminal import Ended, Terminal
from tanggap.desk.views import Eyes
from tanggap.desk.words import refusal, words

IDLE = timedelta(minutes=10)
_SAID_HERE = (View.NOTICE, View.FORWARDED, View.FILE)
"""What the chat would say to whoever decided, and the screen says instead."""
_STAGES = ("record", "alert", "post", "reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a decision left to be said, as the posts that the chat would have shown."""

    posts: Sequence[Post]


class Session:
    """Whoever sits there, and until when that is believed. All that is typed comes through it."""

    def __init__(self, ctx: Context, office: Office, terminal: Terminal) -> None:
        self.ctx = ctx
        self.office = office
        self.terminal = terminal
        self._entry: Entry | None = None
        self._last = ctx.clock()

    @property
    def lang(self) -> Lang:
        """The facility's language."""
        return language(self.office.settings.language)

    def say(self, key: str, /, **params: str | int) -> None:
        """Show a text of the terminal."""
        self.terminal.say(words(self.lang, key, **params))

    def log_in(self, name: str = "") -> None:
        """Find out who it is, and believe it for a PIN. Raises Refused and Ended."""
        chosen = self._named(name) if name else self._choose()
        while self._entry is None:
            self._ask_pin(chosen)

    def line(self, prompt: str) -> str:
        """What is typed next by the person who gave the PIN. Raises Refused and Ended."""
        while True:
            typed = self.terminal.line(prompt)
            if self._fresh():
                return typed
            self.say("idle")
            self._again()

    def eyes(self, db: Database) -> Eyes:
        """What this person may look with, at this moment. Raises Ended."""
        return Eyes(db=db, now=self.ctx.clock(), office=self.office, reader=self._actor(db))

    def decide(self, action: Action, given: Given) -> Done:
        """One decision in one transaction, as a tap is. Raises Refused and Ended."""
        with self.ctx.store.write("desk.decide", facility=self.office.id, urgent=True) as db:
            actor = self._actor(db)
            before = db.exec(select(func.max(Post.id))).one() or 0
            where = Where(db=db, now=self.ctx.clock(), office=self.office, actor=actor)
            action.do(where, given)
            posts = _taken_back(db, actor, before)
        for stage in _STAGES:
            self.ctx.wake(stage)
        return Done(posts=posts)

    def answer(self, done: Done) -> None:
        """Say what came of it, and whether anything runs that will carry it out."""
        shown = [post for post in done.posts if post.kind != View.FILE]
        with self.ctx.store.read() as db:
            eyes = self.eyes(db)
            said = [draw(eyes.of(post))[0].plain() for post in shown]
        for text in said or [say(self.lang, "toast.done")]:
            self.terminal.say(text)
        self.warn()

    def warn(self) -> None:
        """Say so when nothing runs that would send what is decided here."""
        with self.ctx.store.read() as db:
            if alive.running(db):
                return
            seen = alive.last_seen(db, self.office.id)
        if seen is None:
            self.say("stopped-never")
        else:
            self.say("stopped", since=format_due(seen, self.office.calendar.zone, self.lang))

    def refused(self, refused: desk.Refused) -> None:
        """Say why not."""
        self.terminal.say(refusal(self.lang, refused))

    def title(self) -> None:
        """Say whose desk this is, and who is believed to sit at it."""
        with self.ctx.store.read() as db:
            actor = self._actor(db)
        role = say(self.lang, f"role.{actor.role}")
        self.say("title", name=self.office.name, who=actor.name, role=role)

    def _actor(self, db: Database) -> Staff:
        actor = pin.still_in(db, self.office, self._entry) if self._entry else None
        if actor is None:
            self.say("over")
            raise Ended
        return actor

    def _fresh(self) -> bool:
        now = self.ctx.clock()
        # A clock that was set back proves nothing either.
        fresh = timedelta(0) <= now - self._last <= IDLE
        self._last = now
        return fresh

    def _again(self) -> None:
        entry, self._entry = self._entry, None
        while self._entry is None:
            self._ask_pin(entry.staff_id if entry else 0)

    def _ask_pin(self, staff_id: int) -> None:
        given = self.terminal.secret(words(self.lang, "pin")).strip()
        now = self._last = self.ctx.clock()
        try:
            self._entry = pin.enter(self.ctx.store, now, self.office, staff_id, given)
        except desk.Refused as refused:
            if refused.key != "pin-wrong":
                raise
            self.refused(refused)

    def _members(self) -> list[Staff]:
        with self.ctx.store.read() as db:
            return [one for one in staff.members(db, self.office.id) if one.active and one.pin_hash]

    def _named(self, name: str) -> int:
        for one in self._members():
            if one.name.casefold() == name.casefold():
                return one.id or 0
        raise desk.Refused("pin-none")

    def _choose(self) -> int:
        members = self._members()
        if not members:
            self.say("who-none")
            raise Ended
        for position, one in enumerate(members, 1):
            self.terminal.say(f"{position}. {one.name} ({say(self.lang, f'role.{one.role}')})")
        while True:
            typed = self.terminal.line(words(self.lang, "who")).strip()
            for position, one in enumerate(members, 1):
                if typed.casefold() in (str(position), one.name.casefold()):
                    return one.id or 0
            self.say("who-unknown")


def _taken_back(db: Database, actor: Staff, before: int) -> list[Post]:
    """What the chat was asked to say to whoever decided just now; it is said on the screen."""
    posts = db.exec(
        select(Post)
        .where(
            Post.staff_id == actor.id,
            col(Post.id) > before,
            col(Post.kind).in_([str(view) for view in _SAID_HERE]),
            col(Post.state).in_((SendState.PENDING, SendState.HELD)),
        )
        .order_by(col(Post.id))
    ).all()
    for post in posts:
        post.state, post.reason = SendState.CANCELLED, "desk"
    return list(posts)
