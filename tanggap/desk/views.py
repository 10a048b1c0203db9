"""What the screens show: the chat's own views, drawn from the truth at this moment."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from channels.message import RouteKind
from notifier import card_view
from notifier.buttons import Rows, Verb
from notifier.buttons import read as read_tap
from notifier.cards import draw
from notifier.scene import Scene
from pipeline import desk
from pipeline.desk import access
from pipeline.ports import Office
from pipeline.posts import View
from store import waiting
from store.states import AT_GATEWAY, OPEN, SendState
from store.tables import Complaint, Event, Post, Prompt, Reply, ReplyPart, Staff
from tanggap.desk.actions import ACTIONS
from tanggap.desk.words import words

PAGE = 10
"""Cases on one screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something to be chosen under a screen: an action, and what it is about."""

    label: str
    action: str
    number: int
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """Who looks, at what moment."""

    db: Session
    now: datetime
    office: Office
    reader: Staff

    def scene(self, view: View, **rows: int | None) -> Scene:
        """What a view is drawn from; `complaint_id`, `reply_id`, and parameters by name."""
        post = Post(
            facility_id=self.office.id,
            staff_id=self.reader.id,
            kind=view,
            complaint_id=rows.pop("complaint_id", None),
            reply_id=rows.pop("reply_id", None),
            params=json.dumps(rows),
            due_at=self.now,
            created_at=self.now,
        )
        return self.of(post)

    def of(self, post: Post) -> Scene:
        """The same for a post that was asked for."""
        return Scene(db=self.db, post=post, office=self.office, now=self.now, username="")


class Screen:
    """Lines, and the choices below them, each once."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.choices: list[Choice] = []

    @property
    def text(self) -> str:
        """What is shown above the choices."""
        return "\n".join(self.blocks)

    def add(self, scene: Scene) -> None:
        """A view of the chat's, and its buttons."""
        sheet, rows = draw(scene)
        self.blocks.append(sheet.plain())
        self.offer(rows)

    def offer(self, rows: Rows) -> None:
        """Buttons, as far as they decide something."""
        for button in (button for row in rows for button in row):
            tap = read_tap(button.data)
            if tap is not None and tap.verb in ACTIONS:
                self.choose(button.label, tap.verb, tap.number, tap.extra)

    def choose(self, label: str, action: str, number: int | None, digest: str = "") -> None:
        """One more choice."""
        choice = Choice(label=label, action=action, number=number or 0, digest=digest)
        if choice not in self.choices:
            self.choices.append(choice)


