"""The entrance for Twilio's calls: signed, bounded, and answered when the message is safe."""

import http.client
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlmodel import col, select
from twilio.request_validator import RequestValidator

from pipeline.errors import UserError
from simulator.twilio import TwilioDouble
from store.tables import Delivery
from tanggap.bounded import Limits
from tanggap.settings import load
from tanggap.webhook import Entrance, targets
from tanggap.wiring import Wired, open_everything
from tests.tanggap.conftest import Write
from tests.tanggap.test_runtime import process, ready

PUBLIC = "https://aduan.contoh.example/hook/wa"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


def settings_text(twilio: TwilioDouble) -> str:
    return (
        f'[[twilio]]\nname="wa"\naccount_sid="{twilio.account}"\nauth_token="{twilio.token}"\n'
        f'whatsapp="+62811000110"\nbase_url="{twilio.url}"\nwebhook_url="{PUBLIC}"\n'
        '[webhook]\nlisten="127.0.0.1:0"\n'
    )


class Door:
    """A desk with one Twilio account, and its entrance."""

    def __init__(self, config: Write, twilio: TwilioDouble) -> None:
        self.twilio = twilio
        self.stop = threading.Event()
        self.settings = load(config(settings_text(twilio)))
        self.wired: Wired = open_everything(self.settings)
        self.entrance = Entrance(
            self.settings,
            self.wired.ctx,
            self.stop,
            Limits(connections=4, body_bytes=4096, seconds=5.0),
        )
        self.port = int(self.entrance.url.rpartition(":")[2])
        self.thread = threading.Thread(target=self.entrance.run)
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        with suppress(ConnectionRefusedError):  # it may have looked up by itself
            socket.create_connection(("127.0.0.1", self.port)).close()  # it need not wait for one
        self.thread.join(15)
        assert not self.thread.is_alive()
        self.wired.close()

    def ask(
        self, body: bytes, signature: str = "", path: str = "/hook/wa", kind: str = FORM
    ) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Content-Type": kind, "X-Twilio-Signature": signature, "Host": "contoh.example"}
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        assert answer.read() == b""
        connection.close()
        return answer.status

    def say(self, raw: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(raw)
            return connection.recv(4096)

    def kept(self) -> list[tuple[str, str, str]]:
        with self.wired.ctx.store.read() as db:
            rows = db.exec(select(Delivery).order_by(col(Delivery.id))).all()
        return [(row.stream, row.transport_id, row.revision) for row in rows]


@pytest.fixture
def twilio() -> Iterator[TwilioDouble]:
    with TwilioDouble() as double:
        yield double


@pytest.fixture
def door(config: Write, twilio: TwilioDouble) -> Iterator[Door]:
    one = Door(config, twilio)
    yield one
    one.end()


def test_a_signed_message_is_kept_and_a_replay_harmless(door: Door) -> None:
    message = door.twilio.citizen("+6281200004444").says("Antre lama sekali 😡")
    form, signature = door.twilio.hook(message, PUBLIC)
    body = urlencode(form).encode()
    for _ in range(2):
        assert door.ask(body, signature) == 204
    assert door.kept() == [("whatsapp", message.sid, "0")]


def test_the_providers_own_reckoning_signs_the_same(door: Door) -> None:
    message = door.twilio.citizen("+6281200004444").says("Antre & lama = 3 jam?")
    form, _ = door.twilio.hook(message, PUBLIC)
    signature = RequestValidator(door.twilio.token).compute_signature(PUBLIC, form)
    assert door.ask(urlencode(form).encode(), signature) == 204
    assert len(door.kept()) == 1


def test_nothing_is_kept_of_what_twilio_did_not_sign(door: Door) -> None:
    message = door.twilio.citizen("+6281200004444").says("Antre lama.")
    form, signature = door.twilio.hook(message, PUBLIC)
    changed = urlencode(form | {"Body": "Lain."}).encode()
    elsewhere = door.twilio.hook(message, "https://lain.example/hook/wa")[1]
    assert door.ask(urlencode(form).encode()) == 403
    assert door.ask(changed, signature) == 403
    assert door.ask(urlencode(form).encode(), elsewhere) == 403
    assert door.ask(urlencode(form).encode() + b"&Body=Lain", signature) == 403
    assert door.kept() == []


@pytest.mark.parametrize(
    ("path", "kind", "body", "status"),
    [
        ("/hook/lain", FORM, b"a=b", 404),
        ("/hook/manual", FORM, b"a=b", 404),
        ("/", FORM, b"a=b", 404),
        ("/hook/wa", "application/json", b"{}", 415),
        ("/hook/wa", "multipart/form-data; boundary=x", b"--x--", 415),
        ("/hook/wa", FORM, b"tanpa-tanda", 400),
        ("/hook/wa", FORM, b"a=\xff", 400),
        ("/hook/wa", FORM, b"&".join(b"a=b" for _ in range(300)), 400),
        ("/hook/wa", FORM, b"a=" + b"b" * 4096, 413),
        ("/hook/wa?x=1", FORM, b"a=b", 403),
    ],
)
def test_what_is_no_call_is_sent_away(
    door: Door, path: str, kind: str, body: bytes, status: int
) -> None:
    assert door.ask(body, "x", path, kind) == status
    assert door.kept() == []


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /hook/wa HTTP/1.1\r\n\r\n", b"405"),
        (b"POST /hook/wa HTTP/1.1\r\n\r\n", b"411"),
        (b"POST /hook/wa HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"POST /hook/wa HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"411"),
        (b"POST /hook/wa HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"413"),
        (b"POST /hook/wa HTTP/1.1\r\nX: " + b"a" * 9000, b"431"),
    ],
)
def test_what_is_no_proper_request_is_sent_away(door: Door, raw: bytes, status: bytes) -> None:
    assert door.say(raw).split(b" ")[1] == status


