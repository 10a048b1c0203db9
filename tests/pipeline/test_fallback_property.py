"""Whatever happens in whatever order: nobody stays unheard, and no clock stops without a reader."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.errors import Ambiguous, AuthFailed, Permanent, Transient
from store.states import AT_GATEWAY, SendState
from store.tables import Alert, AlertCopy, Complaint, Lease, Post
from tests.pipeline.test_fallback import Town, make_town


class Died(BaseException):
    """The process ends here: nobody catches this."""


_MAIL = ("well", "busy", "refused", "locked", "lost", "dies-before", "dies-after")
_ENDS: dict[str, BaseException] = {"lost": Ambiguous("putus"), "dies-after": Died()}
"""After the server has taken it."""
_STEPS = st.one_of(
    st.just("arrive"),
    st.sampled_from(["chat-up", "chat-down"]),
    st.sampled_from([f"mail-{state}" for state in _MAIL]),
    st.sampled_from(["bounce-first", "bounce-last"]),
    st.sampled_from(["wait-1", "wait-10", "wait-35"]),
)


class World:
    """What really happened outside, beside what the rows say."""

    def __init__(self, folder: Path) -> None:
        self.town = make_town(folder)
        self.returned: set[str] = set()
        self.mail = "well"
        self.town.mailer.fault = self._fault

    def _fault(self, _recipient: str) -> None:
        match self.mail:
            case "busy":
                raise Transient("nanti")
            case "refused":
                raise Permanent("tidak")
            case "locked":
                raise AuthFailed("sandi")
            case "dies-before":
                raise Died

    def step(self, step: str) -> None:
        """One thing happens; a death is followed by a start."""
        word, _, detail = step.partition("-")
        match word:
            case "arrive":
                self.town.desk.arrive(f"keluhan {self.town.desk.arrived}")
            case "chat":
                self.town.chat_up() if detail == "up" else self.town.chat_down()
            case "mail":
                self.mail = detail
            case "bounce":
                self._bounce(first=detail == "first")
            case "wait":
                self.town.desk.clock.forward(60 * float(detail))
        self.run()

    def run(self) -> None:
        """Work until all rests; whoever dies leaves a lease, which ends with time."""
        died = True
        for _ in range(3):
            if not died:
                return
            died = False
            self.town.mailer.end = _ENDS.get(self.mail)
            try:
                self.town.settle()
            except Died:
                died = True
                with self.town.desk.store.write("test") as db:
                    if lease := db.get(Lease, f"fallback:{self.town.desk.office.id}"):
                        lease.expires = 0.0
            self.check()

    def _bounce(self, *, first: bool) -> None:
        taken = [row for row in self.copies() if row.state is SendState.ACCEPTED]
        if taken:
            copy = taken[0 if first else -1]
            self.returned.add(copy.external_id)
            with suppress(Died):
                self.town.bounce(copy)

    def copies(self) -> list[AlertCopy]:
        return self.town.desk.all(AlertCopy)

    def readable(self) -> set[int]:
        """Complaints that stand in the chat, or in a mail that a server has and kept."""
        desk = self.town.desk
        shown = {row.id for row in desk.all(Post) if row.state is SendState.ACCEPTED}
        had = {id_ for *_, id_ in self.town.mailer.sent}
        mails = {
            copy.mail_id
            for copy in self.copies()
            if copy.state in AT_GATEWAY
            and copy.external_id in had
            and copy.external_id not in self.returned
        }
        return {
            alert.complaint_id
            for alert in desk.all(Alert)
            if alert.post_id in shown or alert.mail_id in mails
        }

    def check(self) -> None:
        """A clock that stands has somebody who can read why."""
        readable = self.readable()
        for complaint in self.town.desk.all(Complaint):
            assert complaint.alerted_at is None or complaint.id in readable


def _all_heard(town: Town) -> bool:
    return all(row.alerted_at for row in town.desk.all(Complaint))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_STEPS, min_size=3, max_size=12), st.sampled_from(["chat", "mail"]))
def test_no_order_of_events_leaves_an_alert_unheard(steps: list[str], mended: str) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            world.step("chat-down")
            for step in ["arrive", *steps]:
                world.step(step)
            # When one of the two ways works again
            world.step("chat-up" if mended == "chat" else "mail-well")
            if mended == "mail":
                world.step("chat-down")
            # Then, after a while, everybody is heard
            for _ in range(6):
                world.step("wait-35")
            assert _all_heard(world.town)
        finally:
            world.town.desk.store.close()
