"""Every complaint is on exactly one card, and counts as told when that stands in the chat."""

import math

from channels.errors import Transient
from pipeline import alerts
from pipeline.alerts import CARD_ALERTS
from pipeline.posts import View
from store.tables import Alert, Complaint, Group, Post
from tests.pipeline.conftest import Desk


def test_a_burst_is_few_cards_that_name_every_complaint_once(desk_of_one: Desk) -> None:
    for number in range(100):
        desk_of_one.arrive(f"keluhan {number}")
    desk_of_one.settle()
    assert len(desk_of_one.chat.views()) == 1
    for _ in range(10):
        desk_of_one.later(desk_of_one.ctx.settings.card_seconds)
    assert desk_of_one.chat.views() == [View.CARD] * math.ceil(100 / CARD_ALERTS)
    named = desk_of_one.all(Alert)
    assert [alert.complaint_id for alert in named] == list(range(1, 101))
    assert {alert.post_id for alert in named} == {post.id for post in desk_of_one.all(Post)}
    assert all(row.alerted_at for row in desk_of_one.all(Complaint))


def test_only_what_stands_in_the_chat_was_told(desk_of_one: Desk) -> None:
    def busy(_post: Post) -> None:
        raise Transient("nanti")

    desk_of_one.chat.fault = busy
    desk_of_one.arrive("satu")
    desk_of_one.later(60)
    assert desk_of_one.complaint().alerted_at is None
    desk_of_one.arrive("dua")  # while one card is on its way the next one gathers
    desk_of_one.later(60)
    assert len(desk_of_one.all(Post)) == 1
    desk_of_one.chat.fault = None
    desk_of_one.later(300)
    first = desk_of_one.complaint(1).alerted_at
    assert first == desk_of_one.clock.now
    desk_of_one.later(3)
    assert desk_of_one.complaint(2).alerted_at == desk_of_one.clock.now
    desk_of_one.later(3600)
    assert len(desk_of_one.chat.views()) == 2


def test_a_further_message_is_told_and_the_first_time_stays(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu", identity="a")
    desk_of_one.settle()
    first = desk_of_one.complaint().alerted_at
    desk_of_one.clock.forward(60)
    desk_of_one.arrive("lalu?", in_reply_to="a", vouched=True)
    desk_of_one.settle()
    assert desk_of_one.chat.views() == [View.CARD, View.CARD]
    assert desk_of_one.complaint().alerted_at == first


def test_without_a_group_alerts_wait_for_one(desk_of_one: Desk) -> None:
    with desk_of_one.store.write("test") as db:
        db.delete(db.get_one(Group, desk_of_one.office.id))
    desk_of_one.arrive("satu")
    desk_of_one.settle()
    assert alerts.alert_due(desk_of_one.ctx) is None
    with desk_of_one.store.write("test") as db:
        db.add(
            Group(facility_id=desk_of_one.office.id, chat_id=-1, enrolled_at=desk_of_one.clock.now)
        )
    desk_of_one.settle()
    assert desk_of_one.chat.views() == [View.CARD]


def test_a_clock_set_back_delays_no_card(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu")
    desk_of_one.settle()
    desk_of_one.clock.forward(-100)  # within what a clock that is being set may step back
    desk_of_one.arrive("dua")
    desk_of_one.settle()
    assert desk_of_one.chat.views() == [View.CARD, View.CARD]
