"""Whatever happens in whatever order: nobody stays unheard, and no clock stops without a reader."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from channels.errors import Ambiguous, AuthFailed, Permanent, Transient
from store.states import AT_GATEWAY, SendState
from store.tables import Alert, AlertCopy, Complaint, Lease, Post
from tests.pipeline.test_fallback import HEAD, QUALITY, make_town


class Died(BaseException):
    """The process ends here: nobody catches this."""


_MAIL = ("well", "busy", "refused", "locked", "lost", "dies-before", "dies-after")
_ENDS: dict[str, BaseException] = {"lost": Ambiguous("putus"), "dies-after": Died()}
"""After the server has taken it."""


@dataclass(frozen=True)
class Turn:
    """What befalls the desk at once, and how long it lasts."""

    mail: str
    chat: bool = False
    arrives: bool = False
    returns: int = 0
    """How many of the mails that were taken come back."""
    minutes: int = 35


_TURNS = st.lists(
    st.builds(
        Turn,
        mail=st.sampled_from(_MAIL),
        chat=st.sampled_from([False, False, True]),
        arrives=st.booleans(),
        returns=st.integers(0, 2),
        minutes=st.sampled_from([1, 10, 35]),
    ),
    min_size=2,
    max_size=4,
)


class World:
    """What really happened outside, beside what the rows say."""

    def __init__(self, folder: Path, readers: int) -> None:
        self.town = make_town(folder, (HEAD, QUALITY)[:readers])
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

    def turn(self, turn: Turn) -> None:
        """A turn; whoever dies in it is started again."""
        self.mail = turn.mail
        self.town.chat_up() if turn.chat else self.town.chat_down()
        if turn.arrives:
            self.town.desk.arrive(f"keluhan {self.town.desk.arrived}")
        for _ in range(turn.returns):
            self._bounce()
        self.run()
        self.town.desk.clock.forward(60 * turn.minutes)
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

    def _bounce(self) -> None:
        taken = [row for row in self.copies() if row.state is SendState.ACCEPTED]
        if taken:
            self.returned.add(taken[-1].external_id)
            with suppress(Died):
                self.town.bounce(taken[-1])

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


@example([Turn(mail="well"), Turn(mail="busy", returns=1, minutes=1)], 1, "mail")
@example([Turn(mail="dies-after")], 1, "mail")
@example([Turn(mail="refused")], 2, "mail")
@example([Turn(mail="well"), Turn(mail="busy", chat=True), Turn(mail="busy", returns=2)], 2, "chat")
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(_TURNS, st.sampled_from([1, 2]), st.sampled_from(["chat", "mail"]))
def test_no_order_of_events_leaves_an_alert_unheard(
    turns: list[Turn], readers: int, mended: str
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), readers)
        try:
            world.turn(Turn(mail="well", arrives=True, minutes=10))
            for turn in turns:
                world.turn(turn)
            # When one of the two ways works again
            last = Turn(mail="busy", chat=True) if mended == "chat" else Turn(mail="well")
            for _ in range(3):
                world.turn(last)
            # Then everybody is heard
            cases = world.town.desk.all(Complaint)
            assert [case.id for case in cases if case.alerted_at is None] == []
            assert {case.id for case in cases} <= world.readable()
        finally:
            world.town.desk.store.close()
