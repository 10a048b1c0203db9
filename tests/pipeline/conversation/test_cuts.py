"""However messages are cut into batches: none is lost, each delivery ends once, nobody's are mixed
with another's, and the cases are those of one batch.
"""

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from store.states import Disposition
from store.tables import Complaint, Contact, Delivery
from tests.engines import examples
from tests.pipeline.conversation.talks import Line, Play, chat_desk
from tests.pipeline.conversation.test_talks import TALKS, cut, ended

_WORDS = [
    *("P", "halo", "assalamualaikum", "min?", "makasih", "STOP", "belum", "lihat", "…"),
    *("blm ada jawaban?", "jawabannya muter2", "anak saya kejang", "ini wc nya min"),
    *("antri dari jam 7", "obate kok mboten wonten", "abdi bade naros jadwal posyandu"),
]
_FORMS = st.sampled_from(["", "", "", "", "photo", "voice", "sticker"])
_PAUSES = st.sampled_from([0, 1, 30, 170, 180, 181, 600, 899, 900, 901, 5000, 90000])


@st.composite
def _spoken(draw: st.DrawFn) -> list[Line]:
    at, lines = 0, []
    for _ in range(draw(st.integers(1, 12))):
        at += draw(_PAUSES)
        text, form = draw(st.sampled_from(_WORDS)), draw(_FORMS)
        lines.append(Line(at, text=text, form=form, who=draw(st.sampled_from("ab"))))
    return lines


def _play(
    play: Play, lines: list[Line], cuts: set[int], *, sweeps: bool
) -> list[tuple[list[int], str]]:
    """The cases, each as the positions of its messages and what it is."""
    for position, line in enumerate(lines):
        if position in cuts:
            play.record()
        if sweeps:
            play.reach(line.at)
        play.say(line)
        if sweeps:
            play.record()
    play.desk.clock.forward(lines[-1].at + 1)
    play.record()
    play.reach(lines[-1].at + 3600)
    rows = play.rows()
    cases: dict[int, set[int]] = defaultdict(set)
    for position, key in enumerate(play.sent):
        if case := rows[key].complaint_id:
            cases[case].add(position)
    kinds = {row.id: f"{row.kind} {row.status}" for row in play.desk.all(Complaint)}
    return sorted((sorted(found), kinds[case]) for case, found in cases.items())


@settings(max_examples=examples(15), deadline=None)
@given(lines=_spoken(), cuts=st.sets(st.integers(0, 11)))
def test_the_cuts_make_no_difference(lines: list[Line], cuts: set[int]) -> None:
    with TemporaryDirectory() as folder, chat_desk(Path(folder)) as desk:
        plays = [Play(desk, f"{number:03}") for number in range(3)]
        whole = _play(plays[0], lines, set(), sweeps=False)
        plays[1].begun = desk.clock.now
        assert _play(plays[1], lines, cuts, sweeps=False) == whole
        plays[2].begun = desk.clock.now
        assert _play(plays[2], lines, set(), sweeps=True) == whole
        found = {row.id: row for row in desk.all(Delivery)}
        assert len(found) == 3 * len(lines)
        for play in plays:
            rows = play.rows()
            assert len(rows) == len(lines)
            for row in rows.values():
                case, end = row.complaint_id, found[row.delivery_id]
                assert row.held_until is None
                assert (case is None) == (end.disposition is Disposition.SET_ASIDE)
                assert case is not None or end.reason == "command"
        people = {row.id: row.address for row in desk.all(Contact)}
        owners = {row.id: people[row.contact_id] for row in desk.all(Complaint)}
        for play in plays:
            for row in play.rows().values():
                assert row.complaint_id is None or owners[row.complaint_id] == row.conversation


@settings(max_examples=examples(15), deadline=None)
@given(number=st.integers(0, len(TALKS) - 1), cuts=st.sets(st.integers(0, 7)))
def test_the_talks_end_alike_wherever_they_are_cut(number: int, cuts: set[int]) -> None:
    with TemporaryDirectory() as folder, chat_desk(Path(folder)) as desk:
        play = Play(desk, f"{number:03}")
        cut(play, TALKS[number], cuts)
        assert not ended(play)
