import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from channels.email.config import EmailConfig, Tls
from channels.email.smtp import SmtpSender
from channels.errors import Ambiguous, AuthFailed, ChannelError, Permanent, Transient
from channels.message import DeliveryState
from simulator.net import free_port
from tests.channels.email.test_compose import OURS, part

WHEN = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
CITIZEN = "warga@contoh.example"
SECRET = "s4ndi"


def sender(port: int, **changed: object) -> SmtpSender:
    fields: dict[str, object] = {
        "name": "aduan",
        "user": "aduan@puskesmas.example",
        "password": SECRET,
        "host": "127.0.0.1",
        "tls": Tls.NONE,
        "smtp_port": port,
        "smtp_tls": Tls.NONE,
        "read_timeout": 5.0,
    }
    return SmtpSender(EmailConfig(**(fields | changed)), clock=lambda: WHEN)  # type: ignore[arg-type]


class Postbox:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.recipients: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.original_content)
        self.recipients.extend(envelope.rcpt_tos)
        return "250 2.0.0 diterima"


@contextmanager
def server(postbox: Postbox, **options: Any) -> Iterator[int]:
    controller = Controller(postbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    well = isinstance(data, LoginPassword) and data.password == SECRET.encode()
    return AuthResult(success=well, handled=False)


def test_an_accepted_answer_has_a_receipt() -> None:
    postbox = Postbox()
    with server(postbox) as port:
        receipt = sender(port).send(part(text="Selamat pagi\n.\n..dua titik\n"))

    assert (receipt.external_id, receipt.state, receipt.at) == (OURS, DeliveryState.ACCEPTED, WHEN)
    assert postbox.recipients == [CITIZEN]
    assert postbox.mails[0].endswith(b"Selamat pagi\r\n.\r\n..dua titik\r\n")


def test_it_logs_in_where_the_server_asks() -> None:
    postbox = Postbox()
    asked: list[bytes] = []

    def remember(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        asked.append(data.login)
        return login(server, session, envelope, mechanism, data)

    with server(postbox, authenticator=remember, auth_require_tls=False) as port:
        sender(port).send(part())

    assert asked == [b"aduan@puskesmas.example"]
    assert len(postbox.mails) == 1


@pytest.mark.parametrize("password", ["salah", "sandi–salah"])
def test_a_wrong_password_is_an_alarm_without_the_password(password: str) -> None:
    with (
        server(Postbox(), authenticator=login, auth_require_tls=False) as port,
        pytest.raises(AuthFailed, match="aduan") as caught,
    ):
        sender(port, smtp_password=password).send(part())

    assert password not in caught.value.text + caught.value.detail


def test_without_the_promised_encryption_nothing_is_sent() -> None:
    postbox = Postbox()
    with server(postbox) as port, pytest.raises(AuthFailed, match="smtp_tls"):
        sender(port, smtp_tls=Tls.STARTTLS).send(part())

    assert postbox.mails == []


class Script:
    """An SMTP server that answers each verb as told: "." is the end of the text, CLOSE hangs up,
    SILENT never answers.
    """

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = {
            "greeting": "220 siap",
            "EHLO": "250 siap",
            "DATA": "354 silakan",
        } | answers
        self.verbs: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def __enter__(self) -> "Script":
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.join(10)
        self.listener.close()

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        connection.settimeout(10)
        with connection, connection.makefile("rb") as stream:
            if not self._answer(connection, "greeting"):
                return
            in_text = False
            for line in stream:
                word = line.decode().strip()
                verb = "." if in_text and word == "." else word.split(" ")[0].upper()
                if in_text and verb != ".":
                    if self.answers.get("text") == "CLOSE":
                        return
                    continue
                self.verbs.append(verb)
                in_text = verb == "DATA" and self.answers["DATA"].startswith("354")
                if not self._answer(connection, verb):
                    return

    def _answer(self, connection: socket.socket, verb: str) -> bool:
        answer = self.answers.get(verb, "250 baik")
        if answer == "CLOSE":
            return False
        if answer != "SILENT":
            connection.sendall(answer.encode() + b"\r\n")
        return verb != "QUIT"


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"greeting": "421 4.3.2 sibuk"}, Transient),
        ({"greeting": "554 5.7.1 tidak untuk Anda"}, Permanent),
        ({"greeting": "CLOSE"}, Transient),
        ({"greeting": "SILENT"}, Transient),
        ({"EHLO": "250-siap\r\n250 AUTH PLAIN", "AUTH": "454 4.7.0 nanti"}, Transient),
        ({"EHLO": "250-siap\r\n250 AUTH PLAIN", "AUTH": "535 5.7.8 salah"}, AuthFailed),
        ({"EHLO": "250-siap\r\n250 AUTH PLAIN", "AUTH": "CLOSE"}, Transient),
        ({"EHLO": "250-siap\r\n250 AUTH X-LAIN"}, AuthFailed),
        ({"MAIL": "530 5.7.0 login dulu"}, AuthFailed),
        ({"MAIL": "451 4.3.0 nanti"}, Transient),
        ({"MAIL": "550 5.4.5 Daily user sending limit exceeded"}, Transient),
        ({"RCPT": "450 4.2.0 greylisted"}, Transient),
        ({"RCPT": f"550 5.1.1 <{CITIZEN}> tidak ada"}, Permanent),
        ({"RCPT": "CLOSE"}, Transient),
        ({"DATA": "451 4.3.0 nanti"}, Transient),
        ({"DATA": "554 5.5.1 tidak"}, Permanent),
        ({"DATA": "CLOSE"}, Transient),
        ({".": "451 4.3.0 penuh"}, Transient),
        ({".": "421 4.3.0 tutup"}, Transient),
        ({".": "552 5.2.2 kotak penuh"}, Permanent),
        ({".": "554 5.7.1 spam"}, Permanent),
        ({".": "CLOSE"}, Ambiguous),
        ({".": "SILENT"}, Ambiguous),
        ({".": "omong kosong"}, Ambiguous),
        ({"text": "CLOSE"}, Ambiguous),
    ],
)
def test_every_refusal_says_how_far_it_got(
    answers: dict[str, str], kind: type[ChannelError]
) -> None:
    with Script(answers) as script, pytest.raises(ChannelError) as caught:
        sender(script.port, read_timeout=0.5, connect_timeout=0.5).send(part())

    assert type(caught.value) is kind
    told = caught.value.text + caught.value.detail
    assert CITIZEN not in told
    assert SECRET not in told
    assert "aduan" in told


def test_after_acceptance_nothing_can_undo_it() -> None:
    with Script({"QUIT": "CLOSE"}) as script:
        receipt = sender(script.port).send(part())

    assert receipt.external_id == OURS
    assert script.verbs[-1] == "QUIT"


def test_nobody_listening_is_transient() -> None:
    with pytest.raises(Transient, match="aduan"):
        sender(free_port()).send(part())


def test_a_bad_recipient_costs_no_connection() -> None:
    with pytest.raises(Permanent):
        sender(free_port()).send(part(recipient="bukan alamat"))


@pytest.mark.parametrize(
    ("host", "smtp_host", "expected"),
    [
        ("imap.gmail.com", "", "smtp.gmail.com"),
        ("mail.contoh.example", "", "mail.contoh.example"),
        ("imap.contoh.example", "kirim.contoh.example", "kirim.contoh.example"),
    ],
)
def test_the_smtp_host_is_derived(host: str, smtp_host: str, expected: str) -> None:
    config = EmailConfig(name="a", user="u", password="p", host=host, smtp_host=smtp_host)

    assert config.smtp.host == expected
    assert (config.smtp.user, config.smtp.password) == ("u", "p")
