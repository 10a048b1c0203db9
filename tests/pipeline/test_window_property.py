"""In whatever order citizens, staff, gateway and clock have their say: an answer's text leaves at
most once, never while the window is closed, and never after it was called back or told by
telephone.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import select

from channels.message import OutboundReply, RouteKind
from pipeline import desk, replying, window
from pipeline.conversation.words import Command
from pipeline.posts import View
from store import waiting
from store.states import AT_GATEWAY, OPEN, AutoReplyKind, SendState, Status
from store.tables import AutoReply, Reply, ReplyPart, Staff
from tests.engines import examples
from tests.pipeline.window_desk import WindowDesk, make_windowed

_DONE = (SendState.CANCELLED, SendState.SUPERSEDED)


class Window(RuleBasedStateMachine):
    """One case, everything that can befall its answers."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.one: WindowDesk = make_windowed(Path(self.folder.name))
        self.read: list[int] = []
        """Parts whose text reached the citizen, in order."""
        self.settled: set[int | None] = set()
        """Parts that must not leave any more: called back, replaced, told by telephone."""
        self.one.gateway.fault = self._gateway

    def teardown(self) -> None:
        self.one.desk.store.close()
        self.folder.cleanup()

    def _gateway(self, out: OutboundReply) -> None:
        if out.route is not RouteKind.PRIVATE:
            return
        assert out.part not in self.settled
        if self.one.gateway.is_open:
            self.read.append(out.part)

    @initialize(template=st.booleans(), late=st.booleans())
    def begin(self, template: bool, late: bool) -> None:
        self.one.gateway.template, self.one.gateway.late = template, late
        self.one.writes()

    @rule(hours=st.sampled_from([0.01, 0.05, 1, 12, 25]))
    def time_passes(self, hours: float) -> None:
        self.one.desk.clock.forward(3600 * hours)

    @rule()
    def stages_run(self) -> None:
        window.window_due(self.one.desk.ctx)
        replying.reply_due(self.one.desk.ctx)

    @rule(command=st.sampled_from([None, Command.RELEASE, Command.STOP]))
    def citizen_writes(self, command: Command | None) -> None:
        self.one.says(command)

    @rule()
    def an_old_message_comes_late(self) -> None:
        at = self.one.now().replace(month=10)
        self.one.says(Command.RELEASE, at=at)

    @rule()
    def the_gateway_knows_better(self) -> None:
        """What we reckon as open is closed there."""
        self.one.gateway.wrote = None

    @rule()
    def draft(self) -> None:
        if self._try(desk.draft, "clerk", 1, "Mohon maaf.") and len(self._parts()) > 1:
            self.settled |= {it.id for it in self._parts()[:-1] if it.state in _DONE}

    @rule()
    def approve(self) -> None:
        if replies := self.one.desk.all(Reply):
            self._try(desk.approve, "coordinator", replies[-1].id, replies[-1].digest)

    @rule()
    def undo(self) -> None:
        if replies := self.one.desk.all(Reply):
            part = self._parts()[-1]
            if self._try(desk.undo, "clerk", replies[-1].id):
                self.settled.add(part.id)

    @rule()
    def phoned(self) -> None:
        if parts := self._parts():
            part = parts[-1]
            if self._try(desk.mark_sent, "clerk", part.id):
                self.settled.add(part.id)

    @precondition(lambda self: self.one.notes())
    @rule(fails=st.booleans())
    def the_note_ends(self, fails: bool) -> None:
        with self.one.write() as db:
            row = db.exec(select(AutoReply).order_by(AutoReply.id.desc()).limit(1)).one()  # type: ignore[union-attr]
            if row.state in (SendState.PENDING, SendState.ACCEPTED):
                row.state = SendState.FAILED if fails else SendState.ACCEPTED
                row.accepted_at = None if fails else self.one.now()
                db.flush()
                if fails:
                    window.template_failed(db, self.one.desk.office, self.one.now(), row, "63013")

    @precondition(lambda self: self._parts())
    @rule()
    def the_gateway_says_so_late(self) -> None:
        part = self._parts()[-1]
        if part.id not in self.read and part.id not in self.settled:
            self.one.gateway_says_closed()

    def _try(self, decision: object, who: str, *args: object) -> bool:
        try:
            with self.one.write() as db:
                actor = db.get_one(Staff, self.one.desk.staff[who].id)
                decision(db, self.one.now(), self.one.desk.office, actor, *args)  # type: ignore[operator]
        except desk.Refused:
            return False
        return True

    def _parts(self) -> list[ReplyPart]:
        return self.one.desk.all(ReplyPart)

    @invariant()
    def a_text_is_read_at_most_once(self) -> None:
        assert len(self.read) == len(set(self.read))

    @invariant()
    def what_waits_has_somebody_to_wait_for(self) -> None:
        notes = {note.reply_id: note for note in self.one.notes()}
        for part in self._parts():
            assert (part.waits_for == "") or (part.state is SendState.PENDING)
            if part.waits_for:
                assert part.due_at is None
                assert self.one.case().status is Status.APPROVED
                assert self.one.case().status in OPEN
            if part.waits_for == waiting.WINDOW:
                assert notes[part.reply_id].kind is AutoReplyKind.TEMPLATE
                assert notes[part.reply_id].state is not SendState.FAILED
            if part.waits_for == waiting.CALL:
                self.one.desk.settle_but_replies()
                assert self.one.calls() == self.one.calls("coordinator") > 0
        assert len(notes) == len(self.one.notes())

    @invariant()
    def an_answered_case_has_an_answer(self) -> None:
        if self.one.case().status is Status.ANSWERED:
            assert any(part.state in AT_GATEWAY for part in self._parts())
        assert View.CALL not in self.one.desk.chat.views(self.one.desk.staff["head"].id)


TestWindow = Window.TestCase
TestWindow.settings = settings(
    max_examples=examples(25),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
