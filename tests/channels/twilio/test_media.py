"""Files are fetched from Twilio's own list, and the account's keys go to Twilio alone."""

import json
from io import BytesIO

import pytest

from channels.base import ChannelState, Fetched
from channels.errors import ChannelError, Transient
from channels.message import Attachment, Delivery, Message
from channels.twilio import media
from channels.twilio.adapter import TwilioChannel
from channels.twilio.config import TwilioConfig
from simulator.faults import Refuse, TooMany
from simulator.twilio import Medium, TwilioDouble
from tests.channels.twilio import world
from tests.channels.twilio.world import CITIZEN
from tests.channels.world import NOW

PHOTO = bytes(range(256)) * 1000


def arrived(
    twilio: TwilioDouble, living: TwilioChannel, *files: tuple[bytes, str]
) -> tuple[Delivery, tuple[Attachment, ...]]:
    """A message with these files, as it was polled."""
    sid = twilio.citizen(CITIZEN).says("Ini fotonya", files).sid
    state = ChannelState(spool=None, now=NOW)  # type: ignore[arg-type]
    polled = [it for batch in living.poll(state) for it in batch.deliveries]
    (delivery,) = [it for it in polled if it.transport_id == sid]
    (event,) = living.parse(delivery)
    assert isinstance(event, Message)
    return delivery, event.attachments


def test_the_bytes_and_what_they_are(twilio: TwilioDouble, living: TwilioChannel) -> None:
    delivery, (file,) = arrived(twilio, living, (PHOTO, "image/jpeg"))
    into = BytesIO()

    fetched = living.fetch(delivery, file, into)

    assert fetched == Fetched(name="foto-1.jpg", content_type="image/jpeg", size=len(PHOTO))
    assert into.getvalue() == PHOTO


def test_each_file_of_several_is_its_own(twilio: TwilioDouble, living: TwilioChannel) -> None:
    files = [(bytes([n]) * 10, "application/pdf") for n in range(4)]
    delivery, attachments = arrived(twilio, living, *files)

    got = set()
    for attachment in attachments:
        into = BytesIO()
        living.fetch(delivery, attachment, into)
        got.add(into.getvalue())

    assert got == {data for data, _ in files}


def test_a_redirect_to_another_host_gets_no_keys(
    twilio: TwilioDouble, living: TwilioChannel
) -> None:
    delivery, (file,) = arrived(twilio, living, (PHOTO, "image/jpeg"))
    twilio.manner.media_elsewhere = True
    into = BytesIO()

    fetched = living.fetch(delivery, file, into)

    assert into.getvalue() == PHOTO
    assert fetched.content_type == "image/jpeg"
    (asked,) = twilio.cdn.journal.entries("twilio-cdn")
    assert asked.params["authorization"] is False


def test_no_address_out_of_a_payload_is_ever_asked(
    twilio: TwilioDouble, living: TwilioChannel
) -> None:
    delivery, (file,) = arrived(twilio, living, (PHOTO, "image/jpeg"))
    bait = twilio.cdn.offer(Medium(sid="ME1", content_type="x/y", data=b"bait", created=NOW))
    form = {
        "MessageSid": delivery.transport_id,
        "SmsStatus": "received",
        "From": f"whatsapp:{CITIZEN}",
        "NumMedia": "1",
        "MediaUrl0": bait,
        "uri": bait,
    }
    into = BytesIO()

    living.fetch(world.delivery(json.dumps(form).encode()), file, into)

    assert into.getvalue() == PHOTO
    assert twilio.cdn.journal.entries("twilio-cdn") == ()


def test_more_than_the_cap_is_the_callers_own_refusal(
    twilio: TwilioDouble, living: TwilioChannel
) -> None:
    delivery, (file,) = arrived(twilio, living, (PHOTO, "image/jpeg"))

    class Full(BytesIO):
        def write(self, data: object) -> int:
            raise OverflowError

    with pytest.raises(OverflowError):
        living.fetch(delivery, file, Full())


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_is_gone_is_told_apart(
    twilio: TwilioDouble, living: TwilioChannel, elsewhere: bool
) -> None:
    delivery, (file,) = arrived(twilio, living, (PHOTO, "image/jpeg"))
    twilio.manner.media_elsewhere = elsewhere
    gateway = "twilio-cdn" if elsewhere else "twilio"
    twilio.faults.add(Refuse(404), gateway=gateway, method="media.get")

    with pytest.raises(LookupError):
        living.fetch(delivery, file, BytesIO())


@pytest.mark.parametrize("part", ["9", "-1", "", "x"])
def test_a_part_that_is_none_is_not_there(
    twilio: TwilioDouble, living: TwilioChannel, part: str
) -> None:
    delivery, _ = arrived(twilio, living, (PHOTO, "image/jpeg"))
    none = Attachment(name="x", content_type="x/y", size=0, part=part, remote=True)

    with pytest.raises(LookupError):
        living.fetch(delivery, none, BytesIO())


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"sid": "../../Accounts"}', b'{"sid": "SM0"}'])
def test_a_message_that_is_none_has_no_files(living: TwilioChannel, raw: bytes) -> None:
    file = Attachment(name="x", content_type="x/y", size=0, part="0", remote=True)

    with pytest.raises(LookupError):
        living.fetch(world.delivery(raw), file, BytesIO())


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("fault", [TooMany(3), Refuse(500)])
def test_what_is_not_there_just_now_is_asked_for_again(
    twilio: TwilioDouble, living: TwilioChannel, fault: TooMany | Refuse, elsewhere: bool
) -> None:
    delivery, (file,) = arrived(twilio, living, (PHOTO, "image/jpeg"))
    twilio.manner.media_elsewhere = elsewhere
    gateway = "twilio-cdn" if elsewhere else "twilio"
    twilio.faults.add(fault, gateway=gateway, method="media.get")

    with pytest.raises(Transient):
        living.fetch(delivery, file, BytesIO())


def test_a_refusal_from_where_the_file_lies_is_no_alarm_about_our_keys(
    twilio: TwilioDouble, living: TwilioChannel
) -> None:
    delivery, (file,) = arrived(twilio, living, (PHOTO, "image/jpeg"))
    twilio.manner.media_elsewhere = True
    twilio.faults.add(Refuse(403), gateway="twilio-cdn")

    with pytest.raises(ChannelError) as caught:
        living.fetch(delivery, file, BytesIO())

    assert isinstance(caught.value, Transient)


def test_it_is_not_led_on_for_ever(
    twilio: TwilioDouble, living: TwilioChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery, (file,) = arrived(twilio, living, (PHOTO, "image/jpeg"))
    twilio.manner.media_elsewhere = True
    monkeypatch.setattr(media, "REDIRECTS", 0)

    with pytest.raises(Transient):
        living.fetch(delivery, file, BytesIO())

    assert twilio.cdn.journal.entries("twilio-cdn") == ()


def test_of_a_real_account_no_file_is_fetched_in_the_clear(
    twilio: TwilioDouble, living: TwilioChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery, (file,) = arrived(twilio, living, (PHOTO, "image/jpeg"))
    twilio.manner.media_elsewhere = True
    monkeypatch.setattr(TwilioConfig, "on_loopback", property(lambda _: False))

    with pytest.raises(Transient) as caught:
        living.fetch(delivery, file, BytesIO())

    assert caught.value.detail == "redirect-plain"
    assert twilio.cdn.journal.entries("twilio-cdn") == ()
