"""Reports on our replies, in the words of several mail servers."""

import pytest

from channels import email
from channels.email import ids
from channels.message import DeliveryState, Event, Message, StatusUpdate
from tests.channels.email.mails import KEY, delivery

OURS = ids.make(7, KEY, "melati.example")
HEAD = (
    "From: Mail Delivery Subsystem <mailer-daemon@mx.example>\nReturn-Path: <>\n"
    "Subject: Delivery Status Notification\n"
)


def _report(status: str, *, ours: str = OURS, kind: str = "message/rfc822") -> bytes:
    return (
        f"{HEAD}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\n\nteks\n--b\nContent-Type: message/delivery-status\n\n{status}\n"
        f"--b\nContent-Type: {kind}\n\nFrom: aduan@melati.example\nMessage-ID: {ours}\n\nisi\n"
        "--b--\n"
    ).encode()


def _event(raw: bytes) -> Event:
    (event,) = email.events(delivery(raw), key=KEY)
    return event


PER_MESSAGE = "Reporting-MTA: dns; mx.example\n\n"
FAILED = PER_MESSAGE + "Final-Recipient: rfc822; w@x.example\nAction: failed\nStatus: 5.1.1\n"
DELAYED = PER_MESSAGE + "Final-Recipient: rfc822; w@x.example\nAction: delayed\nStatus: 4.4.7\n"
DELIVERED = FAILED.replace("failed", "delivered").replace("5.1.1", "2.1.5")
RELAYED = FAILED.replace("failed", "relayed").replace("5.1.1", "2.0.0")


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize(
    ("status", "state", "reason", "temporary"),
    [
        (FAILED, DeliveryState.FAILED, "5.1.1", False),
        (DELAYED, DeliveryState.ACCEPTED, "4.4.7", True),
        (DELIVERED, DeliveryState.DELIVERED, "2.1.5", False),
        (RELAYED, DeliveryState.ACCEPTED, "2.0.0", False),
        (FAILED.replace("failed", "gagal"), DeliveryState.FAILED, "5.1.1", False),
        (DELAYED + "\n" + FAILED.replace(PER_MESSAGE, ""), DeliveryState.FAILED, "5.1.1", False),
    ],
)
def test_a_report_is_a_status(
    kind: str, status: str, state: DeliveryState, reason: str, temporary: bool
) -> None:
    assert _event(_report(status, kind=kind)) == StatusUpdate(
        external_id=OURS.strip("<>"), part=7, state=state, reason=reason, temporary=temporary
    )


@pytest.mark.parametrize("ours", ["<lain@melati.example>", OURS.replace("reply-7", "reply-8")])
def test_a_report_on_something_else_is_set_aside(ours: str) -> None:
    event = _event(_report(FAILED, ours=ours))
    assert isinstance(event, Message)
    assert event.automated == "bounce"


def test_exims_own_words() -> None:
    raw = (
        f"{HEAD}\nThis message was created automatically by mail delivery software.\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        "  w@x.example\n    Unrouteable address\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n"
        f"Message-ID: {OURS}\n\nisi\n"
    ).encode()
    event = _event(raw)
    assert isinstance(event, StatusUpdate)
    assert (event.part, event.state, event.temporary) == (7, DeliveryState.FAILED, False)


def test_the_reports_own_references_count_too() -> None:
    raw = f"{HEAD}References: {OURS}\n\n451 4.4.1 masih dicoba\n".encode()
    event = _event(raw)
    assert isinstance(event, StatusUpdate)
    assert (event.part, event.reason, event.temporary) == (7, "4.4.1", True)


def test_a_citizen_who_quotes_our_id_stays_a_citizen() -> None:
    raw = f"From: w@x.example\nReferences: {OURS}\n\n5.1.1 {OURS}\n".encode()
    event = _event(raw)
    assert isinstance(event, Message)
    assert event.answers_part == 7


EARLIER = ids.make(3, KEY, "melati.example")


def test_of_two_of_our_ids_the_returned_mails_own_counts() -> None:
    """A later reply carries the earlier one in its References, and so does what is returned."""
    text = (
        f"{HEAD}\n<w@x.example>: user unknown\n--- Below this line is a copy of the message.\n"
        f"References: {EARLIER}\nMessage-ID: {OURS}\n\nisi\n"
    ).encode()
    headers = f"{HEAD}References: {EARLIER} {OURS}\n\n550 5.1.1 user unknown\n".encode()
    for raw in (text, headers):
        event = _event(raw)
        assert isinstance(event, StatusUpdate)
        assert (event.part, event.state) == (7, DeliveryState.FAILED)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("In-Reply-To", OURS),
        ("References", f"<a@x.example> {OURS}"),
        ("Original-Message-ID", OURS),
        ("X-Original-Message-ID", OURS.upper()),
    ],
)
def test_our_id_counts_wherever_a_server_puts_it(field: str, value: str) -> None:
    event = _event(f"{HEAD}{field}: {value}\n\n550 5.1.1 no such user\n".encode())
    assert isinstance(event, StatusUpdate)
    assert (event.part, event.reason) == (7, "5.1.1")


@pytest.mark.parametrize(
    ("words", "temporary"),
    [
        ("Your message could not be delivered for 4 hours. Delivery will be retried.", True),
        ("Surat belum sampai dan masih akan dicoba.", True),
        ("Ein unbekannter Fehler.", False),
    ],
)
def test_a_daemons_words_in_doubt_are_a_failure(words: str, temporary: bool) -> None:
    event = _event(f"{HEAD}In-Reply-To: {OURS}\n\n{words}\n".encode())
    assert isinstance(event, StatusUpdate)
    assert (event.part, event.temporary) == (7, temporary)


@pytest.mark.parametrize("field", ["Return-Path: <>", "Auto-Submitted: auto-replied"])
def test_an_absence_notice_is_no_bounce_whatever_its_envelope(field: str) -> None:
    raw = f"From: w@x.example\n{field}\nIn-Reply-To: {OURS}\n\nSaya cuti dulu.\n".encode()
    event = _event(raw)
    assert isinstance(event, Message)
    assert event.automated
    assert event.answers_part == 7


@pytest.mark.parametrize(
    ("disposition", "read"),
    [
        ("manual-action/MDN-sent-manually; displayed", True),
        ("automatic-action/MDN-sent-automatically; deleted", False),
        ("automatic-action/MDN-sent-automatically; dispatched/error", False),
        ("", False),
    ],
)
def test_only_a_mail_that_was_shown_is_read(disposition: str, read: bool) -> None:
    raw = (
        "From: w@x.example\nContent-Type: multipart/report; boundary=b;\n"
        " report-type=disposition-notification\n\n--b\n\nteks\n--b\n"
        "Content-Type: message/disposition-notification\n\nReporting-UA: contoh\n"
        f"Original-Message-ID: {OURS}\nDisposition: {disposition}\n\n--b--\n"
    ).encode()
    event = _event(raw)
    if read:
        assert isinstance(event, StatusUpdate)
        assert (event.part, event.state) == (7, DeliveryState.READ)
    else:
        assert isinstance(event, Message)
        assert event.automated == "automatic"


def test_the_same_report_has_one_identity_over_every_way_in() -> None:
    event, again = _event(_report(FAILED)), _event(b"Received: by mx\n" + _report(FAILED))
    assert isinstance(event, StatusUpdate)
    assert isinstance(again, StatusUpdate)
    assert event.report == again.report != ""
