"""What a tap on a button does."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlalchemy import update
from sqlmodel import Session, col, select

from notifier.buttons import MEDIA, Tap, Verb
from notifier.commands import draft
from notifier.turn import CHOOSE, CORRECTION, MEDIUM, QUESTION, Turn
from pipeline import desk
from pipeline.desk import access
from pipeline.posts import View
from store.tables import Complaint, Message, Post, Reply, ReplyPart, Suggestion

_DECISIONS: Mapping[Verb, Callable[..., object]] = MappingProxyType(
    {
        Verb.TAKE: desk.take,
        Verb.UNDO: desk.undo,
        Verb.RESUBMIT: desk.resubmit,
        Verb.RESEND: desk.resend,
        Verb.SENT: desk.mark_sent,
        Verb.ELSEWHERE: desk.answered_elsewhere,
        Verb.ANYWAY: desk.send_anyway,
        Verb.JOIN: desk.join,
        Verb.REJECT: desk.reject,
        Verb.SPLIT: desk.split,
        Verb.ASIDE: desk.set_aside,
        Verb.RESTORE: desk.restore,
        Verb.PROMOTE: desk.promote,
        Verb.CLOSE: desk.close,
        Verb.REOPEN: desk.reopen,
        Verb.SHOW: desk.show,
        Verb.FILES: desk.show_files,
    }
)
"""Decisions about one row: (db, now, office, actor, id)."""
_BOUND: Mapping[Verb, Callable[..., object]] = MappingProxyType(
    {Verb.APPROVE: desk.approve, Verb.CHANGES: desk.request_changes}
)
"""Decisions about one version: (db, now, office, actor, id, digest)."""
_TOASTS: Mapping[Verb, str] = MappingProxyType(
    {Verb.MEDIUM: "notice.recording", Verb.DROP: "notice.dropped"}
)


_Row = Reply | ReplyPart | Suggestion | Message | Complaint
_ROWS: Mapping[Verb, type[_Row]] = MappingProxyType(
    {
        Verb.APPROVE: Reply,
        Verb.CHANGES: Reply,
        Verb.UNDO: Reply,
        Verb.RESUBMIT: Reply,
        Verb.RESEND: ReplyPart,
        Verb.SENT: ReplyPart,
        Verb.JOIN: Suggestion,
        Verb.REJECT: Suggestion,
        Verb.PROMOTE: Message,
    }
)
"""Whose id goes with a verb, where it is not a complaint's."""


def facility_of(db: Session, tap: Tap) -> int | None:
    """Whose row a button is about; None where it is about none that exists."""
    table = _ROWS.get(tap.verb, Complaint)
    return db.exec(select(table.facility_id).where(table.id == tap.number)).first()


def run(turn: Turn, tap: Tap) -> str:
    """Do it; the key of the text that acknowledges it. Raises desk.Refused."""
    where = (turn.db, turn.now, turn.office, turn.actor)
    if tap.verb in _DECISIONS:
        _DECISIONS[tap.verb](*where, tap.number)
    elif tap.verb in _BOUND:
        _BOUND[tap.verb](*where, tap.number, tap.extra)
    else:
        _OTHERS[tap.verb](turn, tap)
    _redraw(turn)
    if tap.verb is Verb.TAKE and not turn.actor.started:
        return "toast.start"
    return _TOASTS.get(tap.verb, "toast.done")


def _redraw(turn: Turn) -> None:
    """Whatever bore the button is drawn anew, and loses it where it no longer applies."""
    turn.db.execute(
        update(Post)
        .where(
            col(Post.chat_id) == turn.incoming.chat_id,
            col(Post.message_id) == turn.incoming.message_id,
            col(Post.kind) != View.CARD,
        )
        .values(wanted=Post.wanted + 1)
    )


def _ask(turn: Turn, tap: Tap) -> None:
    case = access.holding(turn.db, turn.office, turn.actor, tap.number)
    turn.expect(QUESTION, case.id)
    turn.notice("write-question", case.id)


def _correct(turn: Turn, tap: Tap) -> None:
    case = access.holding(turn.db, turn.office, turn.actor, tap.number)
    turn.expect(CORRECTION, case.id)
    turn.notice("write-correction", case.id)


def _more(turn: Turn, tap: Tap) -> None:
    case = access.holding(turn.db, turn.office, turn.actor, tap.number)
    turn.ask(View.MENU, case.id)


def _list_aside(turn: Turn, _tap: Tap) -> None:
    access.may_work(turn.office, turn.actor)
    turn.ask(View.ASIDE)


def _choose(turn: Turn, tap: Tap) -> None:
    prompt = turn.prompt()
    if prompt is None or prompt.purpose != CHOOSE:
        raise desk.Refused("nothing-to-do")
    draft(turn, tap.number, turn.words(turn.written(prompt)))
    turn.expect_nothing()


def _medium(turn: Turn, tap: Tap) -> None:
    prompt = turn.prompt()
    if prompt is None or prompt.purpose != MEDIUM or tap.extra not in MEDIA:
        raise desk.Refused("nothing-to-do")
    rows = turn.written(prompt)
    if not rows:
        raise desk.Refused("empty-text")
    desk.record_by_hand(
        turn.db,
        turn.now,
        turn.office,
        turn.actor,
        key=f"{rows[0].bot_id}:{rows[0].update_id}",
        text=turn.words(rows),
        medium=tap.extra,
    )
    turn.expect_nothing()


def _drop(turn: Turn, _tap: Tap) -> None:
    turn.expect_nothing()


_OTHERS: Mapping[Verb, Callable[[Turn, Tap], None]] = MappingProxyType(
    {
        Verb.ASK: _ask,
        Verb.CORRECT: _correct,
        Verb.MORE: _more,
        Verb.LIST_ASIDE: _list_aside,
        Verb.CHOOSE: _choose,
        Verb.MEDIUM: _medium,
        Verb.DROP: _drop,
    }
)
