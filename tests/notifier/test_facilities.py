"""Several facilities under one bot, with people who work for some of them: whoever taps, answers
or types whatever anywhere, acts for their own facility or not at all.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from notifier.buttons import Tap
from notifier.buttons import read as read_tap
from notifier.cards import render
from notifier.dispatch import Dispatcher
from notifier.outcome import Outcome
from notifier.taps import facility_of
from pipeline import desk
from pipeline.ports import Placed
from store.states import UpdateState
from store.tables import Complaint, Group, Post, Prompt, Reply, Staff, Update
from tests.apart import assert_apart
from tests.doubles import RememberingChat
from tests.pipeline.conftest import STAGES, Desk, make_district

BOT, STRANGER = 99, 777
_folders = count()


@dataclass
class Shown:
    """A message of the bot's, as it stands."""

    post: Post
    chat_id: int
    message_id: int
    text: str = ""
    buttons: list[str] = field(default_factory=list)


class Chat(RememberingChat):
    """Places posts where Telegram would, drawn by the real views."""

    def __init__(self, desks: list[Desk]) -> None:
        super().__init__()
        self.desks = desks
        self.messages: list[Shown] = []
        self._ids: dict[int, Iterator[int]] = defaultdict(lambda: count(1))

    def send(self, post: Post) -> Placed:
        with self.desks[0].store.read() as db:
            if post.staff_id is None:
                chat_id = db.get_one(Group, post.facility_id).chat_id
            else:
                chat_id = db.get_one(Staff, post.staff_id).telegram_id or 0
        shown = Shown(post, chat_id, next(self._ids[chat_id]))
        self.messages.append(shown)
        self._draw(shown)
        return Placed(chat_id=chat_id, message_id=shown.message_id)

    def edit(self, post: Post) -> None:
        [shown] = [one for one in self.messages if one.post.id == post.id]
        self._draw(shown)

    def _draw(self, shown: Shown) -> None:
        office = self.desks[0].ctx.offices[shown.post.facility_id]
        with self.desks[0].store.read() as db:
            post = db.get_one(Post, shown.post.id)
            drawn = render(db, post, office, self.desks[0].clock(), "bot")
        shown.text = drawn.text_html
        shown.buttons = [it.data for row in drawn.buttons for it in row if it.data]


