"""Every decision at the PC, in one table that the menu and the one-shot commands share.

Who may do what is asked by the functions themselves (`pipeline.desk.access`), as in the chat.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col

from notifier.buttons import Verb
from notifier.turn import NOTE
from pipeline import desk
from pipeline.ports import Office
from pipeline.posts import View
from store.states import ReplyKind, SendState
from store.tables import Post, Prompt, Staff


class Target(StrEnum):
    """What a decision is about. In brackets: how it is named on a command line."""

    CASE = "case"
    """[number]"""
    REPLY = "reply"
    """[number, version]"""
    PART = "part"
    """[number, version] the part of that version which waits for a person."""
    SUGGESTION = "suggestion"
    """[number, the other number]"""
    MESSAGE = "message"
    """[row id]"""
    NOTHING = "nothing"
    """[medium, contact, name]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The transaction of one decision, and who decides."""

    db: Session
    now: datetime
    office: Office
    actor: Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a decision is told."""

    number: int = 0
    """The row's id."""
    digest: str = ""
    text: str = ""
    medium: str = ""
    contact: str = ""
    name: str = ""
    key: str = ""
    """Makes what is typed in be recorded once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One decision."""

    name: str
    """A word for the command line; the verb's where the chat has a button for it."""
    target: Target
    decision: Callable[..., Any]
    """The function of `pipeline.desk`."""
    do: Callable[[Where, Given], object]
    text: bool = False
    """Whether somebody has to write something."""


def _row(decision: Callable[..., Any]) -> Callable[[Where, Given], object]:
    return lambda at, given: decision(at.db, at.now, at.office, at.actor, given.number)


def _bound(decision: Callable[..., Any]) -> Callable[[Where, Given], object]:
    return lambda at, given: decision(
        at.db, at.now, at.office, at.actor, given.number, given.digest
    )


def _draft(at: Where, given: Given, *, kind: ReplyKind) -> object:
    return desk.draft(at.db, at.now, at.office, at.actor, given.number, given.text, kind)


def _note(at: Where, given: Given) -> None:
    desk.note(at.db, at.now, at.office, at.actor, given.number, given.text)
    # The chat need not wait for it any more.
    at.db.execute(
        delete(Prompt).where(
            col(Prompt.staff_id) == at.actor.id,
            col(Prompt.purpose) == NOTE,
            col(Prompt.reply_id) == given.number,
        )
    )


def _changes(at: Where, given: Given) -> None:
    """Both at once: in the chat the note is the next message."""
    desk.request_changes(at.db, at.now, at.office, at.actor, given.number, given.digest)
    at.db.execute(
        update(Post)
        .where(
            col(Post.staff_id) == at.actor.id,
            col(Post.kind) == View.NOTICE,
            col(Post.state) == SendState.PENDING,
            col(Post.created_at) == at.now,
            col(Post.params).contains('"write-note"'),
        )
        .values(state=SendState.CANCELLED)
    )
    _note(at, given)


def _record(at: Where, given: Given) -> None:
    desk.record_by_hand(
        at.db,
        at.now,
        at.office,
        at.actor,
        key=given.key,
        text=given.text,
        medium=given.medium,
        contact=given.contact,
        name=given.name,
    )


def _plain(verb: Verb, target: Target, decision: Callable[..., Any]) -> Action:
    return Action(name=verb, target=target, decision=decision, do=_row(decision))


def _writing(name: str, kind: ReplyKind) -> Action:
    do = partial(_draft, kind=kind)
    return Action(name=name, target=Target.CASE, decision=desk.draft, do=do, text=True)


_ALL = (
    _plain(Verb.TAKE, Target.CASE, desk.take),
    _writing("draft", ReplyKind.ANSWER),
    _writing(Verb.ASK, ReplyKind.QUESTION),
    _writing(Verb.CORRECT, ReplyKind.CORRECTION),
    _plain(Verb.FILES, Target.CASE, desk.show_files),
    Action(name=Verb.APPROVE, target=Target.REPLY, decision=desk.approve, do=_bound(desk.approve)),
    Action(
        name=Verb.CHANGES,
        target=Target.REPLY,
        decision=desk.request_changes,
        do=_changes,
        text=True,
    ),
    Action(name="note", target=Target.REPLY, decision=desk.note, do=_note, text=True),
    _plain(Verb.UNDO, Target.REPLY, desk.undo),
    _plain(Verb.RESUBMIT, Target.REPLY, desk.resubmit),
    _plain(Verb.RESEND, Target.PART, desk.resend),
    _plain(Verb.SENT, Target.PART, desk.mark_sent),
    _plain(Verb.ELSEWHERE, Target.CASE, desk.answered_elsewhere),
    _plain(Verb.ANYWAY, Target.CASE, desk.send_anyway),
    _plain(Verb.JOIN, Target.SUGGESTION, desk.join),
    _plain(Verb.REJECT, Target.SUGGESTION, desk.reject),
    _plain(Verb.SPLIT, Target.CASE, desk.split),
    _plain(Verb.ASIDE, Target.CASE, desk.set_aside),
    _plain(Verb.RESTORE, Target.CASE, desk.restore),
    _plain(Verb.PROMOTE, Target.MESSAGE, desk.promote),
    _plain(Verb.CLOSE, Target.CASE, desk.close),
    _plain(Verb.REOPEN, Target.CASE, desk.reopen),
    Action(
        name="record",
        target=Target.NOTHING,
        decision=desk.record_by_hand,
        do=_record,
        text=True,
    ),
)
ACTIONS: Mapping[str, Action] = MappingProxyType({action.name: action for action in _ALL})
"""By name. A decision of `pipeline.desk` that is missing here fails a test."""
SCREENS = frozenset({Verb.SHOW, Verb.MORE, Verb.LIST_ASIDE, Verb.CHOOSE, Verb.MEDIUM, Verb.DROP})
"""Verbs that decide nothing: what they lead to in the chat is what the screens show here."""
