"""A desk whose gateway lets a text through for a day after the citizen wrote, as WhatsApp does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from channels.errors import WindowClosed
from channels.message import DeliveryState, OutboundReply, Receipt, Route, RouteKind, StatusUpdate
from pipeline import receipts, window
from pipeline.conversation.words import Command
from pipeline.heard import Heard
from pipeline.posts import View
from store.states import SendState
from store.tables import AutoReply, Complaint, Contact, Event, Message, Post, ReplyPart
from tests.doubles import START, LetterChannel, ManualClock
from tests.pipeline.conftest import Desk, make_desk

DAY = timedelta(hours=24)
CITIZEN = "whatsapp:+6281234567890"
NOTE = "Tanggapan ADU-2026-0001 siap, balas LIHAT"


@dataclass
class WindowChannel(LetterChannel):
    """Reckons by what it is told; what it lets through goes by when citizens really wrote."""

    clock: ManualClock = field(default_factory=ManualClock)
    template: bool = True
    wrote: datetime | None = None
    """When the citizen really wrote last: the gateway's truth."""
    late: bool = False
    """It takes what comes outside the window, and says only later that it failed."""

    def routes(
        self, conversation: str, now: datetime, heard_at: datetime | None = None
    ) -> Sequence[Route]:
        by_hand = Route(kind=RouteKind.MANUAL, recipient=conversation)
        if heard_at is not None and now < heard_at + DAY:
            until = heard_at + DAY
            return [Route(kind=RouteKind.PRIVATE, recipient=conversation, until=until)]
        if self.template:
            return [Route(kind=RouteKind.TEMPLATE, recipient=conversation), by_hand]
        return [by_hand]

    @property
    def is_open(self) -> bool:
        return self.wrote is not None and self.clock.now < self.wrote + DAY

    def external_id(self, part: int, *, automatic: bool = False) -> str:
        return ""

    def send(self, part: OutboundReply) -> Receipt:
        if part.route is RouteKind.PRIVATE and not (self.is_open or self.late):
            raise WindowClosed("", detail="63016")
        super().send(part)
        return Receipt(external_id=f"SM{len(self.sent)}", at=START)

    def find_sent(self, part: OutboundReply) -> Receipt | None:
        return None

    @property
    def texts(self) -> list[str]:
        """What left as an answer."""
        return [part.text for part in self.sent if part.route is RouteKind.PRIVATE]


@dataclass
class WindowDesk:
    """The desk, and the citizen at the other end."""

    desk: Desk
    gateway: WindowChannel

    def now(self) -> datetime:
        return self.desk.clock.now

    def writes(self, text: str = "antre lama", **fields: Any) -> None:
        """A message comes in and is recorded."""
        self.gateway.wrote = self.now()
        self.desk.arrive(text, sender=CITIZEN, medium="whatsapp", **fields)
        self.desk.settle()

    def says(self, command: Command | None = None, at: datetime | None = None) -> None:
        """The same without a message: what recording tells the window."""
        if at is None:
            self.gateway.wrote = self.now()
        with self.write() as db:
            contact = db.exec(select(Contact)).one()
            window.heard(db, self.desk.office, self.now(), [self._heard(db, contact, command, at)])
        self.desk.settle()

    def _heard(
        self, db: Session, contact: Contact, command: Command | None, at: datetime | None
    ) -> Heard:
        return Heard(
            message_id=db.exec(select(Message.id)).first() or 0,
            complaint_id=None,
            contact_id=contact.id or 0,
            account_id=self.desk.office.accounts["hotline"],
            account="hotline",
            channel="letters",
            text="LIHAT",
            received_at=at or self.now(),
            opened=False,
            news=True,
            urgent=False,
            command=command,
        )

    def write(self) -> Any:
        return self.desk.store.write("test", facility=self.desk.office.id)

    def later(self, **by: float) -> None:
        """Time passes, and every stage does what is due."""
        self.desk.clock.now += timedelta(**by)
        self.settle()

    def settle(self) -> None:
        for _ in range(2):
            window.window_due(self.desk.ctx)
            self.desk.settle()

    def approved(self, text: str = "Mohon maaf.") -> None:
        self.desk.answered(text)

    def note_goes(self, state: SendState = SendState.ACCEPTED) -> None:
        """The gateway took the note, or (failed) refused it."""
        self.desk.later(self.desk.office.settings.undo_seconds)
        with self.write() as db:
            row = db.exec(select(AutoReply)).one()
            db.execute(
                update(AutoReply)
                .where(col(AutoReply.id) == row.id)
                .values(state=state, accepted_at=row.accepted_at or self.now())
            )
            if state is SendState.FAILED:
                window.template_failed(db, self.desk.office, self.now(), row, "63013")
        self.settle()

    def gateway_says_closed(self) -> None:
        """Later, of what it had taken."""
        if self.part().state is SendState.ACCEPTED:
            self.gateway_says(self.part().external_id, "63016", window_closed=True)

    def gateway_says(self, external_id: str, reason: str, *, window_closed: bool = False) -> None:
        """It failed."""
        said = StatusUpdate(
            external_id=external_id,
            state=DeliveryState.FAILED,
            reason=reason,
            window_closed=window_closed,
        )
        with self.write() as db:
            receipts.status(db, self.desk.office, self.now(), said)
        self.settle()

    def part(self) -> ReplyPart:
        found: ReplyPart = self.desk.all(ReplyPart)[-1]
        return found

    def case(self) -> Complaint:
        return self.desk.complaint()

    def notes(self) -> list[AutoReply]:
        return self.desk.all(AutoReply)

    def calls(self, who: str = "clerk") -> int:
        """How often this person was asked to telephone."""
        return self.desk.chat.views(self.desk.staff[who].id).count(View.CALL)

    def told(self, key: str) -> list[Post]:
        return [post for post in self.desk.all(Post) if f'"key": "{key}"' in post.params]

    def trail(self, kind: str) -> list[str]:
        return [event.params for event in self.desk.all(Event) if event.kind == kind]


def make_windowed(folder: Path, **gateway: Any) -> WindowDesk:
    """With that gateway in the place of the letters."""
    desk = make_desk(folder)
    channel = WindowChannel(clock=desk.clock, **gateway)
    channels: Any = desk.office.channels
    channels["hotline"] = desk.letters = channel
    return WindowDesk(desk, channel)
