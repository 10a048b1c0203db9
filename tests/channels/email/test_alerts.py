"""Alerts to our own people: how they are written, sent, and known again when they come back."""

from email import message_from_bytes, policy

import pytest

from channels import email
from channels.base import Notifies
from channels.email import ids
from channels.email.compose import compose_notice
from channels.errors import Permanent
from channels.message import DeliveryState, Ignored, Message, StatusUpdate
from tests.channels.email.mails import KEY, OWN, delivery
from tests.channels.email.test_bounce import DELAYED, FAILED, _report
from tests.channels.email.test_smtp import WHEN, Postbox, sender, server

ALERT = ids.make(7, KEY, "melati.example", ids.About.ALERT)
HEAD = "kepala@puskesmas.example"


def test_the_two_kinds_of_id_are_never_taken_for_each_other() -> None:
    reply = ids.make(7, KEY, "melati.example")
    assert ids.verify(ALERT, KEY) is None
    assert ids.verify(reply, KEY, ids.About.ALERT) is None
    assert ids.verify(ALERT.upper(), KEY, ids.About.ALERT) == 7
    assert ids.verify(reply.replace("reply", "alert"), KEY, ids.About.ALERT) is None


def test_it_is_a_mail_that_no_machine_answers() -> None:
    raw = compose_notice(
        HEAD,
        subject="[Tanggap] 1 aduan\nBcc: lain@x.example",
        text="ADU-2026-0001\n",
        message_id=ALERT,
        sender="aduan@puskesmas.example",
        sender_name="Puskesmas Contoh",
        date=WHEN,
    )
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == ALERT
    assert (mail["To"], mail["Bcc"], mail["In-Reply-To"]) == (HEAD, None, None)
    assert mail["Subject"] == "[Tanggap] 1 aduan Bcc: lain@x.example"
    assert email.parse(raw).automated == "automatic"


def test_it_goes_to_one_address_under_its_id() -> None:
    postbox = Postbox()
    with server(postbox) as port:
        receipt = sender(port).notify(HEAD, subject="a", text="b", message_id=ALERT)
    assert (receipt.external_id, receipt.at) == (ALERT, WHEN)
    assert postbox.recipients == [HEAD]
    with pytest.raises(Permanent):
        sender(1).notify("tanpa-at", subject="a", text="b", message_id=ALERT)


def test_the_adapter_can_write_to_our_people() -> None:
    from channels.email.adapter import EmailChannel

    config = sender(1)._config
    channel = EmailChannel(config, key=KEY, clock=lambda: WHEN)
    assert isinstance(channel, Notifies)
    assert ids.verify(channel.notice_id(3), KEY, ids.About.ALERT) == 3


def test_a_report_names_the_copy_it_is_about() -> None:
    for status, state, temporary in (
        (FAILED, DeliveryState.FAILED, False),
        (DELAYED, DeliveryState.ACCEPTED, True),
    ):
        (event,) = email.events(delivery(_report(status, ours=ALERT)), key=KEY)
        assert isinstance(event, StatusUpdate)
        assert (event.alert, event.part, event.state) == (7, None, state)
        assert event.temporary is temporary


def test_a_forged_id_is_no_report_of_ours() -> None:
    forged = ALERT.replace("alert-7", "alert-8")
    (event,) = email.events(delivery(_report(FAILED, ours=forged)), key=KEY)
    assert isinstance(event, Message)
    assert event.automated == "bounce"


def test_a_copy_in_sent_and_in_the_hotline_is_nobodys_answer() -> None:
    raw = f"From: {OWN}\nTo: {HEAD}\nMessage-ID: {ALERT}\n\nisi".encode()
    for role in ("sent", "inbox"):
        (event,) = email.events(delivery(raw, role=role), own_addresses=[OWN], key=KEY)
        assert event == Ignored(reason="own")


def test_a_colleagues_answer_to_an_alert_is_no_complaint() -> None:
    raw = f"From: {HEAD}\nTo: {OWN}\nMessage-ID: <a@x.example>\nIn-Reply-To: {ALERT}\n\nBaik."
    (event,) = email.events(delivery(raw.encode()), own_addresses=[OWN], key=KEY)
    assert isinstance(event, Message)
    assert event.automated == "own"


def test_a_colleagues_automatic_answer_is_still_one() -> None:
    raw = (
        f"From: {HEAD}\nTo: {OWN}\nMessage-ID: <a@x.example>\nIn-Reply-To: {ALERT}\n"
        "Auto-Submitted: auto-replied\n\nSedang cuti."
    )
    (event,) = email.events(delivery(raw.encode()), own_addresses=[OWN], key=KEY)
    assert isinstance(event, Message)
    assert event.automated == "automatic"
