"""What Twilio posts to us is what polling would have brought, or it is refused."""

from contextlib import closing
from pathlib import Path

import pytest

from channels.base import ChannelState, Hook
from channels.errors import AuthFailed
from channels.message import DeliveryState, Message, StatusUpdate
from channels.twilio.adapter import TwilioChannel
from simulator.twilio import TwilioDouble
from simulator.twilio.model import Message as Sent
from simulator.twilio.webhook import signature
from tests.channels.twilio.world import CITIZEN, HOOK, channel, part
from tests.channels.world import NOW


def called(twilio: TwilioDouble, message: Sent, url: str = HOOK, **changed: str) -> Hook:
    form, signed = twilio.hook(message, url)
    return Hook(
        path="/kait/twilio",
        headers={"x-twilio-signature": signed, "host": "kait.jahat.example"},
        form=tuple((form | changed).items()),
        now=NOW,
    )


@pytest.fixture
def open_to(twilio: TwilioDouble) -> TwilioChannel:
    return channel(twilio, webhook_url=HOOK)


def test_it_is_the_same_delivery_as_by_polling(
    twilio: TwilioDouble, open_to: TwilioChannel, tmp_path: Path
) -> None:
    message = twilio.citizen(CITIZEN, name="Bu Warsih").says("Loket tutup?")

    (told,) = open_to.receive(called(twilio, message))
    with closing(open_to):
        state = ChannelState(spool=tmp_path, now=NOW)
        (polled,) = [it for batch in open_to.poll(state) for it in batch.deliveries]

    def key(it: object) -> tuple[object, ...]:
        return tuple(getattr(it, name) for name in ("account", "transport_id", "revision"))

    assert key(told) == key(polled)
    (event,), (other,) = open_to.parse(told), open_to.parse(polled)
    assert isinstance(event, Message)
    assert isinstance(other, Message)
    assert (event.identity, event.text) == (other.identity, other.text)
    assert event.sender.name == "Bu Warsih"
    assert told.received_at == NOW


@pytest.mark.parametrize(
    "changed", [{"Body": "Loket ditutup selamanya"}, {"From": "whatsapp:+6281234500002"}]
)
def test_a_changed_form_is_refused(
    twilio: TwilioDouble, open_to: TwilioChannel, changed: dict[str, str]
) -> None:
    message = twilio.citizen(CITIZEN).says("Loket tutup?")

    with pytest.raises(AuthFailed) as caught:
        open_to.receive(called(twilio, message, **changed))

    assert CITIZEN[1:] not in str(caught.value)


def test_what_was_signed_for_another_address_is_refused(
    twilio: TwilioDouble, open_to: TwilioChannel
) -> None:
    message = twilio.citizen(CITIZEN).says("Loket tutup?")

    with pytest.raises(AuthFailed):
        open_to.receive(called(twilio, message, url="https://kait.jahat.example/kait/twilio"))


def test_without_a_signature_it_is_refused(twilio: TwilioDouble, open_to: TwilioChannel) -> None:
    hook = called(twilio, twilio.citizen(CITIZEN).says("Halo"))

    with pytest.raises(AuthFailed):
        open_to.receive(Hook(path=hook.path, headers={}, form=hook.form, now=NOW))


def test_a_field_that_comes_twice_is_refused(twilio: TwilioDouble, open_to: TwilioChannel) -> None:
    hook = called(twilio, twilio.citizen(CITIZEN).says("Halo"))
    doubled = (("Body", "lain"), *hook.form)

    with pytest.raises(AuthFailed):
        open_to.receive(Hook(path=hook.path, headers=hook.headers, form=doubled, now=NOW))


def test_without_an_address_of_our_own_nothing_is_believed(twilio: TwilioDouble) -> None:
    message = twilio.citizen(CITIZEN).says("Halo")

    with pytest.raises(AuthFailed):
        channel(twilio).receive(called(twilio, message, url=""))


def test_another_account_with_the_same_key_is_refused(
    twilio: TwilioDouble, open_to: TwilioChannel
) -> None:
    form, _ = twilio.hook(twilio.citizen(CITIZEN).says("Halo"), HOOK)
    form["AccountSid"] = "AC" + "0" * 32
    headers = {"x-twilio-signature": signature(twilio.token, HOOK, form)}

    with pytest.raises(AuthFailed):
        open_to.receive(Hook(path="/", headers=headers, form=tuple(form.items()), now=NOW))


def test_a_number_that_is_not_ours_is_nothing_for_the_desk(twilio: TwilioDouble) -> None:
    message = twilio.citizen(CITIZEN).says("Halo")
    other = channel(twilio, webhook_url=HOOK, whatsapp="+62811000111")

    assert other.receive(called(twilio, message)) == ()


def test_each_status_is_news_of_its_own(twilio: TwilioDouble, open_to: TwilioChannel) -> None:
    with closing(open_to):
        sid = open_to.send(part()).external_id
    states = []
    keys = set()
    for move in (twilio.sent, twilio.deliver, twilio.read):
        move(sid)
        (delivery,) = open_to.receive(called(twilio, twilio.message(sid)))
        (event,) = open_to.parse(delivery)
        assert isinstance(event, StatusUpdate)
        assert event.external_id == sid
        states.append(event.state)
        keys.add((delivery.transport_id, delivery.revision))

    assert states == [DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ]
    assert len(keys) == 3


def test_a_place_by_webhook_has_its_coordinates(
    twilio: TwilioDouble, open_to: TwilioChannel
) -> None:
    about = {"Latitude": "-7.7325", "Longitude": "109.0101"}
    message = twilio.citizen(CITIZEN).says("", about=about)

    (delivery,) = open_to.receive(called(twilio, message))
    (event,) = open_to.parse(delivery)

    assert isinstance(event, Message)
    assert (event.form, event.text) == ("location", "Lokasi: -7.7325, 109.0101")
