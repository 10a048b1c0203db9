"""PCs at the pipeline's own desk, and people who have decided what to type."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from store import pins
from store.states import Status
from store.tables import (
    Staff,
)
from tanggap.desk import menu, oneshot
from tanggap.desk.session import Session
from tanggap.desk.terminal import Ended, harmless
from tests.pipeline.conftest import Desk, make_desk

PIN = {"clerk": "271828", "coordinator": "161803", "head": "141421"}
HASH = {role: pins.hashed(pin) for role, pin in PIN.items()}


@dataclass
class Script:
    """A terminal whose person has decided what to type; an entry may be done instead."""

    lines: list[str | Callable[[], object]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.shown.append(harmless(text))

    def line(self, prompt: str) -> str:
        self.shown.append(prompt)
        while self.lines:
            step = self.lines.pop(0)
            if isinstance(step, str):
                return step
            step()
        raise Ended

    def secret(self, prompt: str) -> str:
        return self.line(prompt)

    @property
    def text(self) -> str:
        return "\n".join(self.shown)


@dataclass
class Counter:
    """The PCs at one desk."""

    desk: Desk

    def sit(self, who: str, *lines: str | Callable[[], object]) -> str:
        """Log in, type this, leave; all that was shown."""
        script = Script([PIN[who], *lines])
        session = Session(self.desk.ctx, self.desk.office, script)
        session.log_in(self.desk.staff[who].name)
        with pytest.raises(Ended):
            menu.run(session)
        assert not script.lines, script.text
        self.desk.settle()
        return script.text

    def once(self, who: str, *words: str, text: str = "") -> bool:
        """One action from the command line."""
        session = Session(self.desk.ctx, self.desk.office, Script([PIN[who], *text.splitlines()]))
        session.log_in(self.desk.staff[who].name)
        done = oneshot.run(session, words[0], words[1:])
        self.desk.settle()
        return done

    def status(self, number: int = 1) -> Status:
        return self.desk.complaint(number).status


def at(made: Desk) -> Counter:
    with made.store.write("test", facility=made.office.id) as db:
        for role, stored in HASH.items():
            db.get_one(Staff, made.staff[role].id).pin_hash = stored
    return Counter(made)


@pytest.fixture
def desk_of_one(tmp_path: Path) -> Iterator[Desk]:
    """Approval by the coordinator alone."""
    made = make_desk(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def counter(desk_of_one: Desk) -> Counter:
    return at(desk_of_one)


def choice(shown: str, label: str) -> str:
    """The number before a choice on the last screen."""
    lines = [line.strip() for line in shown.splitlines() if line.strip().endswith(f". {label}")]
    return lines[-1].partition(".")[0]
