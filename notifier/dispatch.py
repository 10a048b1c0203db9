"""From an update to a decision: who did it, may they, and what was meant.

Everything here runs inside the write transaction that also marks the update as processed; what
has to be said at once (a toast, a refusal) is returned and said after its commit.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from notifier import commands, edits, groups, strangers, talk, taps, whose
from notifier.buttons import read as read_tap
from notifier.incoming import Command, Incoming, What, command, read
from notifier.outcome import Outcome
from notifier.texts import language, say
from notifier.turn import Turn
from pipeline import chathealth, desk, posts
from pipeline.calendar import Lang
from pipeline.chathealth import Why
from pipeline.ports import Office
from pipeline.posts import View
from store.posts import group_is_back
from store.states import UpdateState
from store.tables import Staff, Update

_MEND = ("empty-text", "too-long", "still-sending")
"""Refusals after which what was asked for is still awaited."""
_NOTHING = "{}"
"""What is kept of a stranger's words, once they were refused."""


class Dispatcher:
    """Processes stored updates, one at a time, in the order of their arrival."""

    def __init__(self, offices: Mapping[int, Office]) -> None:
        self._offices = offices

    def process(self, db: Session, now: datetime, row: Update, username: str = "") -> Outcome:
        """Do what an update asks for, mark it processed. Raises what a bug raises."""
        incoming = read(json.loads(row.raw), row.bot_id)
        row.state = UpdateState.PROCESSED
        if incoming is None:
            return Outcome()
        match incoming.what:
            case What.MIGRATED:
                groups.move(db, incoming.old_chat_id, incoming.new_chat_id)
                return Outcome()
            case What.MEMBER:
                return self._member(db, now, incoming)
        return self._person(db, now, row, incoming, username)

    def facilities(self, db: Session, row: Update) -> set[int]:
        """Whose rows it may touch: those of whoever sent it, and everybody's where that does not
        tell: a code to be redeemed, a group that moved.
        """
        incoming = read(json.loads(row.raw), row.bot_id)
        if incoming is None or incoming.what in (What.MIGRATED, What.MEMBER):
            return set(self._offices)
        if incoming.text.lstrip().startswith("/start"):
            return set(self._offices)
        known = self._staff(db, incoming.user_id)
        return {staff.facility_id for staff in known} or set(self._offices)

    def give_up(self, db: Session, now: datetime, row: Update) -> None:
        """After too many tries: tell whoever sent it that nothing came of it."""
        row.state = UpdateState.FAILED
        incoming = read(json.loads(row.raw), row.bot_id)
        for staff in self._staff(db, incoming.user_id)[:1] if incoming else ():
            posts.ask(
                db,
                View.NOTICE,
                facility_id=staff.facility_id,
                now=now,
                staff_id=staff.id,
                params={"key": "update-failed"},
            )

    def _person(
        self, db: Session, now: datetime, row: Update, incoming: Incoming, username: str
    ) -> Outcome:
        if incoming.masked in ("group", "channel"):
            row.raw = _NOTHING
            return strangers.masked(db, self._lang, incoming)
        typed = command(incoming.text, username) if incoming.what is What.MESSAGE else None
        if typed is not None and typed.name == "start":
            return self._start(db, now, row, incoming, typed)
        known = self._staff(db, incoming.user_id)
        if not known:
            row.raw = _NOTHING
            return strangers.refused(db, self._lang, incoming)

        def turn_of(actor: Staff) -> Turn:
            return Turn(
                db=db,
                now=now,
                office=self._offices[actor.facility_id],
                actor=actor,
                incoming=incoming,
                row=row,
                username=username,
            )

        try:
            turn = turn_of(whose.meant(db, self._offices, incoming, typed, known, turn_of))
        except whose.Unclear as unclear:
            return _unclear(turn_of(known[0]), str(unclear))
        if incoming.what is What.TAP:
            return _tap(turn)
        _message(turn, typed)
        strange = not incoming.private and not groups.of_chat(db, incoming.chat_id)
        return Outcome(leave=incoming.chat_id if strange else 0)

    def _staff(self, db: Session, telegram_id: int) -> Sequence[Staff]:
        """The active staff with that account, one a facility at most."""
        return db.exec(
            select(Staff)
            .where(
                Staff.telegram_id == telegram_id,
                col(Staff.active),
                col(Staff.facility_id).in_(list(self._offices)),
            )
            .order_by(col(Staff.id))
        ).all()

    def _start(
        self, db: Session, now: datetime, row: Update, incoming: Incoming, typed: Command
    ) -> Outcome:
        """`/start` lets the bot write to this person; `/start CODE` makes them staff."""
        if not incoming.private:
            return Outcome()  # a code in the group is a code given away
        code = typed.rest if typed.rest != "case" else ""
        if code:
            try:
                with db.begin_nested():
                    self._welcome(db, now, desk.enrol(db, now, code, incoming.user_id))
                    return Outcome()
            except desk.Refused as refusal:
                key, known = refusal.key, self._staff(db, incoming.user_id)
                if not known:
                    text = say(self._lang, f"notice.refused-{key}")
                    return Outcome(say_to=incoming.chat_id, text=text)
        known = self._staff(db, incoming.user_id)
        for staff in known:
            desk.started(db, now, staff)
            self._welcome(db, now, staff)
        if known:
            return Outcome()
        row.raw = _NOTHING
        return strangers.refused(db, self._lang, incoming)

    def _welcome(self, db: Session, now: datetime, staff: Staff) -> None:
        posts.ask(
            db,
            View.NOTICE,
            facility_id=staff.facility_id,
            now=now,
            staff_id=staff.id,
            params={"key": "welcome", "name": staff.name, "role": staff.role},
        )

    @property
    def _lang(self) -> Lang:
        """For those who belong to no facility: the first one's language."""
        office = next(iter(self._offices.values()), None)
        return language(office.settings.language if office else "id")

    def _member(self, db: Session, now: datetime, incoming: Incoming) -> Outcome:
        """The bot was let in or thrown out, of a group or of a person's private chat."""
        if incoming.private:
            for staff in self._staff(db, incoming.chat_id):
                if incoming.present:
                    desk.started(db, now, staff)
                else:
                    chathealth.person_lost(db, staff.facility_id, staff, now)
            return Outcome()
        known = groups.of_chat(db, incoming.chat_id)
        for group in known:
            if incoming.present and not incoming.mute:
                group_is_back(db, group.facility_id, now)
            elif group.facility_id in self._offices:
                why = Why.RESTRICTED if incoming.present else Why.REMOVED
                chathealth.group_lost(db, group.facility_id, why, now)
        return Outcome(leave=incoming.chat_id if incoming.present and not known else 0)


