"""One run in one world: the storm, the calm after it, the count; and its report."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.soak.counting import Count, count
from tests.soak.storm import Scale, Storm
from tests.soak.team import Team
from tests.soak.world import SHAPES, World

SHORT = Scale(
    mails=150,
    windows=2,
    seconds=9.0,
    burst=300,
    texts=30,
    big=5 << 20,
    answered=20,
    every_window=False,
)
_WAITING = {
    "deliveries": "SELECT count(*) FROM delivery WHERE disposition = 'pending'",
    "alerts": "SELECT count(*) FROM alert WHERE post_id IS NULL",
    "posts": "SELECT count(*) FROM post WHERE state IN ('pending', 'sending') OR wanted > shown",
    "taps": "SELECT count(*) FROM \"update\" WHERE state = 'pending'",
    "answers": "SELECT count(*) FROM reply_part WHERE state = 'sending'"
    " OR (state IN ('pending', 'unknown') AND due_at IS NOT NULL)",
    # A receipt may wait for six hours after the last one to the same person.
    "receipts": "SELECT count(*) FROM auto_reply WHERE state = 'sending' OR attempts > 0"
    " AND (state IN ('pending', 'unknown') AND due_at IS NOT NULL)",
    "files": "SELECT count(*) FROM attachment WHERE fetch_state = 'pending'",
}
_STILL = 1.5
"""So long nothing may wait before the world counts as calm."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended."""

    count: Count
    table: list[str]
    missing: list[str]
    storm_seconds: float
    calm_seconds: float

    @property
    def good(self) -> bool:
        """All that was planned happened, and nothing is wrong."""
        return self.count.good and not self.missing

    def lines(self) -> Iterator[str]:
        """The report."""
        yield from self.table
        yield f"storm {self.storm_seconds:.0f} s, calm after {self.calm_seconds:.0f} s more"
        yield from self.count.lines()
        yield from self.missing


def soak(
    name: str,
    folder: Path,
    seed: int,
    scale: Scale,
    *,
    patience: float,
    say: Callable[[str], None] = print,
    without: str = "",
    keep_journal: bool = False,
) -> Result:
    """Run the storm in the world `name`, its files in `folder`. `without` names the protection
    that is switched off (`tests.faults.sabotage`).
    """
    # The mail sink's library mentions at every login what its next version will not have.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    entry = "tests.faults.sabotage" if without else "tanggap"
    environment = {"SABOTAGE": without} if without else {}
    with World(SHAPES[name], folder, seed, entry=entry, environment=environment) as world:
        say(f"{name}: {', '.join(world.shape.parts)}; seed {seed}, {scale.mails} mails")
        with Team(world, scale.answered) as team:
            storm = Storm(world, seed, scale, say)
            begun = time.monotonic()
            storm.run()
            calm = time.monotonic()
            left = _settle(world, storm, team, patience, say)
            if keep_journal:
                world.journal.dump(folder / "journal")
            found = count(
                world,
                storm.mails,
                team.approved,
                bounced=storm.bounced,
                tampered=storm.tampered,
            )
            if left:
                found.damage.append(f"no calm after {patience:.0f} s: {left}")
                say(world.logs())
            return Result(
                count=found,
                table=list(_table(storm)),
                missing=list(storm.missing()),
                storm_seconds=calm - begun,
                calm_seconds=time.monotonic() - calm,
            )


def _settle(
    world: World, storm: Storm, team: Team, patience: float, say: Callable[[str], None]
) -> dict[str, int]:
    """Until nothing waits any more; what still does when patience ends."""
    end = time.monotonic() + patience
    mails = sum(len(mail.folders) for mail in storm.mails)
    still = told = time.monotonic()
    while True:
        left = {what: world.rows(query)[0][0] for what, query in _WAITING.items()}
        world.chats.answer_pings()
        sent = mails + len(world.chats.said)
        left["messages"] = sent - world.rows("SELECT count(*) FROM delivery")[0][0]
        left["cases"] = len(team.waiting) + _unfinished(world)
        now = time.monotonic()
        if any(left.values()):
            still = now
        if now - still > _STILL:
            return {}
        if now > end:
            return {what: number for what, number in left.items() if number}
        if now - told > 20:
            told = now
            say(f"waiting: { {what: number for what, number in left.items() if number} }")
        time.sleep(0.25)


def _unfinished(world: World) -> int:
    """Cases that the team has in hand and that nobody is asked about."""
    query = (
        "SELECT count(*) FROM complaint WHERE status IN ('drafted', 'approved', 'taken')"
        " AND NOT EXISTS (SELECT 1 FROM reply JOIN reply_part ON reply_part.reply_id = reply.id"
        " WHERE reply.complaint_id = complaint.id"
        " AND (reply_part.state IN ('unknown', 'failed') OR reply_part.reason = 'digest'"
        " OR reply_part.waits_for <> ''"
        " OR reply_part.state = 'accepted'))"
    )
    return int(world.rows(query)[0][0])


def _table(storm: Storm) -> Iterator[str]:
    kinds = sorted({kind for kind, _ in storm.done} | storm.planned)
    width = max(map(len, kinds))
    windows = range(storm.scale.windows)
    yield f"{'window':{width}} " + " ".join(f"{window + 1:4}" for window in windows)
    for kind in kinds:
        cells = " ".join(f"{storm.done[kind, window]:4}" for window in windows)
        yield f"{kind:{width}} {cells}"
