"""How far a message got, asked or told."""

import pytest

from channels.errors import Transient
from channels.message import DeliveryState, StatusUpdate
from channels.twilio import states
from channels.twilio.adapter import TwilioChannel
from simulator.faults import TooMany
from simulator.twilio import TwilioDouble
from tests.channels.twilio.world import part
from tests.doubles import ManualClock


def test_a_message_is_followed_to_its_reading(twilio: TwilioDouble, living: TwilioChannel) -> None:
    twilio.manner.progresses = True
    sid = living.send(part()).external_id

    seen = [next(living.poll_status([sid])).state for _ in range(5)]

    assert seen == [
        DeliveryState.ACCEPTED,
        DeliveryState.ACCEPTED,
        DeliveryState.DELIVERED,
        DeliveryState.READ,
        DeliveryState.READ,
    ]


def test_the_window_may_turn_out_closed_later(
    twilio: TwilioDouble, living: TwilioChannel, clock: ManualClock
) -> None:
    clock.forward(25 * 3600)
    sid = living.send(part()).external_id

    (update,) = living.poll_status([sid])

    assert update == StatusUpdate(
        external_id=sid, state=DeliveryState.FAILED, reason="63016", window_closed=True
    )


@pytest.mark.parametrize(
    ("status", "code", "reason", "opted_out"),
    [
        ("undelivered", 30003, "30003", False),
        ("failed", 21610, "21610", True),
        ("canceled", None, "canceled", False),
    ],
)
def test_why_it_failed_is_a_code(
    twilio: TwilioDouble,
    living: TwilioChannel,
    status: str,
    code: int | None,
    reason: str,
    opted_out: bool,
) -> None:
    sid = living.send(part()).external_id
    twilio.world.move(sid, status, code)

    (update,) = living.poll_status([sid])

    assert (update.state, update.reason) == (DeliveryState.FAILED, reason)
    assert (update.opted_out, update.window_closed) == (opted_out, False)


def test_what_is_gone_holds_nobody_up(twilio: TwilioDouble, living: TwilioChannel) -> None:
    sid = living.send(part()).external_id

    updates = list(living.poll_status(["SM" + "0" * 32, sid]))

    assert [it.external_id for it in updates] == [sid]


def test_too_many_questions_are_put_off(twilio: TwilioDouble, living: TwilioChannel) -> None:
    sid = living.send(part()).external_id
    twilio.faults.add(TooMany(9), method="messages.fetch")

    with pytest.raises(Transient) as caught:
        list(living.poll_status([sid]))

    assert caught.value.retry_after == 9


def test_an_unknown_word_says_nothing() -> None:
    assert states.update("SM1", "teleported", "") is None
    assert states.update("SM1", "received", "") is None


def test_a_code_of_something_that_did_not_fail_is_no_reason() -> None:
    update = states.update("SM1", "sent", "30003")

    assert update is not None
    assert (update.state, update.reason) == (DeliveryState.ACCEPTED, "")
