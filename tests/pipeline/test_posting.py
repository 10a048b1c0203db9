"""Posts: in order in every chat, at least once, drawn anew while the truth moves on."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from channels.errors import Ambiguous, AuthFailed, Permanent, Transient
from pipeline import desk, posting, posts
from pipeline.pace import KEPT_FOR_CARDS, Pace
from pipeline.ports import GroupGone, NotStarted
from pipeline.posts import View
from store.states import SendState
from store.tables import Group, Post, Staff
from tests.doubles import START
from tests.pipeline.conftest import Desk

GROUP_PACE = 20


def ask(one: Desk, who: str | None = "clerk", view: View = View.NOTICE, **kwargs: object) -> int:
    with one.store.write("test") as db:
        post = posts.ask(
            db,
            view,
            facility_id=one.office.id,
            now=one.clock.now,
            staff_id=one.staff[who].id if who else None,
            **kwargs,  # type: ignore[arg-type]
        )
        assert post.id is not None
        return post.id


def post(one: Desk, id_: int) -> Post:
    found: Post = next(row for row in one.all(Post) if row.id == id_)
    return found


def shown(one: Desk) -> list[int | None]:
    return [row.id for row in one.chat.shown]


def failing(one: Desk, ids: set[int], error: Exception, times: int = 1_000_000) -> None:
    left = [times]

    def fault(row: Post) -> None:
        if row.id in ids and left[0]:
            left[0] -= 1
            raise error

    one.chat.fault = fault


def test_a_chat_keeps_its_order_and_others_do_not_wait_for_it(desk_of_one: Desk) -> None:
    first, second = ask(desk_of_one), ask(desk_of_one)
    other = ask(desk_of_one, "coordinator")
    failing(desk_of_one, {first}, Transient("nanti"), 1)
    desk_of_one.settle()
    assert shown(desk_of_one) == [other]
    desk_of_one.later(2)
    assert shown(desk_of_one) == [other, first, second]


def test_the_provider_s_wait_holds_the_whole_chat(desk_of_one: Desk) -> None:
    card = ask(desk_of_one, None, View.LIST)
    desk_of_one.settle()
    redrawn = ask(desk_of_one, None, View.LIST)
    desk_of_one.settle()
    with desk_of_one.store.write("test") as db:
        for id_ in (card, redrawn):
            db.get_one(Post, id_).wanted += 1
    tries = []

    def busy(row: Post) -> None:
        tries.append(row.id)
        raise Transient("429", retry_after=37)

    desk_of_one.chat.fault = busy
    desk_of_one.settle()
    new = ask(desk_of_one, None, View.LIST)
    desk_of_one.later(36)
    assert tries == [card]  # one refusal speaks for the chat
    desk_of_one.chat.fault = None
    desk_of_one.later(1)
    assert shown(desk_of_one)[-1] == new
    assert {row.id for row in desk_of_one.chat.edits} == {card, redrawn}
    assert posting.post_due(desk_of_one.ctx) is None


def test_whoever_has_not_pressed_start_gets_it_all_in_order_afterwards(desk_of_one: Desk) -> None:
    desk_of_one.chat.fault = lambda _row: (_ for _ in ()).throw(NotStarted())
    ids = [ask(desk_of_one) for _ in range(3)]
    desk_of_one.settle()
    assert {row.state for row in desk_of_one.all(Post)} == {SendState.HELD}
    desk_of_one.chat.fault = None
    desk_of_one.later(7200)
    assert shown(desk_of_one) == []
    with desk_of_one.store.write("test") as db:
        staff = db.get_one(Staff, desk_of_one.staff["clerk"].id)
        assert not staff.started
        desk.started(db, desk_of_one.clock.now, staff)
    desk_of_one.settle()
    assert shown(desk_of_one) == ids


def test_a_group_that_is_gone_is_told_once_and_starves_nobody(desk_of_one: Desk) -> None:
    ids = {ask(desk_of_one, None, View.LIST) for _ in range(3)}
    failing(desk_of_one, ids, GroupGone("dikeluarkan"))
    for _ in range(5):
        desk_of_one.later(60)
    with desk_of_one.store.read() as db:
        assert db.get_one(Group, desk_of_one.office.id).broken == "removed"
    coordinator = desk_of_one.staff["coordinator"].id
    assert desk_of_one.chat.views(coordinator) == [View.NOTICE]
    desk_of_one.chat.fault = None
    desk_of_one.later(300)
    assert desk_of_one.chat.views() == [View.LIST] * 3
    with desk_of_one.store.read() as db:
        assert db.get_one(Group, desk_of_one.office.id).broken == ""


def test_many_stuck_redraws_do_not_starve_new_posts(desk_of_one: Desk) -> None:
    with desk_of_one.store.write("test") as db:
        for number in range(300):
            db.add(
                Post(
                    facility_id=desk_of_one.office.id,
                    kind=View.CARD,
                    state=SendState.ACCEPTED,
                    message_id=number,
                    due_at=START,
                    created_at=START,
                    wanted=1,
                )
            )
    failing(desk_of_one, set(range(1, 301)), GroupGone("x"))
    desk_of_one.settle()
    private = ask(desk_of_one)
    desk_of_one.settle()
    assert private in shown(desk_of_one)


def test_an_alert_does_not_wait_behind_what_is_said_to_one_person(desk_of_one: Desk) -> None:
    private = [ask(desk_of_one) for _ in range(3)]
    card = ask(desk_of_one, None, View.LIST)
    desk_of_one.settle()
    assert shown(desk_of_one) == [card, *private]


def test_what_was_abandoned_is_posted_again(desk_of_one: Desk) -> None:
    id_ = ask(desk_of_one)
    with desk_of_one.store.write("test") as db:
        db.get_one(Post, id_).state = SendState.SENDING
    desk_of_one.settle()
    assert shown(desk_of_one) == [id_]


def test_whoever_was_overtaken_keeps_nothing(desk_of_one: Desk) -> None:
    """The lease ran out while the chat took its time: another posted, ours is not kept."""
    id_ = ask(desk_of_one)

    def overtaken(_row: Post) -> None:
        desk_of_one.chat.fault = None
        with desk_of_one.store.write("test") as db:
            db.connection().exec_driver_sql("UPDATE lease SET expires = 0")
        posting.post_due(desk_of_one.ctx)

    desk_of_one.chat.fault = overtaken
    desk_of_one.settle()
    assert shown(desk_of_one) == [id_, id_]  # at least once
    assert post(desk_of_one, id_).message_id == 1


def test_what_a_late_one_drew_over_is_drawn_once_more(desk_of_one: Desk) -> None:
    # Given a card that is drawn anew by one who sleeps in between, while another draws it too
    desk_of_one.arrive("loketnya tutup")
    desk_of_one.settle()
    with desk_of_one.store.write("test", facility=desk_of_one.office.id) as db:
        posts.touch(db, 1)

    def asleep(_row: Post) -> None:
        desk_of_one.chat.fault = None
        with desk_of_one.store.write("test") as db:
            db.connection().exec_driver_sql("UPDATE lease SET expires = 0")
        posting.post_due(desk_of_one.ctx)

    desk_of_one.chat.fault = asleep
    posting.post_due(desk_of_one.ctx)
    # Then the late drawing is not the last
    assert len(desk_of_one.chat.edits) == 2
    assert post(desk_of_one, 1).wanted > post(desk_of_one, 1).shown
    desk_of_one.settle()
    assert len(desk_of_one.chat.edits) == 3
    assert post(desk_of_one, 1).wanted == post(desk_of_one, 1).shown


@pytest.mark.parametrize("error", [Ambiguous("?"), AuthFailed("x"), Transient("x"), GroupGone("x")])
def test_what_may_pass_is_never_given_up(desk_of_one: Desk, error: Exception) -> None:
    id_ = ask(desk_of_one, None, View.LIST)
    failing(desk_of_one, {id_}, error)
    for _ in range(20):
        desk_of_one.later(300)
    assert post(desk_of_one, id_).state is SendState.PENDING
    desk_of_one.chat.fault = None
    desk_of_one.later(300)
    assert post(desk_of_one, id_).state is SendState.ACCEPTED


@pytest.mark.parametrize("error", [Permanent("x"), KeyError("bug")])
def test_a_private_post_is_given_up_in_the_end_a_card_never(
    desk_of_one: Desk, error: Exception
) -> None:
    private, card = ask(desk_of_one), ask(desk_of_one, None, View.CARD)
    behind = ask(desk_of_one)
    failing(desk_of_one, {private, card}, error)
    for _ in range(10):
        desk_of_one.later(300)
    assert post(desk_of_one, private).state is SendState.FAILED
    assert post(desk_of_one, card).state is SendState.PENDING
    assert post(desk_of_one, behind).state is SendState.ACCEPTED


def test_what_moves_on_while_it_is_shown_is_drawn_anew(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu")
    desk_of_one.settle()

    def moved(change: Callable[[], None]) -> Callable[[Post], None]:
        def fault(_row: Post) -> None:
            desk_of_one.chat.fault = None
            change()

        return fault

    def touch() -> None:
        with desk_of_one.store.write("test") as db:
            posts.touch(db, 1)

    id_ = ask(desk_of_one, "clerk", View.CASE, complaint_id=1)
    desk_of_one.chat.fault = moved(touch)
    desk_of_one.settle()
    assert [row.id for row in desk_of_one.chat.edits] == [1, id_]  # the card and the case

    def touch_and_fail() -> None:
        touch()
        raise Transient("x")

    touch()
    desk_of_one.chat.edits.clear()
    desk_of_one.chat.fault = moved(touch_and_fail)  # also what moves on during a redraw that fails
    desk_of_one.later(0)
    desk_of_one.later(300)
    assert {(row.id, row.wanted) for row in desk_of_one.chat.edits} >= {(1, 3), (id_, 3)}
    assert all(row.wanted == row.shown for row in desk_of_one.all(Post))


def test_a_redraw_refused_for_good_is_let_go(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu")
    desk_of_one.settle()
    for error in (Permanent("x"), NotStarted()):
        id_ = ask(desk_of_one, "clerk", View.CASE, complaint_id=1)
        desk_of_one.settle()
        failing(desk_of_one, {id_}, error)
        with desk_of_one.store.write("test") as db:
            posts.touch(db, 1)
        desk_of_one.later(60)
        row = post(desk_of_one, id_)
        assert (row.state, row.shown) == (SendState.ACCEPTED, row.wanted)


def test_the_group_is_written_to_twenty_times_a_minute(desk_of_one: Desk) -> None:
    for _ in range(GROUP_PACE + 1):
        ask(desk_of_one, None, View.LIST)
    ask(desk_of_one)
    desk_of_one.settle_but_replies()
    assert len(desk_of_one.chat.views()) == GROUP_PACE
    assert len(desk_of_one.chat.shown) == GROUP_PACE + 1  # a private chat has its own measure
    assert posting.post_due(desk_of_one.ctx) == START + timedelta(seconds=60)
    desk_of_one.later(60)
    assert len(desk_of_one.chat.views()) == GROUP_PACE + 1


def test_redrawing_leaves_room_for_cards(desk_of_one: Desk) -> None:
    with desk_of_one.store.write("test") as db:
        for number in range(GROUP_PACE):
            db.add(
                Post(
                    facility_id=desk_of_one.office.id,
                    kind=View.CARD,
                    state=SendState.ACCEPTED,
                    message_id=number,
                    due_at=START,
                    created_at=START,
                    wanted=1,
                )
            )
    posting.post_due(desk_of_one.ctx)
    assert len(desk_of_one.chat.edits) == GROUP_PACE - KEPT_FOR_CARDS
    ask(desk_of_one, None, View.CARD)
    posting.post_due(desk_of_one.ctx)
    assert len(desk_of_one.chat.shown) == 1


def test_a_clock_set_back_holds_nobody_up() -> None:
    pace, chat = Pace(), (1, None)
    for _ in range(GROUP_PACE):
        pace.count(chat, START)
    pace.hold(chat, START, 60)
    assert pace.free(chat, START, GROUP_PACE) == START + timedelta(seconds=60)
    earlier = START - timedelta(days=1)
    assert pace.free(chat, earlier, GROUP_PACE) == earlier


def test_without_a_chat_everything_waits(desk_of_one: Desk) -> None:
    from dataclasses import replace

    desk_of_one.arrive("satu")
    told, desk_of_one.ctx = desk_of_one.ctx, replace(desk_of_one.ctx, chat=None)
    desk_of_one.settle_but_replies()
    assert desk_of_one.complaint().alerted_at is None
    desk_of_one.ctx = told
    desk_of_one.settle()
    assert desk_of_one.complaint().alerted_at == START