def listing(eyes: Eyes, page: int) -> tuple[str, int, int]:
    """Open cases, the most urgent first: the text, this page and how many pages there are.

    Raises Refused.
    """
    access.may_work(eyes.office, eyes.reader)
    scene = eyes.scene(View.LIST)
    where = (
        Complaint.facility_id == eyes.office.id,
        col(Complaint.status).in_(OPEN),
    )
    count = eyes.db.exec(select(func.count()).select_from(Complaint).where(*where)).one()
    pages = max(1, -(-count // PAGE))
    page = min(max(1, page), pages)
    cases = eyes.db.exec(
        select(Complaint)
        .where(*where)
        .order_by(
            col(Complaint.answer_due_at).is_(None),
            col(Complaint.answer_due_at),
            col(Complaint.id),
        )
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    ).all()
    if not cases:
        return words(scene.lang, "list-none"), 1, 1
    head = words(scene.lang, "list", count=count, page=page, pages=pages)
    return "\n".join([head, *(_line(scene, case) for case in cases)]), page, pages


def _line(scene: Scene, case: Complaint) -> str:
    dues = ((case.alert_due_at, case.alerted_at), (case.answer_due_at, case.replied_at))
    late = any(due is not None and due < scene.now and done is None for due, done in dues)
    parts = (
        words(scene.lang, "overdue") if late else "",
        scene.say(
            "list.line",
            number=case.number,
            channel=scene.channel(case),
            status=scene.word("status", case.status),
        ),
        scene.taken_by(case)[:40],
        card_view.dues(scene, case),
    )
    return " · ".join(filter(None, parts))


def aside(eyes: Eyes) -> Screen:
    """What was set aside lately, and the way back. Raises Refused."""
    access.may_work(eyes.office, eyes.reader)
    screen = Screen()
    screen.add(eyes.scene(View.ASIDE))
    return screen


def case(eyes: Eyes, complaint: Complaint) -> Screen:
    """A case as far as this person may see it, and everything that can be decided about it.

    Raises Refused.
    """
    access.may_work(eyes.office, eyes.reader)
    screen = Screen()
    scene = eyes.scene(View.CASE, complaint_id=complaint.id)
    if not access.may_read(eyes.office, eyes.reader, complaint):
        screen.blocks.append(_line(scene, complaint))
        if not scene.taken_by(complaint):
            screen.blocks.append(words(scene.lang, "not-yours"))
            _offer_take(screen, scene, complaint)
        return screen
    if not scene.taken_by(complaint):
        _offer_take(screen, scene, complaint)
    screen.choose(words(scene.lang, "draft"), "draft", complaint.id)
    screen.add(scene)
    if complaint.foreign_answer:
        screen.add(eyes.scene(View.FOREIGN, complaint_id=complaint.id))
    reply = access.newest_reply(eyes.db, complaint.id or 0)
    if reply is not None:
        _reply(eyes, screen, complaint, reply)
    screen.offer(draw(eyes.scene(View.MENU, complaint_id=complaint.id))[1])
    return screen


def _offer_take(screen: Screen, scene: Scene, complaint: Complaint) -> None:
    if complaint.status in OPEN:
        screen.choose(scene.say("button.take"), Verb.TAKE, complaint.id)


def _reply(eyes: Eyes, screen: Screen, complaint: Complaint, reply: Reply) -> None:
    """The newest version: its very text, how it stands, and what may be decided about it."""
    ids = {"complaint_id": complaint.id, "reply_id": reply.id}
    parts = desk.parts_of(eyes.db, reply.id or 0)
    states = {part.state for part in parts}
    if states <= {SendState.HELD, SendState.SUPERSEDED}:
        screen.add(eyes.scene(View.APPROVAL, **ids))
        lang = eyes.scene(View.APPROVAL, **ids).lang
        screen.blocks.append(words(lang, "digest", digest=desk.digest_of(reply)))
        _notes(eyes, screen, reply)
        return
    scene = eyes.scene(View.CANCELLED if SendState.CANCELLED in states else View.APPROVED, **ids)
    recipient = scene.party(reply.recipient_name, reply.recipient)
    screen.blocks += [
        scene.say("reply.to", recipient=recipient),
        scene.say("reply.draft", version=reply.version),
        reply.text,
    ]
    screen.add(scene)
    if states <= set(AT_GATEWAY):
        screen.add(eyes.scene(View.RECEIPT, **ids))
    for part in parts:
        if (view := _needs(reply, part)) is not None:
            screen.add(eyes.scene(view, **ids, part_id=part.id))


def _needs(reply: Reply, part: ReplyPart) -> View | None:
    """The view that asks a person about a part, if there is something to ask."""
    if part.state is SendState.UNKNOWN:
        return View.DOUBT
    if part.state is SendState.FAILED:
        return View.FAILED
    if part.waits_for == waiting.CALL:
        return View.CALL
    by_hand = reply.route == RouteKind.MANUAL and part.state is SendState.PENDING
    return View.COPY if by_hand else None


def _notes(eyes: Eyes, screen: Screen, reply: Reply) -> None:
    """What the coordinator wants changed, or is still expected to say."""
    ids = {"complaint_id": reply.complaint_id, "reply_id": reply.id}
    said = eyes.db.exec(
        select(Event)
        .where(Event.complaint_id == reply.complaint_id, Event.kind == "note")
        .order_by(col(Event.id).desc())
        .limit(1)
    ).first()
    if said is not None and json.loads(said.params).get("version") == reply.version:
        screen.add(eyes.scene(View.NOTE, **ids, event_id=said.id))
    awaited = eyes.db.get(Prompt, eyes.reader.id)
    if awaited is not None and awaited.reply_id == reply.id:
        lang = eyes.scene(View.NOTE, **ids).lang
        screen.choose(words(lang, "note"), "note", reply.id)
