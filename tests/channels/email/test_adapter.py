import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from channels.base import (
    AfterCrash,
    Checks,
    Fetches,
    FilesSent,
    Parses,
    Polls,
    Reconciles,
    Sends,
)
from channels.email import ids
from channels.email.adapter import EmailChannel
from channels.email.config import EmailConfig, Tls
from channels.errors import AuthFailed, Transient
from channels.message import Message, OwnEcho, Route, RouteKind
from simulator.mail import MailWorld
from simulator.net import free_port
from tests.channels.email.test_compose import part
from tests.channels.world import Desk, Mailbox, mail

KEY = b"kunci-uji"
WHEN = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
OURS = ids.make(7, KEY, "puskesmas.example")


@pytest.fixture
def world(mailbox: Mailbox) -> Iterator[MailWorld]:
    with MailWorld(user=mailbox.user, password=mailbox.server.password) as world:
        yield world


def channel(mailbox: Mailbox, smtp_port: int, **changed: object) -> EmailChannel:
    config = mailbox.config(smtp_port=smtp_port, **changed)
    return EmailChannel(config, key=KEY, clock=lambda: WHEN)


@pytest.fixture
def email(mailbox: Mailbox, world: MailWorld) -> Iterator[EmailChannel]:
    adapter = channel(mailbox, world.port)
    yield adapter
    adapter.close()


def offline(**changed: object) -> EmailChannel:
    fields: dict[str, object] = {
        "name": "aduan",
        "user": "aduan@puskesmas.example",
        "password": "p",
        "host": "127.0.0.1",
        "port": 1,
    }
    config = EmailConfig(**(fields | changed))  # type: ignore[arg-type]
    return EmailChannel(config, key=KEY, clock=lambda: WHEN)


def test_it_can_what_email_can() -> None:
    adapter = offline()

    for ability in (Polls, Parses, Sends, Reconciles, FilesSent, Fetches, Checks):
        assert isinstance(adapter, ability)
    assert adapter.after_crash is AfterCrash.RECONCILABLE
    assert (adapter.channel, adapter.account) == ("email", "aduan")


def test_the_way_back_is_private_or_a_persons() -> None:
    adapter = offline()

    assert adapter.routes("warga@contoh.example", WHEN) == (
        Route(kind=RouteKind.PRIVATE, recipient="warga@contoh.example"),
    )
    for unreachable in ("", "wärga@contoh.example"):
        assert [r.kind for r in adapter.routes(unreachable, WHEN)] == [RouteKind.MANUAL]


def test_our_message_ids_are_stable_signed_and_of_our_domain() -> None:
    adapter = offline()

    assert adapter.external_id(7) == adapter.external_id(7) == OURS
    assert ids.verify(OURS, KEY) == 7


@pytest.mark.dovecot
def test_a_complaint_comes_in_and_its_answer_goes_out_into_the_thread(
    mailbox: Mailbox, email: EmailChannel, world: MailWorld, desk: Desk
) -> None:
    mailbox.put(mail("m1"))
    (delivery,) = desk.poll(email)[0].deliveries
    (message,) = email.parse(delivery)
    assert isinstance(message, Message)
    (route,) = email.routes(message.conversation, WHEN)

    receipt = email.send(
        part(
            recipient=route.recipient,
            external_id=email.external_id(7),
            in_reply_to=message.external_id,
            references=message.references,
        )
    )

    assert message.references == ()
    letter = world.wait_for(message.sender.address)
    assert letter.message["In-Reply-To"] == "<m1@contoh.example>"
    assert f"<{letter.message_id}>" == receipt.external_id


@pytest.mark.dovecot
def test_what_stands_in_sent_was_sent(mailbox: Mailbox, email: EmailChannel) -> None:
    ours = part(external_id=email.external_id(7))
    assert email.find_sent(ours) is None

    mailbox.put(mail("m1").replace(b"<m1@contoh.example>", OURS.encode()), folder="Sent", at=WHEN)
    receipt = email.find_sent(ours)

    assert receipt is not None
    assert (receipt.external_id, receipt.at) == (OURS, WHEN)
    assert email.find_sent(part(external_id=email.external_id(8))) is None


@pytest.mark.dovecot
def test_a_copy_is_filed_once_and_comes_back_as_our_echo(
    mailbox: Mailbox, email: EmailChannel, desk: Desk
) -> None:
    ours = part(external_id=email.external_id(7))
    desk.poll(email)

    assert email.file_sent(ours)
    assert email.file_sent(ours)

    (delivery,) = [d for batch in desk.poll(email) for d in batch.deliveries]
    (echo,) = email.parse(delivery)
    assert isinstance(echo, OwnEcho)
    assert (echo.part, echo.recipients) == (7, ("warga@contoh.example",))
    mailbox.program.select_folder("Sent")
    assert b"\\Seen" in mailbox.program.get_flags([1])[1]


