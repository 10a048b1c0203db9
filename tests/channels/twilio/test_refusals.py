"""How each refusal is sorted, and that none of them tells anything about anybody."""

import ssl
from contextlib import closing
from socket import gaierror

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
from simulator.twilio import Medium, TwilioDouble
from tests.channels.twilio.world import CITIZEN, channel, part
from tests.channels.world import NOW


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


def assert_discreet(error: ChannelError, twilio: TwilioDouble) -> None:
    """Neither keys nor anybody's number or words, in whatever a log might print of it."""
    shown = f"{error!r} {error} {error.detail} {error.__cause__!r}"
    assert error.__suppress_context__ or error.__context__ is None
    for secret in (twilio.token, twilio.account, CITIZEN[1:], "Obat"):
        assert secret not in shown


@pytest.mark.parametrize("answer", [b"<html>Silakan masuk</html>", b"{}", b"[]"])
def test_an_answer_without_a_sid_is_in_doubt(twilio: TwilioDouble, answer: bytes) -> None:
    twilio.cdn.media["2010-04-01/Accounts/ACx/Messages.json"] = Medium(
        sid="ME1", content_type="application/json", data=answer, created=NOW
    )
    lost = channel(twilio, base_url=twilio.cdn.url, account_sid="ACx")
    with closing(lost), pytest.raises(Ambiguous) as caught:
        lost.send(part())

    assert_discreet(caught.value, twilio)
