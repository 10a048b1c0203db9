"""One decision from the command line: `tanggap desk --as NAME take 0042`.

The PIN is the first line of the input; what an action needs to be written follows it.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlmodel import Session as Database
from sqlmodel import or_, select

from notifier.buttons import MEDIA, Verb
from pipeline import desk
from store.states import SendState, SuggestionState
from store.tables import Complaint, Reply, Suggestion
from tanggap.desk import menu, views
from tanggap.desk.actions import ACTIONS, Target
from tanggap.desk.session import Session
from tanggap.desk.views import Choice
from tanggap.desk.words import words

LIST, SHOW, ASIDE = "list", "show", "list-aside"
_WAITING = (SendState.UNKNOWN, SendState.FAILED, SendState.PENDING)


class Usage(Exception):
    """The words do not name one thing to be done; the argument says how they would."""


def run(session: Session, action: str, given: Sequence[str]) -> bool:
    """Do it; whether it was done. Raises Refused, Ended and Usage."""
    if action in (LIST, SHOW, ASIDE):
        return _show(session, action, given)
    if action not in ACTIONS:
        names = ", ".join([LIST, SHOW, ASIDE, *ACTIONS])
        raise Usage(words(session.lang, "unknown-action", actions=names))
    if ACTIONS[action].target is Target.NOTHING:
        if not 1 <= len(given) <= 3 or given[0] not in MEDIA:
            raise _usage(session, action)
        return menu.record(session, *([*given, "", ""][:3]))
    with session.ctx.store.read() as db:
        complaint, choice = _resolve(session, db, action, given)
    if action == Verb.FILES and complaint is not None:
        return menu.save(session, choice, complaint, Path(given[1]))
    return menu.attempt(session, choice, complaint)


def _show(session: Session, action: str, given: Sequence[str]) -> bool:
    with session.ctx.store.read() as db:
        eyes = session.eyes(db)
        if action == LIST:
            page, pages, texts = 0, 1, []
            while page < pages:
                text, page, pages = views.listing(eyes, page + 1)
                texts.append(text)
            text = "\n".join(texts)
        elif action == ASIDE:
            text = views.aside(eyes).text
        else:
            if len(given) != 1:
                raise _usage(session, action)
            text = views.case(eyes, _case(session, db, given[0])).text
    session.terminal.say(text)
    return True


def _resolve(
    session: Session, db: Database, action: str, given: Sequence[str]
) -> tuple[Complaint | None, Choice]:
    """From words to rows: what a button would carry."""
    target = ACTIONS[action].target
    wanted = 1 if target in (Target.CASE, Target.MESSAGE) and action != Verb.FILES else 2
    if len(given) != wanted:
        raise _usage(session, action)
    if target is Target.MESSAGE:
        return None, Choice(label="", action=action, number=_number(session, action, given[0]))
    complaint = _case(session, db, given[0])
    number, digest = complaint.id or 0, ""
    if target in (Target.REPLY, Target.PART):
        version = _number(session, action, given[1])
        reply = db.exec(
            select(Reply).where(Reply.complaint_id == complaint.id, Reply.version == version)
        ).one_or_none()
        if reply is None:
            raise desk.Refused("no-draft")
        number, digest = reply.id or 0, reply.digest
        if target is Target.PART:
            parts = desk.parts_of(db, number)
            waiting = (part for part in parts if part.state in _WAITING)
            number = next(waiting, parts[0]).id or 0
    elif target is Target.SUGGESTION:
        number = _suggestion(session, db, complaint, _case(session, db, given[1]))
    return complaint, Choice(label="", action=action, number=number, digest=digest)


def _case(session: Session, db: Database, typed: str) -> Complaint:
    cases = desk.find_case(db, session.office, typed)
    if not cases:
        raise desk.Refused("no-such-complaint")
    if len(cases) > 1:
        numbers = " ".join(case.number for case in cases)
        raise Usage(f"{words(session.lang, 'which')} {numbers}")
    return cases[0]


def _suggestion(session: Session, db: Database, one: Complaint, other: Complaint) -> int:
    """The open suggestion that these two are one, whichever is named first."""
    found = db.exec(
        select(Suggestion.id).where(
            Suggestion.state == SuggestionState.OPEN,
            or_(
                (Suggestion.complaint_id == one.id) & (Suggestion.other_id == other.id),
                (Suggestion.complaint_id == other.id) & (Suggestion.other_id == one.id),
            ),
        )
    ).first()
    if found is None:
        raise Usage(words(session.lang, "no-such"))
    return found


def _number(session: Session, action: str, typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise _usage(session, action)
    return int(typed)


def _usage(session: Session, action: str) -> Usage:
    target = ACTIONS[action].target if action in ACTIONS else Target.CASE
    key = "files" if action == Verb.FILES else target
    usage = words(session.lang, f"usage.{key}", action=action)
    return Usage(words(session.lang, "usage", usage=usage))
