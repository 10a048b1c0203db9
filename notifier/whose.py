"""For which facility a person acts who may work for several: the message itself has to tell.

Numbers begin at 0001 in every facility, so nothing is guessed: where the message does not tell,
the person is asked to answer the case's message, or to write in the facility's own group.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from sqlmodel import Session, col, select

from notifier import edits, groups, talk, taps
from notifier.buttons import read as read_tap
from notifier.incoming import Command, Incoming, What
from notifier.turn import Turn
from pipeline import desk
from pipeline.ports import Office
from store.states import OPEN
from store.tables import Complaint, Post, Prompt, Staff

_NUMBERED = ("balas", "setujui")
_OF_A_FACILITY = ("catat", "daftar")
"""Commands about a number, and those about everything of a facility."""


class Unclear(Exception):
    """The argument is the key of the text that says why: `elsewhere` or `which-facility`."""


def meant(
    db: Session,
    offices: Mapping[int, Office],
    incoming: Incoming,
    typed: Command | None,
    known: Sequence[Staff],
    turn_of: Callable[[Staff], Turn],
) -> Staff:
    """As which of `known` (one person, one row a facility, at least one) they act here.

    Raises Unclear.
    """
    if not incoming.private and incoming.what is not What.TAP:
        return _in_group(db, incoming, known)
    if incoming.what is What.MESSAGE and incoming.replied_id:
        # Also for those with one: what they answer may be of a facility that they have left.
        where = _shown_by(db, incoming.chat_id, incoming.replied_id)
        if where is not None:
            return _one_of(known, {where})
    if len(known) == 1:
        return known[0]
    if incoming.what is What.EDITED:
        return _only(staff for staff in known if edits.made_of(turn_of(staff))) or known[0]
    if incoming.what is What.TAP:
        return _tapped(db, incoming, known)
    if incoming.replied_id:
        return _answering(db, offices, incoming, known)
    return _typed(db, offices, typed, known) if typed else _plain(db, known)


def _in_group(db: Session, incoming: Incoming, known: Sequence[Staff]) -> Staff:
    """Whoever writes in a facility's group acts for that one, or not at all."""
    here = {group.facility_id for group in groups.of_chat(db, incoming.chat_id)}
    if not here:
        return known[0]  # a group of nobody's: left without more ado
    return _one_of(known, here)


def _tapped(db: Session, incoming: Incoming, known: Sequence[Staff]) -> Staff:
    tap = read_tap(incoming.data)
    where = taps.facility_of(db, tap) if tap else None
    if where is None:
        where = _shown_by(db, incoming.chat_id, incoming.message_id)
    if where is not None:
        return _one_of(known, {where})
    return _prompted(db, known) or _unclear(known)


def _answering(
    db: Session, offices: Mapping[int, Office], incoming: Incoming, known: Sequence[Staff]
) -> Staff:
    """An answer to a message whose id was never learnt."""
    number = talk.quoted(incoming)
    if not number:
        return _plain(db, known)
    return _one_of(known, _with_number(db, offices, known, number) or {known[0].facility_id})


def _typed(
    db: Session, offices: Mapping[int, Office], typed: Command, known: Sequence[Staff]
) -> Staff:
    if typed.name in _NUMBERED and typed.rest:
        number = typed.rest.split(maxsplit=1)[0]
        there = _with_number(db, offices, known, number)
        return _one_of(known, there or {known[0].facility_id})
    return _unclear(known) if typed.name in _OF_A_FACILITY else known[0]


def _plain(db: Session, known: Sequence[Staff]) -> Staff:
    """What was asked for last, else the only facility in which they have a case in hand."""
    busy = set(
        db.exec(
            select(Complaint.facility_id).where(
                col(Complaint.taken_by).in_([staff.id for staff in known]),
                col(Complaint.facility_id).in_([staff.facility_id for staff in known]),
                col(Complaint.status).in_(OPEN),
            )
        )
    )
    return _prompted(db, known) or _one_of(known, busy or {known[0].facility_id})


def _prompted(db: Session, known: Sequence[Staff]) -> Staff | None:
    newest = db.exec(
        select(Prompt.staff_id)
        .where(col(Prompt.staff_id).in_([staff.id for staff in known]))
        .order_by(col(Prompt.created_at).desc())
    ).first()
    return _only(staff for staff in known if staff.id == newest)


def _shown_by(db: Session, chat_id: int, message_id: int) -> int | None:
    """Whose post stands there, if its id was ever learnt."""
    return db.exec(
        select(Post.facility_id).where(Post.chat_id == chat_id, Post.message_id == message_id)
    ).first()


def _with_number(
    db: Session, offices: Mapping[int, Office], known: Sequence[Staff], number: str
) -> set[int]:
    return {
        staff.facility_id
        for staff in known
        if desk.find_case(db, offices[staff.facility_id], number)
    }


def _one_of(known: Sequence[Staff], facilities: Collection[int]) -> Staff:
    found = [staff for staff in known if staff.facility_id in facilities]
    if not found:
        raise Unclear("elsewhere")
    return found[0] if len(found) == 1 else _unclear(found)


def _unclear(known: Sequence[Staff]) -> Staff:
    if len(known) == 1:
        return known[0]
    raise Unclear("which-facility")


def _only(found: Iterator[Staff]) -> Staff | None:
    return next(found, None)