@pytest.mark.parametrize(
    ("host", "file_sent", "expected"),
    [
        ("imap.gmail.com", None, False),
        ("outlook.office365.com", None, False),
        ("mail.puskesmas.example", None, True),
        ("imap.gmail.com", True, True),
        ("mail.puskesmas.example", False, False),
    ],
)
def test_who_files_the_copy_depends_on_the_provider(
    host: str, file_sent: bool | None, expected: bool
) -> None:
    adapter = offline(host=host, file_sent=file_sent)

    assert adapter.config.files_sent is expected
    if not expected:
        assert adapter.file_sent(part()) is False


def test_whoever_keeps_a_log_is_told_of_a_mail_before_it_leaves() -> None:
    told: list[tuple[object, ...]] = []
    config = EmailConfig(
        name="a", user="a@b.example", password="p", host="127.0.0.1", smtp_port=free_port()
    )
    log = lambda *entry: told.append(entry)  # noqa: E731
    adapter = EmailChannel(config, key=KEY, clock=lambda: WHEN, request_log=log)

    with pytest.raises(Transient):
        adapter.send(part())

    params = {"to": part().recipient, "message_id": part().external_id.strip("<>")}
    assert told == [("smtp", "DATA", f"smtp://127.0.0.1:{config.smtp_port}", params)]


def test_without_a_server_the_witness_is_unknown() -> None:
    adapter = offline(port=free_port(), tls=Tls.NONE)

    with pytest.raises(Transient):
        adapter.find_sent(part())


@pytest.mark.dovecot
def test_a_wrong_password_is_an_alarm_for_the_witness_too(mailbox: Mailbox) -> None:
    with pytest.raises(AuthFailed):
        channel(mailbox, 1, password="salah").find_sent(part())


@pytest.mark.dovecot
def test_an_attachment_is_written_out(mailbox: Mailbox, email: EmailChannel, desk: Desk) -> None:
    photo = bytes(range(256)) * 2000  # large enough to travel in a file
    mailbox.put(_with_photo(photo))
    (delivery,) = desk.poll(email)[0].deliveries
    assert isinstance(delivery.raw, Path)
    (message,) = email.parse(delivery)
    assert isinstance(message, Message)
    into = io.BytesIO()

    email.fetch(delivery, message.attachments[0], into)

    assert into.getvalue() == photo


def _with_photo(photo: bytes) -> bytes:
    made = EmailMessage()
    made["From"], made["Subject"] = "warga@contoh.example", "Foto antrean"
    made.set_content("Lihat foto.")
    made.add_attachment(photo, maintype="image", subtype="jpeg", filename="antrean.jpg")
    return made.as_bytes()


@pytest.mark.dovecot
def test_the_doctor_finds_a_well_account_well(email: EmailChannel) -> None:
    findings = email.check()

    assert [f for f in findings if not f.ok] == []
    told = "\n".join(f.what for f in findings)
    assert "INBOX, Junk" in told
    assert "folder terkirim: Sent" in told


@pytest.mark.dovecot
def test_the_doctor_names_what_is_wrong_and_its_cure(mailbox: Mailbox) -> None:
    ailing = channel(mailbox, free_port(), folders=("INBOX", "Aduan"), sent_folder="Keluar")

    ill = [f for f in ailing.check() if not f.ok]

    assert len(ill) == 2
    assert "Aduan, Keluar" in ill[0].what
    assert "Junk" in ill[0].fix
    assert "smtp_port" in ill[1].fix


@pytest.mark.dovecot
def test_the_doctor_survives_a_wrong_password(mailbox: Mailbox, world: MailWorld) -> None:
    findings = channel(
        mailbox, world.port, password="salah", smtp_password=mailbox.server.password
    ).check()

    assert [f.ok for f in findings] == [False, True]
    assert "password" in findings[0].fix


def test_the_doctor_warns_of_a_password_in_the_clear() -> None:
    adapter = offline(
        host="localhost.invalid", tls=Tls.NONE, smtp_tls=Tls.NONE, connect_timeout=0.5
    )

    told = [f.fix for f in adapter.check() if not f.ok]

    assert any("tls" in fix and "starttls" in fix for fix in told)


def test_yesterday_is_no_matter_of_the_adapter() -> None:
    """The clock is the desk's: nothing here reads the machine's."""
    adapter = EmailChannel(offline().config, key=KEY, clock=lambda: WHEN - timedelta(days=900))

    assert adapter.external_id(7) == OURS