def test_it_says_no_content_only_after_the_commit(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = door.twilio.citizen("+6281200004444").says("Antre lama.")
    form, signature = door.twilio.hook(message, PUBLIC)

    def broken(*_args: object, **_more: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(door.wired.ctx.store.__class__, "write", broken)
        assert door.ask(urlencode(form).encode(), signature) == 503
    assert door.ask(urlencode(form).encode(), signature) == 204
    assert len(door.kept()) == 1


def test_several_facilities_stand_in_the_path(config: Write, twilio: TwilioDouble) -> None:
    account = (
        f'account_sid="{twilio.account}"\nauth_token="x"\nwhatsapp="+62811000110"\n'
        f'base_url="{twilio.url}"\n'
    )
    wired = open_everything(
        load(
            config(
                '[[facility]]\nname="Satu"\n[[facility]]\nname="Dua"\n'
                f'[[twilio]]\nfacility="satu"\nname="wa"\n{account}'
                f'[[twilio]]\nfacility="dua"\nname="wa"\n{account}'
            )
        )
    )
    paths = targets(wired.ctx.offices)
    wired.close()
    assert {path: one.office.slug for path, one in paths.items()} == {
        "/hook/satu/wa": "satu",
        "/hook/dua/wa": "dua",
    }


def test_a_port_in_use_is_said_in_words(door: Door, config: Write) -> None:
    taken = load(config(f'[webhook]\nlisten="127.0.0.1:{door.port}"'))
    with pytest.raises(UserError, match=r"\[webhook\] listen: .* tidak dapat dipakai"):
        Entrance(taken, door.wired.ctx, threading.Event())


def test_a_process_that_polls_takes_calls(
    config: Write, twilio: TwilioDouble, tmp_path: Path
) -> None:
    file = config(settings_text(twilio))
    message = twilio.citizen("+6281200004444").says("Antre lama.", listed=False)
    form, signature = twilio.hook(message, PUBLIC)
    with process(tmp_path / "data", "poll", "--config", str(file)) as running:
        address = re.search(r"panggilan penyedia di http://([^/]+)/hook", ready(running))
        assert address is not None
        connection = http.client.HTTPConnection(address[1], timeout=20)
        headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
        connection.request("POST", "/hook/wa", urlencode(form), headers)
        assert connection.getresponse().status == 204
        connection.close()
        running.terminate()
        assert running.wait(20) == 0
    wired = open_everything(load(file))
    with wired.ctx.store.read() as db:
        kept = list(db.exec(select(Delivery.transport_id)))
    wired.close()
    assert kept == [message.sid]
