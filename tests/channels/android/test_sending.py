"""Under an id of our own: once, and anew only after the phone gave it up."""

from collections.abc import Iterator

import pytest

from channels.android.adapter import AndroidChannel
from channels.errors import Ambiguous, AuthFailed, ChannelError, Permanent, Transient
from channels.message import DeliveryState, StatusUpdate
from simulator.android import AndroidDouble
from simulator.faults import DROP_AFTER_COMMIT, DROP_BEFORE_COMMIT, Refuse, Silence, TooMany
from tests.channels.android import phone
from tests.channels.android.phone import reply

NO_SERVICE = "Send result: RESULT_ERROR_NO_SERVICE for +6281234500001"


@pytest.fixture
def double() -> Iterator[AndroidDouble]:
    with AndroidDouble() as running:
        yield running


@pytest.fixture
def channel(double: AndroidDouble) -> AndroidChannel:
    return phone.channel(double)


def texts(double: AndroidDouble) -> tuple[str, ...]:
    return double.citizen(phone.CITIZEN).texts


def states(channel: AndroidChannel, *ids: str) -> list[StatusUpdate]:
    return list(channel.poll_status(ids))


def test_the_citizen_gets_it_under_our_id(double: AndroidDouble, channel: AndroidChannel) -> None:
    receipt = channel.send(reply(channel))
    assert texts(double) == (phone.TEXT,)
    assert receipt.external_id == channel.external_id(7)
    assert len(receipt.external_id) <= 36
    assert receipt.state is DeliveryState.ACCEPTED


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("fault", [DROP_AFTER_COMMIT, DROP_BEFORE_COMMIT])
def test_in_doubt_and_sent_again_it_arrives_once(
    double: AndroidDouble, channel: AndroidChannel, fault: object, old: bool
) -> None:
    double.old = old
    double.faults.add(fault, method="messages.create")  # type: ignore[arg-type]
    with pytest.raises(Ambiguous):
        channel.send(reply(channel))
    first = channel.send(reply(channel))
    assert channel.send(reply(channel)).external_id == first.external_id
    assert texts(double) == (phone.TEXT,)


def test_a_phone_that_says_nothing_leaves_it_in_doubt(double: AndroidDouble) -> None:
    double.faults.add(Silence(5), method="messages.create")
    hasty = phone.channel(double, timeout=0.2)
    with pytest.raises(Ambiguous):
        hasty.send(reply(hasty))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (TooMany(30), Transient),
        (Refuse(500), Ambiguous),
        (Refuse(502), Ambiguous),
        (Refuse(400, phone.CITIZEN), Permanent),
        (Refuse(403), AuthFailed),
        (Refuse(302), Permanent),
    ],
)
def test_refusals_are_sorted(
    double: AndroidDouble,
    channel: AndroidChannel,
    fault: Refuse | TooMany,
    error: type[ChannelError],
) -> None:
    double.faults.add(fault, method="messages.create")
    with pytest.raises(error) as caught:
        channel.send(reply(channel))
    assert type(caught.value) is error
    assert phone.CITIZEN not in f"{caught.value} {caught.value.detail}"
    if isinstance(caught.value, Transient):
        assert caught.value.retry_after == 30
    assert texts(double) == ()


def test_a_wrong_password_is_an_alarm(double: AndroidDouble) -> None:
    locked_out = phone.channel(double, password="s4lah")
    with pytest.raises(AuthFailed):
        locked_out.send(reply(locked_out))
    assert double.messages() == ()


def test_what_failed_is_sent_anew_when_somebody_asks(
    double: AndroidDouble, channel: AndroidChannel
) -> None:
    citizen = double.citizen(phone.CITIZEN)
    citizen.fails_with(NO_SERVICE)
    first = channel.send(reply(channel))
    [failed] = states(channel, first.external_id)
    assert failed.state is DeliveryState.FAILED
    assert failed.reason == "RESULT_ERROR_NO_SERVICE"

    citizen.fails_with(None)
    again = channel.send(reply(channel))
    assert again.external_id == f"{first.external_id}-2"
    assert channel.send(reply(channel, external_id=again.external_id)) == again
    assert texts(double) == (phone.TEXT,)


