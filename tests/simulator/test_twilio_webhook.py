"""What the double would POST, and that Twilio's own validator believes its signature."""

import pytest
from twilio.request_validator import RequestValidator

from simulator.twilio import Message, TwilioDouble
from tests.simulator.conftest import StillClock

HOOK = "https://puskesmas.example/kait/twilio"


@pytest.fixture
def twilio(clock: StillClock) -> TwilioDouble:
    return TwilioDouble(clock=clock)


def signed(twilio: TwilioDouble, message: Message) -> dict[str, str]:
    form, signature = twilio.hook(message, HOOK)
    validator = RequestValidator(twilio.token)
    assert validator.validate(HOOK, form, signature)
    assert not validator.validate(HOOK + "/lain", form, signature)
    assert not validator.validate(HOOK, form | {"Body": "diubah"}, signature)
    return form


def test_a_message_with_a_photo(clock: StillClock) -> None:
    with TwilioDouble(clock=clock) as twilio:
        ani = twilio.citizen("+6281234560001", name="Ani")
        said = ani.says("lihat", [(b"jpeg", "image/jpeg")], about={"Forwarded": "true"})
        form = signed(twilio, said)
        assert form["MediaUrl0"].startswith(f"{twilio.url}/2010-04-01/Accounts/{twilio.account}/")
    assert form["MediaUrl0"].endswith(f"/Messages/{said.sid}/Media/{said.media[0].sid}")
    del form["MediaUrl0"]
    assert form == {
        "MessageSid": said.sid,
        "SmsSid": said.sid,
        "SmsMessageSid": said.sid,
        "AccountSid": twilio.account,
        "ApiVersion": "2010-04-01",
        "From": "whatsapp:+6281234560001",
        "To": "whatsapp:+62811000110",
        "Body": "lihat",
        "SmsStatus": "received",
        "NumMedia": "1",
        "NumSegments": "1",
        "MediaContentType0": "image/jpeg",
        "WaId": "6281234560001",
        "MessageType": "image",
        "ProfileName": "Ani",
        "Forwarded": "true",
    }


@pytest.mark.parametrize(
    ("about", "kind"),
    [
        ({}, "text"),
        ({"Latitude": "-7.5", "Longitude": "109.3"}, "location"),
        ({"ButtonText": "Sudah selesai", "ButtonPayload": "ya"}, "button"),
    ],
)
def test_other_kinds(clock: StillClock, about: dict[str, str], kind: str) -> None:
    with TwilioDouble(clock=clock) as twilio:
        said = twilio.citizen("+6281234560001").says("", about=about)
        form = signed(twilio, said)
    assert form["MessageType"] == kind
    assert about.items() <= form.items()


def test_an_sms_has_no_profile(clock: StillClock) -> None:
    with TwilioDouble(clock=clock) as twilio:
        said = twilio.citizen("+6281234560001", "sms", name="Ani").says("a" * 161)
        form = signed(twilio, said)
    assert form["NumSegments"] == "2"
    assert not {"WaId", "ProfileName", "MessageType"} & set(form)


def test_a_status(twilio: TwilioDouble) -> None:
    ani = twilio.citizen("+6281234560001")
    made = ani.is_told("Terima kasih.")
    assert signed(twilio, made)["MessageStatus"] == "queued"
    twilio.fail(made.sid, 63016)
    form = signed(twilio, made)
    assert (form["MessageStatus"], form["ErrorCode"]) == ("failed", "63016")
