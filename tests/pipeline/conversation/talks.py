"""The invented conversations of talks.txt, and a desk behind a number that plays them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from sqlmodel import col, select

from channels.message import Delivery, Edit, Event, Message, Withdrawal
from pipeline import inbound
from pipeline.conversation import held
from store.states import ReplyKind, SendState, Status
from store.tables import Account, Complaint, Reply, ReplyPart
from store.tables import Message as Row
from tests.doubles import LetterChannel
from tests.pipeline.conftest import Desk, make_desk

_LINE = re.compile(
    r"(?P<at>\d+) (?P<label>[A-Z]?[~!*-]?|-)\s*(?:\[(?P<form>\w+)\])?\s*(?:@(?P<who>\w))?\s*"
    r"\|(?P<text>.*)"
)
_ACT = re.compile(r"(?P<at>\d+) (?P<act>answer|ask) (?P<label>[A-Z])")


class ChatChannel(LetterChannel):
    """A gateway for short messages, whose raw is that of letters; `edit` and `withdraw` name
    an earlier message.
    """

    channel: ClassVar[str] = "android"

    def parse(self, delivery: Delivery) -> Sequence[Event]:
        [letter] = super().parse(delivery)
        assert isinstance(letter, Message)
        if delivery.meta.get("change") == "edit":
            return [Edit(external_id=letter.in_reply_to, text=letter.text)]
        if delivery.meta.get("change") == "withdraw":
            return [Withdrawal(external_id=letter.in_reply_to)]
        return [replace(letter, medium="sms", vouched=True)]


@dataclass(frozen=True)
class Line:
    """A message, or (`act`) something that the desk does."""

    at: int
    label: str = ""
    mark: str = ""
    text: str = ""
    form: str = ""
    who: str = "a"
    act: str = ""


@dataclass(frozen=True)
class Talk:
    """A conversation with its expected end."""

    name: str
    lines: tuple[Line, ...]


def talks() -> list[Talk]:
    """All of them."""
    found: list[Talk] = []
    source = (Path(__file__).parent / "talks.txt").read_text(encoding="utf-8")
    for block in re.split(r"\n\s*\n", source):
        rows = [row for row in block.splitlines() if row and row[0] not in "#="]
        if rows:
            found.append(Talk(rows[0], tuple(_line(row) for row in rows[1:])))
    return found


def _line(row: str) -> Line:
    if act := _ACT.fullmatch(row):
        return Line(int(act["at"]), act["label"], act=act["act"])
    found = _LINE.fullmatch(row)
    assert found, row
    label = found["label"]
    mark = label[-1] if label and label[-1] in "~!*-" else ""
    return Line(
        int(found["at"]),
        label.rstrip("~!*-"),
        mark,
        found["text"].strip(),
        found["form"] or "",
        found["who"] or "a",
    )


@contextmanager
def chat_desk(folder: Path) -> Iterator[Desk]:
    """One office behind a number."""
    desk = make_desk(folder)
    desk.office.channels["hotline"] = ChatChannel()  # type: ignore[index]
    with desk.store.write("test.setup", facility=desk.office.id) as db:
        db.exec(select(Account).where(Account.name == "hotline")).one().channel = "android"
    yield desk
    desk.store.close()


@dataclass
class Play:
    """One conversation at a desk, from its present on."""

    desk: Desk
    person: str = "0"
    sent: dict[str, Line] = field(default_factory=dict)
    """Identity → line."""
    begun: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self.desk.clock.now

    def say(self, line: Line) -> str:
        """The message reaches the desk; nothing is recorded yet."""
        marks: dict[str, Any] = {"form": line.form, "at": self.begun + timedelta(seconds=line.at)}
        if line.form == "automatic":
            marks |= {"form": "", "automated": "automatic"}
        if line.form == "photo":
            photo = {"name": "foto.jpg", "content_type": "image/jpeg", "size": 9, "part": "1"}
            marks["attachments"] = [photo]
        text = re.sub(r"\{(\w)\}", lambda found: self._number(found[1]), line.text)
        sender = f"+62811{self.person}{ord(line.who):03}"
        identity = self.desk.arrive(text, sender, **marks)
        self.sent[identity] = line
        return identity

    def act(self, line: Line) -> None:
        """Answer a case, or ask back, as if it had been approved and gone long before."""
        asks, at = line.act == "ask", self.begun + timedelta(seconds=line.at)
        desk, case = self.desk, self.case_of(line.label) or 0
        with desk.store.write("test.act", facility=desk.office.id) as db:
            row = db.get_one(Complaint, case)
            row.status = Status.AWAITING_COMPLAINANT if asks else Status.ANSWERED
            row.replied_at = row.replied_at if asks else at
            reply = Reply(
                facility_id=desk.office.id,
                complaint_id=case,
                version=1,
                kind=ReplyKind.QUESTION if asks else ReplyKind.ANSWER,
                text="Terima kasih.",
                route="private",
                recipient="",
                digest="",
                author_id=desk.staff["clerk"].id or 0,
                created_at=at,
            )
            db.add(reply)
            db.flush()
            db.add(
                ReplyPart(
                    facility_id=desk.office.id,
                    account_id=row.account_id,
                    reply_id=reply.id or 0,
                    state=SendState.ACCEPTED,
                    accepted_at=at,
                )
            )

    def record(self) -> None:
        """Record what waits."""
        inbound.record_due(self.desk.ctx)

    def reach(self, at: int) -> None:
        """Let time pass up to that second; what is held too long on the way becomes a case."""
        end = self.begun + timedelta(seconds=at)
        while (due := held.held_due(self.desk.ctx)) is not None and due <= end:
            self.desk.clock.now = max(due, self.desk.clock.now)
        self.desk.clock.now = max(end, self.desk.clock.now)

    def rows(self) -> dict[str, Row]:
        """What was recorded, by identity."""
        with self.desk.store.read() as db:
            found = db.exec(select(Row).where(col(Row.identity).in_(self.sent)))
            return {row.identity: row for row in found}

    def case_of(self, label: str) -> int | None:
        rows = self.rows()
        return next(
            (
                rows[key].complaint_id
                for key, line in self.sent.items()
                if line.label == label and key in rows and rows[key].complaint_id
            ),
            None,
        )

    def _number(self, label: str) -> str:
        with self.desk.store.read() as db:
            return db.get_one(Complaint, self.case_of(label)).number.rpartition("-")[2]