def test_nine_failures_are_enough(double: AndroidDouble, channel: AndroidChannel) -> None:
    double.citizen(phone.CITIZEN).fails_with(NO_SERVICE)
    for _ in range(9):
        channel.send(reply(channel))
    with pytest.raises(Permanent):
        channel.send(reply(channel))
    assert len(double.messages()) == 9


def test_whether_it_failed_cannot_be_asked(double: AndroidDouble, channel: AndroidChannel) -> None:
    channel.send(reply(channel))
    double.faults.add(Refuse(503), method="messages.fetch")
    with pytest.raises(Ambiguous):
        channel.send(reply(channel))
    assert channel.send(reply(channel)).external_id == channel.external_id(7)
    assert texts(double) == (phone.TEXT,)


def test_an_id_that_went_to_somebody_else_is_no_receipt(
    double: AndroidDouble, channel: AndroidChannel
) -> None:
    """After a restore the numbers of the parts begin again where the backup ended."""
    channel.send(reply(channel, recipient="+6281234500002"))
    with pytest.raises(Permanent, match="cadangan"):
        channel.send(reply(channel))
    assert texts(double) == ()


def test_two_desks_on_one_phone_do_not_mistake_each_other(double: AndroidDouble) -> None:
    for other in (
        phone.channel(double),
        phone.channel(double, key=b"kunci-lain"),
        phone.channel(double, name="hp-dua"),
    ):
        other.send(reply(other, text=other.external_id(7)))
    assert len(set(texts(double))) == 3


@pytest.mark.parametrize("recipient", ["", "TELKOMSEL", "3636"])
def test_nobody_writes_to_an_operator(
    double: AndroidDouble, channel: AndroidChannel, recipient: str
) -> None:
    with pytest.raises(Permanent):
        channel.send(reply(channel, recipient=recipient))
    assert double.messages() == ()


def test_how_far_it_got(double: AndroidDouble, channel: AndroidChannel) -> None:
    double.phone.progresses = True
    chosen = channel.send(reply(channel)).external_id
    told = [state.state for _ in range(4) for state in states(channel, chosen, "unknown")]
    assert told == [DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.DELIVERED]


def test_status_cannot_be_asked(double: AndroidDouble, channel: AndroidChannel) -> None:
    chosen = channel.send(reply(channel)).external_id
    double.faults.add(DROP_AFTER_COMMIT, method="messages.fetch")
    with pytest.raises(Transient):
        states(channel, chosen)
    double.faults.add(Refuse(200, "Login WiFi"), method="messages.fetch")
    with pytest.raises(Transient):
        states(channel, chosen)


def test_a_request_is_logged_before_it_leaves(double: AndroidDouble) -> None:
    logged: list[tuple[object, ...]] = []
    channel = phone.channel(double, request_log=lambda *request: logged.append(request))
    channel.send(reply(channel))
    body = {
        "id": channel.external_id(7),
        "textMessage": {"text": phone.TEXT},
        "phoneNumbers": [phone.CITIZEN],
        "withDeliveryReport": True,
    }
    assert logged == [("android", "POST", f"{double.url}/messages", body)]
    assert double.password not in str(logged)


def test_a_long_answer_goes_in_parts(double: AndroidDouble, channel: AndroidChannel) -> None:
    parts = channel.split("Kami mohon maaf atas antrean yang lama. " * 40, "ADU-2026-0042")
    for number, text in enumerate(parts, 1):
        channel.send(reply(channel, number, text=text))
    assert texts(double) == tuple(parts)
    assert [channel.segments(part) for part in parts] == [6, 5]