def _unclear(turn: Turn, key: str) -> Outcome:
    """Nothing is done, and they are told how to say it so that it is clear."""
    if turn.incoming.what is What.TAP:
        text = say(turn.lang, f"notice.{key}")
        return Outcome(query_id=turn.incoming.query_id, toast=text)
    turn.notice(key)
    return Outcome()


def _tap(turn: Turn) -> Outcome:
    tap = read_tap(turn.incoming.data)
    key, params = "toast.old", {}
    if tap is not None:
        try:
            with turn.db.begin_nested():
                key = taps.run(turn, tap)
        except desk.Refused as refusal:
            key, params = f"notice.refused-{refusal.key}", refusal.params
    return Outcome(
        query_id=turn.incoming.query_id,
        toast=say(turn.lang, key, **params),
        tapped_by=0 if key == "toast.done" else turn.incoming.user_id,
    )


def _message(turn: Turn, typed: Command | None) -> None:
    if turn.incoming.masked:
        turn.notice("via-bot")
        return
    if turn.incoming.file and turn.incoming.text:
        turn.notice("text-only")  # the words under a photo count, the photo goes nowhere
    try:
        with turn.db.begin_nested():
            if turn.incoming.what is What.EDITED:
                edits.apply(turn)
            elif typed is not None:
                commands.run(turn, typed)
            else:
                talk.hear(turn)
    except desk.Refused as refusal:
        turn.notice(f"refused-{refusal.key}", **refusal.params)
        if turn.incoming.what is What.EDITED:
            return
        if typed is None and refusal.key not in _MEND:
            turn.expect_nothing()
