"""What is sent, how each refusal is sorted, and how a sending in doubt is looked up."""

import json
import logging
import ssl
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from socket import gaierror
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    ProtocolError,
    ReadTimeoutError,
)

from channels.errors import (
    Ambiguous,
    AuthFailed,
    ChannelError,
    OptedOut,
    Permanent,
    Transient,
    WindowClosed,
)
from channels.message import RouteKind
from channels.twilio.adapter import TwilioChannel
from channels.twilio.refusals import never_left
from simulator.faults import (
    DROP_AFTER_COMMIT,
    DROP_BEFORE_COMMIT,
    Action,
    Refuse,
    Silence,
    TooMany,
)
from simulator.net import free_port
from simulator.twilio import Content, TwilioDouble
from tests.channels.twilio.world import CITIZEN, HOOK, TEXT, channel, part
from tests.doubles import ManualClock

WHATSAPP = f"whatsapp:{CITIZEN}"
TEMPLATE = "Tanggapan {{1}} siap, balas LIHAT"


@pytest.fixture
def template(twilio: TwilioDouble) -> Content:
    return twilio.world.content("tanggapan", TEMPLATE)


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


@pytest.mark.parametrize(
    ("fault", "error", "taken"),
    [
        (TooMany(12), Transient, 0),
        (Refuse(500), Ambiguous, 0),
        (Refuse(503), Ambiguous, 0),
        (Refuse(400, "Bad Request"), Permanent, 0),
        (Refuse(404, "Not Found"), Permanent, 0),
        (Refuse(401, "Unauthorized"), AuthFailed, 0),
        (Refuse(403, "Forbidden"), AuthFailed, 0),
        (Refuse(302, "Found"), Permanent, 0),
        (DROP_BEFORE_COMMIT, Ambiguous, 0),
        (DROP_AFTER_COMMIT, Ambiguous, 1),
    ],
)
def test_each_ill_is_sorted_by_what_it_means(
    twilio: TwilioDouble,
    living: TwilioChannel,
    fault: Action,
    error: type[ChannelError],
    taken: int,
) -> None:
    twilio.faults.add(fault, method="messages.create")

    with pytest.raises(ChannelError) as caught:
        living.send(part())

    assert type(caught.value) is error
    assert len(twilio.messages()) == taken
    assert_discreet(caught.value, twilio)


def test_after_too_much_it_waits_as_long_as_it_is_told(
    twilio: TwilioDouble, living: TwilioChannel
) -> None:
    twilio.faults.add(TooMany(12), method="messages.create")

    with pytest.raises(Transient) as caught:
        living.send(part())

    assert caught.value.retry_after == 12


def test_silence_after_the_request_left_is_ambiguous(twilio: TwilioDouble) -> None:
    twilio.faults.add(Silence(20), method="messages.create")
    with closing(channel(twilio, timeout=0.3)) as hasty, pytest.raises(Ambiguous):
        hasty.send(part())


def test_a_host_that_refuses_was_never_written_to(twilio: TwilioDouble) -> None:
    lost = channel(twilio, base_url=f"http://127.0.0.1:{free_port()}")
    with closing(lost), pytest.raises(Transient):
        lost.send(part())


@pytest.mark.parametrize(
    ("reason", "proof"),
    [
        (NameResolutionError("api.twilio.com", None, gaierror()), True),  # type: ignore[arg-type]
        (ConnectTimeoutError(), True),
        (ssl.SSLCertVerificationError(), True),
        (ssl.SSLError(), False),
        (ProtocolError("Connection aborted.", ConnectionResetError()), False),
        (ReadTimeoutError(None, "/", ""), False),  # type: ignore[arg-type]
    ],
)
def test_only_what_failed_before_the_request_left_is_no_doubt(
    reason: Exception, proof: bool
) -> None:
    error = requests.ConnectionError(MaxRetryError(None, "/", reason))  # type: ignore[arg-type]

    assert never_left(error) is proof


def test_outside_the_window_at_once(twilio: TwilioDouble, living: TwilioChannel) -> None:
    twilio.manner.refuses_at_once = True

    with pytest.raises(WindowClosed) as caught:
        living.send(part(recipient="whatsapp:+6281234500099"))

    assert caught.value.detail == "63016"
    assert "+6281234500099" not in str(caught.value)


def test_a_citizen_who_said_stop(twilio: TwilioDouble, living: TwilioChannel) -> None:
    twilio.citizen(CITIZEN).says("STOP")

    with pytest.raises(OptedOut) as caught:
        living.send(part())

    assert caught.value.detail == "21610"


def test_a_number_that_is_none(living: TwilioChannel) -> None:
    with pytest.raises(Permanent) as caught:
        living.send(part(recipient="+0"))

    assert caught.value.detail == "21211"


def test_without_a_sender_or_by_hand_nothing_is_asked(twilio: TwilioDouble) -> None:
    with closing(channel(twilio, sms="")) as made:
        for changed in ({"recipient": CITIZEN}, {"route": RouteKind.MANUAL}):
            with pytest.raises(Permanent) as caught:
                made.send(part(**changed))
            assert caught.value.detail in ("sender-missing", "route-manual")

    assert twilio.journal.entries() == ()


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


def assert_discreet(error: ChannelError, twilio: TwilioDouble) -> None:
    """Neither keys nor anybody's number or words, in whatever a log might print of it."""
    shown = f"{error!r} {error} {error.detail} {error.__cause__!r}"
    assert error.__suppress_context__ or error.__context__ is None
    for secret in (twilio.token, twilio.account, CITIZEN[1:], "Obat"):
        assert secret not in shown


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


def test_segments_are_whole_messages_on_whatsapp_and_counted_on_sms(twilio: TwilioDouble) -> None:
    long = "a" * 161
    with closing(channel(twilio)) as both, closing(channel(twilio, whatsapp="")) as sms:
        assert (both.segments(long), sms.segments(long)) == (1, 2)
        assert both.external_id(1) == both.external_id(1, automatic=True) == ""
