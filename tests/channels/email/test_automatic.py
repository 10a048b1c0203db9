"""What the desk says by itself by mail: marked, threaded, and known again when it comes back."""

from email import message_from_bytes, policy

from channels import email
from channels.email import ids
from channels.email.adapter import EmailChannel
from channels.email.compose import compose
from channels.message import DeliveryState, Ignored, OutboundReply, RouteKind, StatusUpdate
from tests.channels.email.mails import KEY, OWN, delivery
from tests.channels.email.test_bounce import FAILED, _report
from tests.channels.email.test_smtp import WHEN, sender

AUTO = ids.make(7, KEY, "melati.example", ids.About.AUTO)


def test_its_ids_are_no_answer_s_and_no_alert_s() -> None:
    channel = EmailChannel(sender(1)._config, key=KEY, clock=lambda: WHEN)
    auto, reply = channel.external_id(7, automatic=True), channel.external_id(7)
    assert auto != reply
    assert ids.verify(auto, KEY, ids.About.AUTO) == 7
    assert ids.verify(auto, KEY) is None
    assert ids.verify(auto, KEY, ids.About.ALERT) is None
    assert ids.verify(reply, KEY, ids.About.AUTO) is None


def test_it_is_marked_threaded_and_under_its_own_subject() -> None:
    part = OutboundReply(
        part=7,
        route=RouteKind.PRIVATE,
        recipient="warga@contoh.example",
        subject="Aduan ADU-2026-0042 diterima",
        text="Terima kasih.",
        external_id=AUTO,
        in_reply_to="a@contoh.example",
        references=("0@contoh.example", "a@contoh.example"),
        automatic=True,
    )
    raw = compose(part, sender=OWN, sender_name="Puskesmas Contoh", date=WHEN)
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Subject"] == "Aduan ADU-2026-0042 diterima"
    assert mail["In-Reply-To"] == "<a@contoh.example>"
    assert mail["References"] == "<0@contoh.example> <a@contoh.example>"
    assert email.parse(raw).automated == "automatic"


def test_a_bounce_names_it() -> None:
    (event,) = email.events(delivery(_report(FAILED, ours=AUTO)), key=KEY)
    assert isinstance(event, StatusUpdate)
    assert (event.auto, event.part, event.alert) == (7, None, None)
    assert event.state is DeliveryState.FAILED


def test_a_copy_in_sent_is_no_answer_typed_elsewhere() -> None:
    raw = f"From: {OWN}\nTo: warga@contoh.example\nMessage-ID: {AUTO}\n\nisi".encode()
    for role in ("sent", "inbox"):
        (event,) = email.events(delivery(raw, role=role), own_addresses=[OWN], key=KEY)
        assert event == Ignored(reason="own")
