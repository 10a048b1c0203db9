"""What is sent: by text or template, once, and told in the provider's own words."""

import json
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from channels.errors import (
    Permanent,
    Transient,
)
from channels.message import RouteKind
from channels.twilio.adapter import TwilioChannel
from simulator.faults import (
    Refuse,
)
from simulator.twilio import Content, TwilioDouble
from tests.channels.twilio.world import CITIZEN, HOOK, TEXT, channel, part
from tests.doubles import ManualClock

WHATSAPP = f"whatsapp:{CITIZEN}"


def test_free_text_goes_out_once_as_it_was_approved(
    twilio: TwilioDouble, living: TwilioChannel, clock: ManualClock
) -> None:
    receipt = living.send(part())

    (taken,) = twilio.messages()
    assert (taken.sid, taken.body, taken.sender) == (
        receipt.external_id,
        TEXT,
        "whatsapp:+62811000110",
    )
    assert receipt.at == clock.now


def test_an_sms_leaves_from_the_sms_number(twilio: TwilioDouble, living: TwilioChannel) -> None:
    living.send(part(recipient=CITIZEN))

    assert twilio.messages()[0].sender == "+62811000110"


def test_the_template_carries_its_blanks_and_no_text(
    twilio: TwilioDouble, clock: ManualClock, template: Content
) -> None:
    clock.now += timedelta(days=2)
    with closing(channel(twilio, clock, template=template.sid)) as made:
        made.send(part(route=RouteKind.TEMPLATE, variables={"1": "ADU-2026-0042"}))

    asked = twilio.journal.entries(method="messages.create")[-1].params
    assert asked["ContentSid"] == template.sid
    assert json.loads(asked["ContentVariables"]) == {"1": "ADU-2026-0042"}
    assert "Body" not in asked
    assert twilio.messages()[0].body == "Tanggapan ADU-2026-0042 siap, balas LIHAT"


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        ("received", "template-pending"),
        ("pending", "template-pending"),
        ("rejected", "template-rejected"),
        ("paused", "template-paused"),
        ("disabled", "template-disabled"),
        ("unsubmitted", "template-missing"),
        ("gone", "template-missing"),
        ("unset", "template-missing"),
    ],
)
def test_a_template_that_is_not_approved_sends_nothing(
    twilio: TwilioDouble, template: Content, status: str, detail: str
) -> None:
    sid = {"gone": "HX" + "0" * 32, "unset": ""}.get(status, template.sid)
    template.status = status
    with closing(channel(twilio, template=sid)) as made, pytest.raises(Permanent) as caught:
        made.send(part(route=RouteKind.TEMPLATE, variables={"1": "ADU-2026-0042"}))

    assert caught.value.detail == detail
    assert twilio.journal.entries(method="messages.create") == ()


def test_a_template_nobody_can_speak_of_is_tried_again(
    twilio: TwilioDouble, template: Content
) -> None:
    twilio.faults.add(Refuse(503), method="content.approvals")
    with closing(channel(twilio, template=template.sid)) as made, pytest.raises(Transient):
        made.send(part(route=RouteKind.TEMPLATE, variables={"1": "ADU-2026-0042"}))

    assert twilio.messages() == ()


def test_without_a_sender_or_by_hand_nothing_is_asked(twilio: TwilioDouble) -> None:
    with closing(channel(twilio, sms="")) as made:
        for changed in ({"recipient": CITIZEN}, {"route": RouteKind.MANUAL}):
            with pytest.raises(Permanent) as caught:
                made.send(part(**changed))
            assert caught.value.detail in ("sender-missing", "route-manual")

    assert twilio.journal.entries() == ()


def test_every_request_is_told_in_the_providers_own_words(
    twilio: TwilioDouble, clock: ManualClock, template: Content
) -> None:
    told: list[tuple[str, str, str, Mapping[str, Any]]] = []

    def log(gateway: str, method: str, url: str, params: Mapping[str, Any]) -> None:
        told.append((gateway, method, urlsplit(url).path, params))

    made = channel(twilio, clock, template=template.sid, webhook_url=HOOK, request_log=log)
    with closing(made):
        receipt = made.send(part())
        made.send(part(route=RouteKind.TEMPLATE, variables={"1": "ADU-2026-0042"}))
        list(made.poll_status([receipt.external_id]))

    base = f"/2010-04-01/Accounts/{twilio.account}/Messages"
    assert [it[1:3] for it in told] == [
        ("POST", f"{base}.json"),
        ("GET", f"/v1/Content/{template.sid}/ApprovalRequests"),
        ("POST", f"{base}.json"),
        ("GET", f"{base}/{receipt.external_id}.json"),
    ]
    assert told[0][3] == {
        "To": WHATSAPP,
        "From": "whatsapp:+62811000110",
        "Body": TEXT,
        "StatusCallback": HOOK,
    }
    assert {it[0] for it in told} == {"twilio"}
    assert twilio.token not in repr(told)


def test_nothing_is_logged_about_anybody(
    twilio: TwilioDouble, living: TwilioChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    living.send(part())
    living.find_sent(part())

    assert CITIZEN[1:] not in caplog.text
    assert "Obat" not in caplog.text


def test_the_configuration_keeps_its_key_to_itself(twilio: TwilioDouble) -> None:
    with closing(channel(twilio)) as made:
        assert twilio.token not in repr(made.config)


def test_the_template_is_asked_for_at_twilios_own_host_unless_told_otherwise() -> None:
    from channels.twilio.config import TwilioConfig

    real = TwilioConfig(name="wa", account_sid="AC1", auth_token="x")
    assert (real.base_url, real.content_base) == (
        "https://api.twilio.com",
        "https://content.twilio.com",
    )
    assert not real.on_loopback


def test_many_threads_get_each_its_own_receipt(twilio: TwilioDouble, living: TwilioChannel) -> None:
    texts = [f"Jawaban {n}" for n in range(40)]
    with ThreadPoolExecutor(8) as threads:
        receipts = list(threads.map(lambda text: living.send(part(text=text)), texts))

    assert [twilio.message(it.external_id).body for it in receipts] == texts
