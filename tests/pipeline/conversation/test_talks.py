"""How people write, in invented conversations: as they come, in one batch, and cut anywhere."""

from collections import Counter, defaultdict
from pathlib import Path

from sqlmodel import col, select

from store.states import Disposition, Kind
from store.tables import Complaint, Delivery
from tests.pipeline.conversation.talks import Play, Talk, chat_desk, talks

TALKS = talks()


def test_there_are_enough_of_them() -> None:
    assert len(TALKS) >= 80
    assert len({talk.name for talk in TALKS}) == len(TALKS)


def live(play: Play, talk: Talk) -> list[str]:
    """Everything as it comes; what was said of messages at once that is not so."""
    wrong = []
    for line in talk.lines:
        play.reach(line.at)
        if line.act:
            play.act(line)
            continue
        identity = play.say(line)
        play.record()
        row = play.rows()[identity]
        if (row.held_until is not None) != (line.mark == "~"):
            wrong.append(f"{line.text!r} held: {row.held_until is not None}")
    play.reach(talk.lines[-1].at + 3600)
    return wrong


def ended(play: Play) -> list[str]:
    """What is not as the conversation says."""
    desk, rows = play.desk, play.rows()
    cases: dict[str, set[int | None]] = defaultdict(set)
    ends: dict[int, list[str]] = defaultdict(list)
    wrong = []
    with desk.store.read() as db:
        wanted = [row.delivery_id for row in rows.values()]
        found_deliveries = db.exec(select(Delivery).where(col(Delivery.id).in_(wanted))).all()
        known = [row.complaint_id for row in rows.values()]
        complaints = db.exec(select(Complaint).where(col(Complaint.id).in_(known))).all()
    dispositions = {row.id: row for row in found_deliveries}
    for key, line in play.sent.items():
        row = rows[key]
        delivery = dispositions[row.delivery_id]
        if line.label:
            cases[line.label].add(row.complaint_id)
            ends[row.complaint_id or 0].append(delivery.disposition)
        elif row.complaint_id or delivery.disposition != Disposition.SET_ASIDE:
            wrong.append(f"{line.text!r} is no case of its own")
        elif delivery.reason != {"!": "command", "-": "automatic"}[line.mark]:
            wrong.append(f"{line.text!r} is aside as {delivery.reason}")
    wrong += [f"{label}: {found}" for label, found in cases.items() if len(found) != 1]
    if len(set().union(*cases.values(), set())) != len(cases) or None in ends:
        wrong.append(f"cases are mixed: {dict(cases)}")
    for case, found in ends.items():
        count = Counter(found)
        if count["recorded"] != 1 or count["joined"] != len(found) - 1:
            wrong.append(f"ends of {case}: {found}")
    alarmed = {line.label for line in play.sent.values() if line.mark == "*"}
    for case_row in complaints:
        labels = [label for label, found in cases.items() if case_row.id in found]
        if labels and (case_row.kind is Kind.EMERGENCY) != (labels[0] in alarmed):
            wrong.append(f"{labels[0]} is {case_row.kind}")
    return wrong


def test_as_they_come(tmp_path: Path) -> None:
    wrong = {}
    with chat_desk(tmp_path) as desk:
        for number, talk in enumerate(TALKS):
            play = Play(desk, f"{number:03}")
            if found := live(play, talk) + ended(play):
                wrong[talk.name] = found
    assert not wrong


def cut(play: Play, talk: Talk, cuts: set[int]) -> None:
    """Recorded late: in batches that end before the lines `cuts`, with no sweep in between. What
    the desk does, and what quotes a number, waits for what came before.
    """
    for position, line in enumerate(talk.lines):
        if line.act or "{" in line.text or position in cuts:
            play.desk.clock.now = max(play.desk.clock.now, play.begun)
            play.record()
        if line.act:
            play.act(line)
        else:
            play.say(line)
    play.desk.clock.forward(talk.lines[-1].at + 1)
    play.record()
    play.reach(talk.lines[-1].at + 3600)


def test_in_one_batch(tmp_path: Path) -> None:
    wrong = {}
    with chat_desk(tmp_path) as desk:
        for number, talk in enumerate(TALKS):
            play = Play(desk, f"{number:03}")
            cut(play, talk, set())
            if found := ended(play):
                wrong[talk.name] = found
    assert not wrong
