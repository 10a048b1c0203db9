"""Which ways lead back to a citizen, and until when."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from simulator.twilio import TwilioDouble
from tests.channels.twilio.world import CITIZEN, channel

WHATSAPP = f"whatsapp:{CITIZEN}"


@pytest.mark.parametrize(
    ("heard", "template", "conversation", "kinds"),
    [
        (-1, "HX1", WHATSAPP, ["private"]),
        (-23.99, "", WHATSAPP, ["private"]),
        (-24, "HX1", WHATSAPP, ["template", "manual"]),
        (-24, "", WHATSAPP, ["manual"]),
        (None, "HX1", WHATSAPP, ["template", "manual"]),
        (None, "HX1", CITIZEN, ["private"]),
        (-1, "HX1", "INFOPROMO", ["manual"]),
        (-1, "HX1", "8999", ["manual"]),
        (-1, "HX1", "twilio:SM1", ["manual"]),
    ],
)
def test_the_ways_back(
    twilio: TwilioDouble,
    heard: float | None,
    template: str,
    conversation: str,
    kinds: list[str],
) -> None:
    now = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
    heard_at = None if heard is None else now + timedelta(hours=heard)
    with closing(channel(twilio, template=template)) as made:
        routes = made.routes(conversation, now, heard_at)

    assert [route.kind.value for route in routes] == kinds
    if kinds == ["private"] and conversation == WHATSAPP:
        assert heard_at is not None
        assert routes[0].until == heard_at + timedelta(hours=24)
    else:
        assert routes[0].until is None


def test_without_a_number_for_it_the_way_back_is_by_hand(twilio: TwilioDouble) -> None:
    now = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
    with closing(channel(twilio, sms="", whatsapp="")) as made:
        for conversation in (WHATSAPP, CITIZEN):
            assert [it.kind.value for it in made.routes(conversation, now, now)] == ["manual"]


def test_segments_are_what_sms_counts(twilio: TwilioDouble) -> None:
    with closing(channel(twilio)) as both:
        assert (both.segments("a" * 160), both.segments("a" * 161)) == (1, 2)
        assert both.external_id(1) == both.external_id(1, automatic=True) == ""