class District:
    """Desks, their chat, and updates one after the other."""

    def __init__(self, folder: Path, desks: int) -> None:
        self.desks = make_district(folder, desks)
        self.store, self.clock = self.desks[0].store, self.desks[0].clock
        self.chat = Chat(self.desks)
        object.__setattr__(self.desks[0].ctx, "chat", self.chat)
        self.dispatcher = Dispatcher(self.desks[0].ctx.offices)
        self._updates = count(1)
        self._messages = count(100_000)

    def arrive(self, at: Desk, text: str = "", **fields: Any) -> None:
        """A letter that says which facility it is for."""
        at.arrive(f"Antre lama di ({at.office.slug}). {text}", **fields)

    def work(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            self.clock.forward(5)
            for stage in STAGES:
                stage(self.desks[0].ctx)

    def update(self, **content: Any) -> Outcome:
        number = next(self._updates)
        raw = json.dumps({"update_id": number, **content})
        row = Update(bot_id=BOT, update_id=number, raw=raw, received_at=self.clock.now)
        with self.store.write("test.update", facility=list(self.desks[0].ctx.offices)) as db:
            db.add(row)
            db.flush()
            outcome = self.dispatcher.process(db, self.clock.now, row, "bot")
            assert row.state is UpdateState.PROCESSED
        return outcome

    def tap(self, who: int, shown: Shown, data: str) -> Outcome:
        chat = {"id": shown.chat_id, "type": _kind(shown.chat_id)}
        message = {"message_id": shown.message_id, "chat": chat}
        query = {"id": "1", "from": {"id": who}, "data": data, "message": message}
        return self.update(callback_query=query)

    def say(self, who: int, text: str, *, chat: int = 0, answers: Shown | None = None) -> Outcome:
        replied = {}
        if answers is not None:
            replied = {
                "message_id": answers.message_id,
                "text": answers.text,
                "from": {"id": BOT, "is_bot": True},
            }
        place = answers.chat_id if answers else chat or who
        return self.update(
            message={
                "message_id": next(self._messages),
                "from": {"id": who},
                "chat": {"id": place, "type": _kind(place)},
                "text": text,
                **({"reply_to_message": replied} if replied else {}),
            }
        )

    def private(self, who: int, kind: str = "", at: Desk | None = None) -> Shown:
        """The newest private message there."""
        return [
            one
            for one in self.chat.messages
            if one.chat_id == who
            and kind in ("", one.post.kind)
            and at in (None, self.desk_of(one.post.facility_id))
        ][-1]

    def desk_of(self, facility_id: int) -> Desk:
        return next(one for one in self.desks if one.office.id == facility_id)

    def notices(self, who: int) -> list[str]:
        """Keys, in order."""
        return [
            str(json.loads(one.post.params).get("key"))
            for one in self.chat.messages
            if one.chat_id == who and one.post.kind == "notice"
        ]

    def all(self, table: Any) -> list[Any]:
        return self.desks[0].all(table)


def _kind(chat_id: int) -> str:
    return "private" if chat_id > 0 else "supergroup"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[District]:
    """Two facilities whose clerk (11) is the same person, each with its ADU-2026-0001."""
    district = District(tmp_path, 2)
    with district.store.write("test.setup") as db:
        db.get_one(Staff, district.desks[1].staff["clerk"].id).telegram_id = 11
    for number, one in enumerate(district.desks):
        district.arrive(one, key=f"first-{number}")
    district.work(3)
    yield district
    district.store.close()


def take(district: District, at: Desk, who: int = 11) -> None:
    [card] = [
        it
        for it in district.chat.messages
        if it.chat_id < 0 and district.desk_of(it.post.facility_id) is at
    ]
    assert district.tap(who, card, card.buttons[0]).query_id
    district.work(2)


def drafts(district: District) -> list[tuple[str, str]]:
    slugs = {one.office.id: one.office.slug for one in district.desks}
    return [(slugs[reply.facility_id], reply.text) for reply in district.all(Reply)]


def test_a_text_for_which_two_facilities_come_into_question_is_for_neither(two: District) -> None:
    for one in two.desks:
        take(two, one)
    two.say(11, "Sudah kami perbaiki.")
    two.work(2)
    assert drafts(two) == []
    assert two.notices(11)[-1] == "which-facility"


def test_the_only_facility_with_a_case_in_hand_is_meant(two: District) -> None:
    take(two, two.desks[1])
    two.say(11, "Sudah kami perbaiki.")
    assert drafts(two) == [("uji-1", "Sudah kami perbaiki.")]


def test_an_answer_goes_where_the_message_belongs(two: District) -> None:
    for one in two.desks:
        take(two, one)
    two.say(11, "Untuk yang pertama.", answers=two.private(11, "case", two.desks[0]))
    two.say(11, "Untuk yang kedua.", answers=two.private(11, "case", two.desks[1]))
    assert drafts(two) == [("uji", "Untuk yang pertama."), ("uji-1", "Untuk yang kedua.")]


def test_a_number_that_both_have_is_not_guessed_where_the_id_was_never_learnt(
    two: District,
) -> None:
    for one in two.desks:
        take(two, one)
    lost = replace(two.private(11, "case"), message_id=5_000)
    assert "ADU-2026-0001" in lost.text
    two.say(11, "Sudah kami perbaiki.", answers=lost)
    two.say(11, "/balas 0001 Sudah kami perbaiki.")
    two.work(2)
    assert drafts(two) == []
    assert two.notices(11)[-2:] == ["which-facility"] * 2


def test_a_number_that_one_has_is_that_ones(two: District) -> None:
    two.arrive(two.desks[1], key="second")
    two.work(3)
    two.say(11, "/balas 0002 Sudah kami perbaiki.")
    assert drafts(two) == [("uji-1", "Sudah kami perbaiki.")]


def test_a_command_in_a_group_is_for_that_facility(two: District) -> None:
    for one, chat in zip(two.desks, (-100, -101), strict=True):
        two.say(11, f"/balas 0001 Jawaban {one.office.slug}", chat=chat)
    assert drafts(two) == [("uji", "Jawaban uji"), ("uji-1", "Jawaban uji-1")]


def test_in_another_facilitys_group_nobody_acts_for_their_own(two: District) -> None:
    two.say(12, "/balas 0001 Bukan untuk sini", chat=-101)
    two.work(2)
    assert drafts(two) == []
    assert two.notices(12)[-1] == "elsewhere"


def test_what_belongs_to_everything_of_a_facility_asks_which(two: District) -> None:
    two.say(11, "/daftar")
    two.say(11, "/catat Ada warga datang ke loket.")
    two.work(2)
    assert two.notices(11) == ["which-facility"] * 2
    two.say(11, "/catat", chat=-101)
    two.say(11, "Ada warga datang ke loket.")
    two.work(2)
    shown = two.private(11, "notice")
    two.tap(11, shown, next(it for it in shown.buttons if "counter" in it))
    two.work(3)
    assert [case.facility_id for case in two.all(Complaint)][2:] == [two.desks[1].office.id]


def test_whoever_works_for_several_sees_which_one_it_is(two: District) -> None:
    take(two, two.desks[1])
    assert two.private(11, "case").text.startswith("Puskesmas Uji-1\n")
    with two.store.write("test") as db:
        db.get_one(Staff, two.desks[0].staff["clerk"].id).active = False
    two.say(11, "/daftar")
    two.work(2)
    assert not two.private(11, "list").text.startswith("Puskesmas")


def test_messages_of_a_facility_that_somebody_left_do_nothing_for_the_other(two: District) -> None:
    take(two, two.desks[0])
    old = two.private(11, "case")
    with two.store.write("test", facility=two.desks[0].office.id) as db:
        desk.leave(db, two.clock.now, db.get_one(Staff, two.desks[0].staff["clerk"].id))
    two.say(11, "Sudah kami perbaiki.", answers=old)
    for data in old.buttons:
        assert "tidak ada" in two.tap(11, old, data).toast
    two.work(2)
    assert drafts(two) == []
    assert_apart(two.store)


COMMANDS = (
    "/daftar",
    "/setujui 0001",
    "/setujui ADU-2026-0001",
    "/catat Warga di loket.",
    "/catat",
)


@settings(
    max_examples=3,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_anybody_taps_or_types_stays_in_the_facility(tmp_path: Path, seed: int) -> None:
    dice, district = random.Random(seed), District(tmp_path / f"{next(_folders)}", 12)
    try:
        for one in district.desks:
            district.arrive(one, key="1", identity="sama@contoh.id")
        district.work(3)
        people = sorted({staff.telegram_id for staff in district.all(Staff)} | {STRANGER})
        # The first and the eleventh desk have the same people; so have the second and twelfth.
        people = [11, 12, 13, 21, 22, 23] * 3 + people
        for _ in range(90):
            _act(district, dice, dice.choice(people))
            if dice.random() < 0.3:
                district.work()
        district.work(3)
        assert_apart(district.store)
        _assert_shown_at_home(district)
        assert all(reply.text.startswith(_slug(district, reply)) for reply in district.all(Reply))
        assert district.all(Reply)
        assert not [it for it in district.chat.messages if it.chat_id == STRANGER]
    finally:
        district.store.close()


def _act(district: District, dice: random.Random, who: int) -> None:
    """A tap on any button there is, an answer to anything, or a command, anywhere."""
    near = [it for it in district.chat.messages if it.chat_id < 0 or it.chat_id == who]
    shown = dice.choice(near[-25:])
    forged = dice.choice(district.chat.messages[-60:]).buttons
    roll = dice.random()
    if roll < 0.55 and (shown.buttons or forged):
        data = dice.choice(shown.buttons or forged if dice.random() < 0.8 else forged or ["take:1"])
        district.tap(who, shown, data)
    elif roll < 0.85:
        # An answer names what it answers; only then is it known whose answer it should be.
        slug = district.desk_of(shown.post.facility_id).office.slug
        district.say(who, f"({slug}) Sudah kami perbaiki.", answers=shown)
    elif roll < 0.92:
        district.say(who, dice.choice(COMMANDS), chat=dice.choice((who, shown.chat_id)))
    else:
        group = dice.choice((-100, -101, -110, -111))
        slug = next(it.office.slug for n, it in enumerate(district.desks) if group == -100 - n)
        district.say(who, f"/balas 0001 ({slug}) Sudah kami perbaiki.", chat=group)


def _slug(district: District, reply: Reply) -> str:
    return f"({district.desk_of(reply.facility_id).office.slug})"


def _assert_shown_at_home(district: District) -> None:
    """Every message stands in a chat of its facility and speaks of nobody else's citizens."""
    with district.store.read() as db:
        for shown in district.chat.messages:
            home = shown.post.facility_id
            if shown.post.staff_id is None:
                assert shown.chat_id == db.get_one(Group, home).chat_id
            else:
                assert db.get_one(Staff, shown.post.staff_id).facility_id == home
            for other in district.desks:
                if other.office.id != home:
                    assert f"({other.office.slug})" not in shown.text
            for data in shown.buttons:
                _assert_at_home(district, read_tap(data), home)
        prompts = {row.staff_id for row in db.exec(select(Prompt))}
        assert prompts <= {row.id for row in db.exec(select(Staff).where(col(Staff.active)))}


def _assert_at_home(district: District, tap: Tap | None, home: int) -> None:
    assert tap is not None
    if tap.number:
        with district.store.read() as db:
            assert facility_of(db, tap) == home
