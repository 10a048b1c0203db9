"""A sending in doubt is looked up by its text; what only looks like it is not taken for it."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels.errors import Ambiguous
from channels.message import RouteKind
from channels.twilio.adapter import TwilioChannel
from simulator.faults import DROP_AFTER_COMMIT
from simulator.twilio import Content, TwilioDouble
from tests.channels.twilio.world import CITIZEN, TEXT, channel, part
from tests.doubles import ManualClock


def test_a_drop_is_found_by_the_text(twilio: TwilioDouble, living: TwilioChannel) -> None:
    twilio.faults.add(DROP_AFTER_COMMIT, method="messages.create")
    with pytest.raises(Ambiguous):
        living.send(part())

    found = living.find_sent(part())

    assert found is not None
    assert found.external_id == twilio.messages()[0].sid


@pytest.mark.parametrize(
    "other",
    [
        {"text": TEXT.replace("/2)", "/1)")},
        {"recipient": "whatsapp:+6281234500002"},
        {"text": TEXT + " dan lagi"},
    ],
)
def test_another_message_is_not_taken_for_it(
    twilio: TwilioDouble, living: TwilioChannel, other: dict[str, Any]
) -> None:
    twilio.citizen("+6281234500002").says("Halo")
    living.send(part(**other))

    assert living.find_sent(part()) is None


def test_what_the_citizen_quoted_is_not_taken_for_it(
    twilio: TwilioDouble, living: TwilioChannel
) -> None:
    twilio.citizen(CITIZEN).says(TEXT)

    assert living.find_sent(part()) is None


def test_the_same_text_of_an_earlier_attempt_is_not_taken_for_it(
    living: TwilioChannel, clock: ManualClock
) -> None:
    living.send(part())
    clock.forward(300)

    assert living.find_sent(part(since=clock.now)) is None
    assert living.find_sent(part(since=clock.now - timedelta(seconds=290))) is not None


def test_a_template_in_doubt_is_found_by_its_blanks(
    twilio: TwilioDouble, template: Content
) -> None:
    invited = part(route=RouteKind.TEMPLATE, variables={"1": "ADU-2026-0042"}, text="")
    with closing(channel(twilio, template=template.sid)) as made:
        made.send(part(text="Sudah kami jawab.\n\n(ADU-2026-0042)"))  # no invitation
        made.send(part(route=RouteKind.TEMPLATE, variables={"1": "ADU-2026-00421"}))
        assert made.find_sent(invited) is None
        receipt = made.send(invited)

        found = made.find_sent(invited)

    assert found is not None
    assert found.external_id == receipt.external_id


def test_a_template_of_other_words_is_found_by_the_number_in_ours(twilio: TwilioDouble) -> None:
    other = twilio.world.content("tanggapan", "Yth. warga, jawaban {{1}} sudah ada.")
    asked = part(route=RouteKind.TEMPLATE, text="Tanggapan ADU-2026-0042 siap, balas LIHAT")
    with closing(channel(twilio, template=other.sid)) as made:
        receipt = made.send(replace(asked, variables={"1": "ADU-2026-0042"}))

        found = made.find_sent(asked)
        assert made.find_sent(replace(asked, text="Tanggapan siap, balas LIHAT")) is None

    assert found is not None
    assert found.external_id == receipt.external_id
