"""What a person writes without a command: which case it is for, and what it is.

An answer to one of our messages belongs to that message's case; else the open question counts;
else the one case in the person's hands; otherwise the bot asks.
"""

import json
import re
from datetime import timedelta

from sqlmodel import col, select

from notifier.commands import draft
from notifier.incoming import Incoming
from notifier.turn import CHOOSE, CORRECTION, MEDIUM, NOTE, PASTE, QUESTION, Turn, ids
from pipeline import desk
from pipeline.posts import View
from store.states import OPEN, ReplyKind, Status
from store.tables import Complaint, Post, Prompt

_QUOTED = re.compile(r"ADU-\d{4}-\d+")
_ONE_BREATH = timedelta(minutes=2)
"""A text in several messages, while it is not said yet which case it is for."""
_NO_CASE = (View.NOTICE, View.LIST, View.ASIDE)
"""Answering one of these says nothing about a case."""


def hear(turn: Turn) -> None:
    """Make of a text what it is meant as. Raises desk.Refused."""
    text = turn.incoming.text.strip()
    if not turn.incoming.private:
        turn.notice("in-private")
        return
    if not text:
        turn.notice("text-only")
        return
    prompt, post = turn.prompt(), _answered(turn)
    if post is not None and post.kind == View.APPROVAL and not _is_for(prompt, post.complaint_id):
        turn.notice("tap-first", post.complaint_id)
        return
    case_id = _case_of(turn, post)
    if case_id is not None and not _is_for(prompt, case_id):
        draft(turn, case_id, text)
    elif prompt is not None:
        _follow(turn, prompt, text)
    else:
        _only_case(turn, text)


def _is_for(prompt: Prompt | None, case_id: int | None) -> bool:
    return prompt is not None and prompt.complaint_id is not None and prompt.complaint_id == case_id


def _answered(turn: Turn) -> Post | None:
    return turn.post(turn.incoming.replied_id) if turn.incoming.replied_id else None


def _case_of(turn: Turn, post: Post | None) -> int | None:
    """The case of the message that is answered: by its id, else by the number it quotes."""
    if post is not None:
        return None if post.kind in _NO_CASE else post.complaint_id
    number = quoted(turn.incoming)
    if not number:
        return None
    cases = desk.find_case(turn.db, turn.office, number)
    return cases[0].id if cases else None


def quoted(incoming: Incoming) -> str:
    """The one number that the answered message of ours names, else nothing."""
    numbers = set(_QUOTED.findall(incoming.replied_text))
    return numbers.pop() if incoming.to_bot and len(numbers) == 1 else ""


def _follow(turn: Turn, prompt: Prompt, text: str) -> None:
    """The text is what was asked for."""
    params = json.loads(prompt.params)
    updates = [*params.get("updates", []), turn.row.id]
    match prompt.purpose:
        case str(purpose) if purpose == NOTE:
            reply_id = prompt.reply_id or 0
            desk.note(turn.db, turn.now, turn.office, turn.actor, reply_id, text)
        case str(purpose) if purpose in (QUESTION, CORRECTION):
            draft(turn, prompt.complaint_id or 0, text, ReplyKind(purpose))
        case str(purpose) if purpose in (PASTE, MEDIUM):
            # A long paste arrives in pieces: all of them are the complaint.
            turn.expect(MEDIUM, updates=updates)
            turn.notice("medium")
            return
        case str(purpose) if purpose == CHOOSE and turn.now - prompt.created_at < _ONE_BREATH:
            turn.choose(params.get("cases", ""), updates)
            return
        case str(purpose) if purpose == CHOOSE:
            # Nobody chose: what was written then is not part of what is written now.
            turn.expect_nothing()
            _only_case(turn, text)
            return
    turn.expect_nothing()


def _only_case(turn: Turn, text: str) -> None:
    cases = _in_hands(turn)
    if not cases:
        turn.notice("no-case")
    elif len(cases) == 1 and cases[0].status is not Status.APPROVED:
        draft(turn, cases[0].id or 0, text)
    else:
        # Also for the only one while its answer is about to leave: «terima kasih» must not
        # replace what was approved.
        turn.choose(ids(cases), [turn.row.id or 0])


def _in_hands(turn: Turn) -> list[Complaint]:
    return list(
        turn.db.exec(
            select(Complaint)
            .where(
                Complaint.facility_id == turn.office.id,
                Complaint.taken_by == turn.actor.id,
                col(Complaint.status).in_(OPEN),
            )
            .order_by(col(Complaint.id))
            .limit(20)
        )
    )
