"""One person's turn: an update, who did it, and the facility it is about."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from notifier.incoming import Incoming, command, read
from notifier.texts import language
from pipeline import posts
from pipeline.calendar import Lang
from pipeline.ports import Office
from pipeline.posts import View
from store.tables import Complaint, Post, Prompt, Staff, Update

NOTE, QUESTION, CORRECTION = "note", "question", "correction"
"""Purposes of a Prompt: the next message is that. `note` is the desk's own."""
PASTE, MEDIUM, CHOOSE = "catat-text", "catat-medium", "choose"
"""The next message is the complaint's text; a tap on a medium, or on a case, is awaited for what
was written (params.updates: where it stands, so that nobody's words stand twice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Lives as long as the transaction that processes one update."""

    db: Session
    now: datetime
    office: Office
    actor: Staff
    incoming: Incoming
    row: Update
    username: str

    @property
    def lang(self) -> Lang:
        """The facility's language."""
        return language(self.office.settings.language)

    @property
    def actor_id(self) -> int:
        """The row's id of whoever acts."""
        return self.actor.id or 0

    def ask(self, view: View, complaint_id: int | None = None, **params: str | int | None) -> None:
        """Show something to whoever acts."""
        posts.ask(
            self.db,
            view,
            facility_id=self.office.id,
            now=self.now,
            staff_id=self.actor.id,
            complaint_id=complaint_id,
            params=params,
        )

    def notice(self, key: str, complaint_id: int | None = None, /, **params: str | int) -> None:
        """Tell whoever acts a short text."""
        self.ask(View.NOTICE, complaint_id, key=key, **params)

    def post(self, message_id: int) -> Post | None:
        """What of ours stands there in this chat, if its id was ever learnt."""
        return self.db.exec(
            select(Post).where(
                Post.facility_id == self.office.id,
                Post.chat_id == self.incoming.chat_id,
                Post.message_id == message_id,
            )
        ).first()

    def prompt(self) -> Prompt | None:
        """What this person's next message is for."""
        return self.db.get(Prompt, self.actor.id)

    def expect(
        self,
        purpose: str,
        complaint_id: int | None = None,
        updates: Iterable[int] = (),
        cases: str = "",
    ) -> None:
        """From now on the next message is for this; whatever was expected before is dropped."""
        self.db.merge(
            Prompt(
                staff_id=self.actor_id,
                purpose=purpose,
                complaint_id=complaint_id,
                reply_id=None,
                params=json.dumps({"updates": list(updates), "cases": cases}),
                created_at=self.now,
            )
        )

    def expect_nothing(self) -> None:
        """The next message is for nothing in particular."""
        self.db.execute(delete(Prompt).where(col(Prompt.staff_id) == self.actor_id))

    def written(self, prompt: Prompt) -> list[Update]:
        """The updates that hold what was written for a prompt, in order."""
        ids = json.loads(prompt.params).get("updates", [])
        return list(
            self.db.exec(select(Update).where(col(Update.id).in_(ids)).order_by(col(Update.id)))
        )

    def words(self, rows: Iterable[Update]) -> str:
        """What was written in them, without the commands before it."""
        return "\n".join(filter(None, (self._words(row) for row in rows)))

    def choose(self, cases: str, updates: Iterable[int]) -> None:
        """Ask which of these cases (ids, with commas) what was written is for."""
        self.expect(CHOOSE, updates=updates, cases=cases)
        self.notice("which-case", cases=cases)

    def _words(self, row: Update) -> str:
        incoming = read(json.loads(row.raw), row.bot_id)
        text = incoming.text.strip() if incoming else ""
        typed = command(text, self.username)
        if typed is None:
            return text
        if typed.name == "catat":
            return typed.rest
        return "".join(typed.rest.split(maxsplit=1)[1:])


def ids(cases: Iterable[Complaint]) -> str:
    """Their ids with commas, as the parameters of a post carry them."""
    return ",".join(str(case.id) for case in cases)
