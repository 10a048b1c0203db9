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
