"""In whatever order and batches citizens write: one receipt a complaint, six hours apart."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline import inbound
from store.states import SendState
from store.tables import AutoReply, Complaint
from tests.engines import examples
from tests.pipeline.auto_desk import change, drawn, receipts
from tests.pipeline.conftest import Desk, make_desk

PEOPLE = ("siti@contoh.id", "budi@contoh.id")


@dataclass(frozen=True)
class Turn:
    """What happens at once, and how long it lasts."""

    writes: tuple[int, ...] = ()
    """Who writes a complaint, recorded in one batch."""
    gateway: str = "well"
    """How the gateway is while this lasts: well, busy (a definite no, later yes), or a process
    that is killed in the middle and leaves the sending to be settled by the next turn.
    """
    minutes: int = 1


TURNS = st.lists(
    st.builds(
        Turn,
        writes=st.lists(st.integers(0, 1), max_size=12).map(tuple),
        gateway=st.sampled_from(["well", "well", "busy", "slow"]),
        minutes=st.sampled_from([1, 10, 90, 355, 365, 1000]),
    ),
    min_size=1,
    max_size=8,
)


class Town:
    """The desk, and what citizens got."""

    def __init__(self, folder: Path) -> None:
        self.desk: Desk = make_desk(folder, receipts=True)
        self.got: list[tuple[str, datetime, str]] = []
        self.written = 0

    def turn(self, turn: Turn) -> None:
        for person in turn.writes:
            self.written += 1
            self.desk.arrive(f"keluhan {self.written}", PEOPLE[person])
        inbound.record_due(self.desk.ctx)
        self.desk.clock.forward(turn.minutes * 60)
        self.send(turn.gateway)

    def send(self, gateway: str) -> None:
        """As whoever sends would; first what the turn before left in the middle."""
        for row in receipts(self.desk):
            if row.state is SendState.SENDING:
                self.accept(row)
        for row in receipts(self.desk):
            due = row.due_at is not None and row.due_at <= self.desk.clock.now
            if row.state is SendState.PENDING and due:
                self.begin(row, gateway)

    def begin(self, row: AutoReply, gateway: str) -> None:
        now = self.desk.clock.now
        words = drawn(self.desk, row)
        if words is None:
            change(self.desk, AutoReply, row.id, state=SendState.CANCELLED)
            return
        state = SendState.PENDING if gateway == "busy" else SendState.SENDING
        change(self.desk, AutoReply, row.id, state=state, started_at=now, text=words.text)
        if gateway == "well":
            [fresh] = [it for it in receipts(self.desk) if it.id == row.id]
            self.accept(fresh)

    def accept(self, row: AutoReply) -> None:
        now = self.desk.clock.now
        # The gateway took it when it began to leave; we may learn that later.
        self.got.append((row.recipient, row.started_at or now, row.text))
        change(self.desk, AutoReply, row.id, state=SendState.ACCEPTED, accepted_at=now)

    def rest(self) -> None:
        """Until nothing waits any more."""
        for _ in range(100):
            self.desk.clock.forward(3600 * 6)
            self.send("well")
            if all(row.state is not SendState.PENDING for row in receipts(self.desk)):
                return
        raise AssertionError("a receipt waits for ever")


@settings(max_examples=examples(16), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TURNS)
@example([Turn(writes=(0,), gateway="busy", minutes=355), Turn(writes=(0,) * 12, minutes=10)])
@example([Turn(writes=(0,), gateway="slow"), Turn(writes=(0,), minutes=355), Turn(minutes=10)])
def test_one_a_complaint_and_six_hours_apart(turns: list[Turn]) -> None:
    with TemporaryDirectory() as folder:
        town = Town(Path(folder))
        try:
            for turn in turns:
                town.turn(turn)
            town.rest()
            numbers = [case.number for case in town.desk.all(Complaint)]
        finally:
            town.desk.store.close()
    assert len(numbers) == town.written
    for number in numbers:
        assert sum(number in text for _, _, text in town.got) == 1
    for person in PEOPLE:
        times = sorted(at for to, at, _ in town.got if to == person)
        assert all(after - before >= timedelta(hours=6) for before, after in pairwise(times))
        for moment in times:
            within = [at for at in times if moment <= at < moment + timedelta(hours=24)]
            assert len(within) <= 3
