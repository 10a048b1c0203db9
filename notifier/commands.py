"""The five commands of the first day."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from notifier.incoming import Command
from notifier.turn import MEDIUM, PASTE, Turn, ids
from pipeline import desk
from pipeline.desk import access
from pipeline.posts import View
from store.states import ReplyKind

_NUMBER_AND_TEXT = re.compile(r"(\S+)\s+(\S.*)", re.DOTALL)


def run(turn: Turn, command: Command) -> None:
    """Do what a command says. Raises desk.Refused."""
    do = _COMMANDS.get(command.name)
    if do is not None:
        do(turn, command.rest)
    elif turn.incoming.private:
        turn.notice("unknown-command")


def draft(turn: Turn, complaint_id: int, text: str, kind: ReplyKind = ReplyKind.ANSWER) -> None:
    """Make the next version of an answer. Raises desk.Refused."""
    reply = desk.draft(turn.db, turn.now, turn.office, turn.actor, complaint_id, text, kind)
    reply.update_id = turn.row.id


def _catat(turn: Turn, rest: str) -> None:
    access.may_work(turn.office, turn.actor)
    if rest:
        turn.expect(MEDIUM, updates=[turn.row.id or 0])
        turn.notice("medium")
    else:
        turn.expect(PASTE)
        turn.notice("paste")


def _daftar(turn: Turn, _rest: str) -> None:
    access.may_work(turn.office, turn.actor)
    turn.ask(View.LIST)


def _balas(turn: Turn, rest: str) -> None:
    match = _NUMBER_AND_TEXT.fullmatch(rest)
    if match is None:
        turn.notice("how-reply")
        return
    cases = desk.find_case(turn.db, turn.office, match[1])
    if not cases:
        raise desk.Refused("no-such-complaint")
    if len(cases) > 1:
        turn.choose(ids(cases), [turn.row.id or 0])
    else:
        draft(turn, cases[0].id or 0, match[2])


def _setujui(turn: Turn, rest: str) -> None:
    if not rest:
        turn.notice("how-approve")
        return
    cases = desk.find_case(turn.db, turn.office, rest)
    if not cases:
        raise desk.Refused("no-such-complaint")
    if len(cases) > 1:
        turn.notice("which-draft", cases=ids(cases))
    else:
        # A typed command names no version: it shows the draft, whose button does.
        desk.show(turn.db, turn.now, turn.office, turn.actor, cases[0].id or 0)


def _bantuan(turn: Turn, _rest: str) -> None:
    turn.notice("help")


_COMMANDS: Mapping[str, Callable[[Turn, str], None]] = MappingProxyType(
    {
        "catat": _catat,
        "daftar": _daftar,
        "balas": _balas,
        "setujui": _setujui,
        "bantuan": _bantuan,
        "help": _bantuan,
    }
)
