import dataclasses
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BufferedRWPair

import pytest

from channels.email import bodies, imap
from channels.email.config import EmailConfig, Tls
from channels.email.folders import choose
from channels.email.imap import ImapPoller
from channels.errors import AuthFailed, ChannelError, Permanent, Transient
from simulator.net import free_port
from tests.channels.world import NOW, Desk, Mailbox, mail

pytestmark = pytest.mark.dovecot


@pytest.fixture
def poller(mailbox: Mailbox) -> Iterator[ImapPoller]:
    with opened(mailbox.config()) as poller:
        yield poller


@contextmanager
def opened(config: EmailConfig) -> Iterator[ImapPoller]:
    poller = ImapPoller(config)
    try:
        yield poller
    finally:
        poller.close()


def test_new_mail_is_delivered_once(mailbox: Mailbox, poller: ImapPoller, desk: Desk) -> None:
    mailbox.put(mail("satu"), mail("dua"))

    first, second = desk.poll(poller), desk.poll(poller)
    mailbox.put(mail("tiga"))
    desk.poll(poller)

    assert desk.subjects() == ["Keluhan satu", "Keluhan dua", "Keluhan tiga"]
    # The Sent folder's starting point is a batch too; after that nothing moves.
    assert [len(batch.deliveries) for batch in first] == [2, 0]
    assert second == []


def test_a_delivery_tells_where_and_when_the_server_took_it(
    mailbox: Mailbox, poller: ImapPoller, desk: Desk
) -> None:
    mailbox.put(mail("satu"), at=NOW - timedelta(days=3))

    delivery = desk.poll(poller)[0].deliveries[0]

    assert delivery.account == "aduan"
    assert delivery.stream == "INBOX"
    assert delivery.transport_id == f"INBOX:{mailbox.uidvalidity()}:1"
    assert delivery.received_at == NOW - timedelta(days=3)
    assert delivery.received_at.utcoffset() == timedelta(0)
    assert delivery.raw == mail("satu")
    assert delivery.size == len(mail("satu"))
    assert delivery.meta == {"folder": "INBOX", "role": "inbox"}


def test_mail_already_read_elsewhere_is_taken_and_no_flag_is_touched(
    mailbox: Mailbox, poller: ImapPoller, desk: Desk
) -> None:
    mailbox.put(mail("dibaca"), mail("belum"), mail("besar", bodies.INLINE + 1))
    mailbox.program.add_flags([1], [b"\\Seen"])

    desk.poll(poller)

    assert len(desk.taken) == 3
    flags = mailbox.program.get_flags([1, 2, 3])
    assert [b"\\Seen" in flags[uid] for uid in (1, 2, 3)] == [True, False, False]


def test_the_last_message_that_the_server_names_again_is_not_taken_again(
    mailbox: Mailbox, poller: ImapPoller, desk: Desk
) -> None:
    """`n:*` names the newest message even when it is older than n."""
    mailbox.put(mail("satu"), mail("hilang"))
    mailbox.program.folder_status("INBOX", ["MESSAGES"])
    desk.poll(poller)
    desk.cursors["INBOX"] = desk.cursors["INBOX"].replace(":2", ":1")
    mailbox.delete(2)

    assert desk.poll(poller) == []
    assert len(desk.taken) == 2


def test_seven_days_of_mail_come_in_order_and_in_bounded_batches(
    mailbox: Mailbox, poller: ImapPoller, desk: Desk
) -> None:
    mailbox.put_many(1300)

    batches = desk.poll(poller)

    assert [int(key.rpartition(":")[2]) for key in desk.taken] == list(range(1, 1301))
    assert len(set(desk.subjects())) == 1300
    assert max(len(batch.deliveries) for batch in batches) <= bodies.BATCH_MAILS


def test_batches_are_bounded_by_bytes(mailbox: Mailbox, poller: ImapPoller, desk: Desk) -> None:
    mailbox.put(*(mail(f"m{n}", 250_000) for n in range(40)))

    batches = desk.poll(poller)

    assert len(desk.taken) == 40
    weights = [sum(d.size for d in batch.deliveries) for batch in batches]
    assert max(weights) <= bodies.BATCH_BYTES


def test_a_crowded_folder_is_searched_in_windows(
    mailbox: Mailbox, poller: ImapPoller, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to a search is one line, and IMAPClient's lines end at 1 MB."""
    monkeypatch.setattr(imap, "_WINDOW", 7)
    mailbox.put_many(30)

    desk.poll(poller)

    assert len(desk.taken) == len(set(desk.taken)) == 30


@pytest.mark.parametrize("limit", [1, 3])
def test_killed_after_every_batch_nothing_is_lost_or_doubled(
    mailbox: Mailbox, desk: Desk, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(bodies, "BATCH_BYTES", len(mail("m00")) * limit)
    mailbox.put(*(mail(f"m{n:02}") for n in range(10)))
    mailbox.put(mail("spam"), folder="Junk")
    with opened(mailbox.config()) as poller:
        while batch := next(poller.poll(desk.state()), None):
            desk.commit(batch)

    assert len(desk.taken) == len(set(desk.taken)) == 11


def test_after_renumbering_thirty_days_are_read_again(mailbox: Mailbox, desk: Desk) -> None:
    """A folder deleted and made again is to a client what a restored server is."""
    mailbox.program.create_folder("Aduan")
    mailbox.put(mail("asal"), folder="Aduan")
    with opened(mailbox.config(folders=("Aduan",))) as poller:
        desk.poll(poller)
        mailbox.program.delete_folder("Aduan")
        mailbox.program.create_folder("Aduan")
        mailbox.put(mail("lama"), folder="Aduan", at=NOW - timedelta(days=60))
        mailbox.put(mail("baru"), folder="Aduan", at=NOW - timedelta(days=2))
        mailbox.put(mail("pindahan"), folder="Aduan", at=NOW - timedelta(days=90))
        batches = desk.poll(poller)

        assert desk.subjects() == ["Keluhan asal", "Keluhan baru"]
        uidvalidity = mailbox.uidvalidity("Aduan")
        assert [b.cursor for b in batches] == [f"{uidvalidity}:2", f"{uidvalidity}:3"]
        assert desk.poll(poller) == []


def test_a_large_mail_comes_in_ranges_into_a_file(
    mailbox: Mailbox, poller: ImapPoller, desk: Desk
) -> None:
    large = mail("besar", 3 * bodies.RANGE + 12_345)
    mailbox.put(mail("awal"), large, mail("akhir"))

    batches = desk.poll(poller)

    delivery = batches[1].deliveries[0]
    assert not isinstance(delivery.raw, bytes)
    assert delivery.raw.parent == desk.spool
    assert delivery.raw.read_bytes() == large
    assert delivery.size == len(large)
    assert desk.subjects() == ["Keluhan awal", "Keluhan besar", "Keluhan akhir"]


def test_a_large_mail_gives_a_sign_of_life_and_may_be_left_at_any_range(
    mailbox: Mailbox, poller: ImapPoller, desk: Desk
) -> None:
    large = mail("besar", 4 * bodies.RANGE)
    mailbox.put(large)

    lives = 0
    while batch := next(poller.poll(desk.state()), None):
        lives += 1
        desk.commit(batch)

    assert lives == 4 + 2  # the ranges, the mail, the starting point in Sent
    assert list(desk.bodies.values()) == [large]


def test_a_mail_of_exactly_whole_ranges_is_whole(mailbox: Mailbox, desk: Desk) -> None:
    body = mail("pas", 2 * bodies.RANGE)[: 2 * bodies.RANGE - 2] + b"\r\n"
    mailbox.put(body)
    with opened(mailbox.config(max_size=2 * bodies.RANGE)) as poller:
        delivery = desk.poll(poller)[0].deliveries[0]

    assert delivery.size == len(body) == 2 * bodies.RANGE
    assert desk.bodies[delivery.transport_id] == body


def test_above_the_cap_a_mail_is_truncated_and_says_so(mailbox: Mailbox, desk: Desk) -> None:
    large = mail("besar", 3 * bodies.RANGE)
    mailbox.put(large)
    with opened(mailbox.config(max_size=1_500_000)) as poller:
        delivery = desk.poll(poller)[0].deliveries[0]

    assert desk.bodies[delivery.transport_id] == large[:1_500_000]
    assert delivery.size == len(large)


def test_a_mail_deleted_between_search_and_fetch_is_passed_over(
    mailbox: Mailbox, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BATCH_BYTES", 1)
    mailbox.put(mail("satu"), mail("dua"), mail("tiga"))
    with opened(mailbox.config()) as poller:
        batches = poller.poll(desk.state())
        desk.commit(next(batches))
        mailbox.delete(2, 3)
        for batch in batches:
            desk.commit(batch)
        again = desk.poll(poller)

    assert desk.subjects() == ["Keluhan satu"]
    assert desk.cursors["INBOX"].endswith(":3")
    assert again == []


def test_junk_and_sent_are_read_and_named(mailbox: Mailbox, poller: ImapPoller, desk: Desk) -> None:
    mailbox.put(mail("jawaban-lama"), folder="Sent")
    mailbox.put(mail("spam"), folder="Junk")
    desk.poll(poller)
    mailbox.put(mail("jawaban"), folder="Sent")
    mailbox.put(mail("keluhan"))
    desk.poll(poller)

    # What was sent before the desk began is of no interest; Junk is read from its start.
    assert desk.subjects() == ["Keluhan spam", "Keluhan keluhan", "Keluhan jawaban"]
    metas = [delivery.meta for batch in desk.batches for delivery in batch.deliveries]
    assert metas == [
        {"folder": "Junk", "role": "junk"},
        {"folder": "INBOX", "role": "inbox"},
        {"folder": "Sent", "role": "sent"},
    ]


def test_a_configured_folder_that_is_not_there_stops_no_other(mailbox: Mailbox, desk: Desk) -> None:
    mailbox.put(mail("satu"))
    with (
        opened(mailbox.config(folders=("Pengaduan", "inbox"))) as poller,
        pytest.raises(Permanent, match=r"Pengaduan.*INBOX") as caught,
    ):
        desk.poll(poller)

    assert "Junk" in caught.value.text
    assert desk.subjects() == ["Keluhan satu"]


def test_a_folder_that_appears_later_is_read_without_a_restart(
    mailbox: Mailbox, desk: Desk
) -> None:
    with opened(mailbox.config(folders=("Pengaduan",))) as poller:
        with pytest.raises(Permanent):
            desk.poll(poller)
        mailbox.program.create_folder("Pengaduan")
        mailbox.put(mail("satu"), folder="Pengaduan")
        desk.poll(poller)

    assert desk.subjects() == ["Keluhan satu"]


def test_since_leaves_older_mail_alone(mailbox: Mailbox, desk: Desk) -> None:
    mailbox.put(mail("lama"), at=NOW - timedelta(days=10))
    mailbox.put(mail("baru"))
    with opened(mailbox.config(since=(NOW - timedelta(days=1)).date())) as poller:
        desk.poll(poller)

    assert desk.subjects() == ["Keluhan baru"]


def test_a_wrong_password_is_an_alarm_without_the_password(mailbox: Mailbox, desk: Desk) -> None:
    with (
        opened(mailbox.config(password="salah-sekali")) as poller,
        pytest.raises(AuthFailed, match="aduan") as caught,
    ):
        desk.poll(poller)

    assert "salah-sekali" not in caught.value.text + caught.value.detail
    assert mailbox.user not in caught.value.text + caught.value.detail


def test_a_password_beyond_ascii_is_refused_like_any_other(mailbox: Mailbox, desk: Desk) -> None:
    with opened(mailbox.config(password="sandi–rahasia")) as poller, pytest.raises(AuthFailed):
        desk.poll(poller)


def test_no_server_is_transient(mailbox: Mailbox, desk: Desk) -> None:
    with (
        opened(mailbox.config(port=free_port())) as poller,
        pytest.raises(Transient, match="aduan"),
    ):
        desk.poll(poller)


def test_a_server_gone_between_polls_is_found_again(
    mailbox: Mailbox, poller: ImapPoller, desk: Desk
) -> None:
    desk.poll(poller)
    mailbox.put(mail("satu"))
    client = poller._client
    assert client is not None
    client.socket().shutdown(socket.SHUT_RDWR)

    desk.poll(poller)

    assert desk.subjects() == ["Keluhan satu"]


def test_a_server_gone_in_the_middle_is_transient_and_the_rest_comes_later(
    mailbox: Mailbox, poller: ImapPoller, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BATCH_BYTES", 1)
    mailbox.put(mail("satu"), mail("dua"))
    batches = poller.poll(desk.state())
    desk.commit(next(batches))
    client = poller._client
    assert client is not None
    client.socket().shutdown(socket.SHUT_RDWR)
    with pytest.raises(Transient):
        next(batches)

    desk.poll(poller)

    assert desk.subjects() == ["Keluhan satu", "Keluhan dua"]


def test_a_full_disk_is_called_a_full_disk(
    mailbox: Mailbox, poller: ImapPoller, desk: Desk
) -> None:
    mailbox.put(mail("besar", bodies.INLINE + 1))
    path = desk.poll(poller)[0].deliveries[0].raw
    assert not isinstance(path, bytes)
    desk.cursors.clear()
    path.unlink()
    path.symlink_to("/dev/full")

    with pytest.raises(Transient, match="disk"):
        desk.poll(poller)


def test_no_mail_reaches_a_debug_log(
    mailbox: Mailbox, poller: ImapPoller, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.put(mail("satu"))
    with caplog.at_level(logging.DEBUG):
        desk.poll(poller)

    assert "loket" not in caplog.text
    assert "rahasia" not in caplog.text


class Script:
    """An IMAP server that answers commands from a table: for what Dovecot never says."""

    def __init__(self, answers: dict[str, list[str]], greeting: str = "* OK siap") -> None:
        self.answers = {"CAPABILITY": ["* CAPABILITY IMAP4rev1", "TAG OK ok"]} | answers
        self.greeting = greeting
        self.commands: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def __enter__(self) -> "Script":
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream: BufferedRWPair) -> None:
        stream.write(f"{self.greeting}\r\n".encode())
        stream.flush()
        for line in stream:
            tag, command = line.decode().strip().split(" ", 1)
            self.commands.append(command)
            verb = next((key for key in self.answers if command.startswith(key)), "")
            for answer in self.answers.get(verb, []):
                if answer == "CLOSE":
                    return
                stream.write(answer.replace("TAG", tag).encode() + b"\r\n")
            if not verb:
                stream.write(f"{tag} OK ok\r\n".encode())
            stream.flush()


def _script_config(script: Script) -> EmailConfig:
    return EmailConfig(
        name="aduan", user="u", password="p", host="127.0.0.1", port=script.port, tls=Tls.NONE,
        read_timeout=10,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "kind", "retry_after"),
    [
        ({"LOGIN": ["TAG NO [AUTHENTICATIONFAILED] Salah"]}, AuthFailed, None),
        ({"LOGIN": ["TAG NO [ALERT] Application-specific password required"]}, AuthFailed, None),
        ({"LOGIN": ["TAG NO [PRIVACYREQUIRED] Tanpa TLS tidak"]}, AuthFailed, None),
        ({"LOGIN": ["TAG NO [UNAVAILABLE] Nanti"]}, Transient, 300),
        ({"LOGIN": ["TAG NO [ALERT] Too many simultaneous connections"]}, Transient, 300),
        ({"LOGIN": ["CLOSE"]}, Transient, None),
        ({"LOGIN": ["* BYE [THROTTLED] Pelan", "CLOSE"]}, Transient, None),
        (
            {"LIST": ["TAG NO Request is throttled. Suggested Backoff Time: 92415 milliseconds"]},
            Transient,
            None,
        ),
        (
            {"LIST": ["TAG NO [THROTTLED] Suggested Backoff Time: 92415 milliseconds"]},
            Transient,
            92.415,
        ),
        ({"LIST": ["* LIST ((((", "TAG OK ok"]}, Transient, None),
        ({"EXAMINE": ["TAG NO [INUSE] Sedang dipakai"]}, Transient, 300),
        ({"EXAMINE": ["TAG NO Sedang rusak"]}, Transient, None),
        ({"LIST": ["TAG BAD Apa?"]}, Transient, None),
    ],
)
def test_refusals_are_sorted(
    answers: dict[str, list[str]], kind: type[ChannelError], retry_after: float | None, desk: Desk
) -> None:
    with (
        Script(answers) as script,
        opened(_script_config(script)) as poller,
        pytest.raises(kind) as caught,
    ):
        desk.poll(poller)

    assert type(caught.value) is kind
    if isinstance(caught.value, Transient) and retry_after is not None:
        assert caught.value.retry_after == retry_after


def test_a_server_without_starttls_gets_no_password(desk: Desk) -> None:
    with Script({}) as script:
        config = dataclasses.replace(_script_config(script), tls=Tls.STARTTLS)
        with opened(config) as poller, pytest.raises(Transient, match="tls"):
            desk.poll(poller)

    assert not any(command.startswith("LOGIN") for command in script.commands)


EXAMINED = [
    "* 3 EXISTS",
    "* OK [UIDVALIDITY 9] ok",
    "* OK [UIDNEXT 4] ok",
    "TAG OK [READ-ONLY] ok",
]


def _sizes(*uids: int) -> list[str]:
    line = '* {0} FETCH (UID {0} RFC822.SIZE 10 INTERNALDATE "02-Nov-2026 10:00:00 +0700")'
    return [line.format(uid) for uid in uids]


def _body(uid: int) -> str:
    return f"* {uid} FETCH (UID {uid} BODY[] {{10}}\r\nSubject: {uid})"


def test_a_mail_that_the_server_never_hands_over_does_not_block_the_folder(desk: Desk) -> None:
    """It is delivered empty, so that a person looks for it; its neighbours whole."""
    answers = {
        "EXAMINE": EXAMINED,
        "UID SEARCH": ["* SEARCH 1 2 3", "TAG OK ok"],
        "UID FETCH 1,2,3 (RFC822": [*_sizes(1, 2, 3), "TAG OK ok"],
        "UID FETCH 2,3 (RFC822": [*_sizes(2, 3), "TAG OK ok"],
        "UID FETCH 3 (RFC822": [*_sizes(3), "TAG OK ok"],
        "UID FETCH 1 (BODY": [_body(1), "TAG OK ok"],
        "UID FETCH 3 (BODY": [_body(3), "TAG OK ok"],
        "UID FETCH 1,": ["* BYE Internal error", "CLOSE"],
        "UID FETCH 2": ["* BYE Internal error", "CLOSE"],
    }
    with Script(answers) as script, opened(_script_config(script)) as poller:
        for _ in range(30):
            try:
                desk.poll(poller)
            except Transient:
                continue
            break

    assert desk.taken == ["INBOX:9:1", "INBOX:9:2", "INBOX:9:3"]
    assert list(desk.bodies.values()) == [b"Subject: 1", b"", b"Subject: 3"]
    stub = next(d for b in desk.batches for d in b.deliveries if d.transport_id == "INBOX:9:2")
    assert stub.size == 10


def test_a_mail_left_out_though_still_listed_is_not_skipped(desk: Desk) -> None:
    answers = {
        "EXAMINE": EXAMINED,
        "UID SEARCH": ["* SEARCH 1", "TAG OK ok"],
        "UID FETCH 1 (RFC822": [*_sizes(1), "TAG OK ok"],
        "UID FETCH 1 (BODY": ["TAG OK ok"],
    }
    with (
        Script(answers) as script,
        opened(_script_config(script)) as poller,
        pytest.raises(Transient),
    ):
        desk.poll(poller)

    assert desk.cursors == {}


def test_after_a_power_cut_the_last_range_is_not_trusted(mailbox: Mailbox, desk: Desk) -> None:
    large = mail("besar", 4 * bodies.RANGE)
    mailbox.put(large)
    with opened(mailbox.config()) as poller:
        path = desk.poll(poller)[0].deliveries[0].raw
    assert not isinstance(path, bytes)
    path.write_bytes(large[: 2 * bodies.RANGE] + b"\0" * bodies.RANGE)
    desk.cursors.clear()

    with opened(mailbox.config()) as poller:
        desk.poll(poller)

    assert path.read_bytes() == large


@pytest.mark.parametrize(
    ("listed", "junk", "sent"),
    [
        ([("\\junk", "Bulk Mail"), ("\\sent", "Sent"), ("", "Spam")], "Bulk Mail", "Sent"),
        ([("", "INBOX/Spam"), ("", "INBOX/Sent Items")], "INBOX/Spam", "INBOX/Sent Items"),
        ([("", "[Gmail]/Spam"), ("", "[Gmail]/Sent Mail")], "[Gmail]/Spam", "[Gmail]/Sent Mail"),
        ([("", "Arsip/Spam"), ("", "Terkirim")], None, "Terkirim"),
        ([], None, None),
    ],
)
def test_junk_and_sent_are_found_by_mark_or_name(
    listed: list[tuple[str, str]], junk: str | None, sent: str | None
) -> None:
    config = EmailConfig(name="a", user="u", password="p", host="h")

    found = choose([(frozenset({flag}), "/", name) for flag, name in listed], config)

    roles = {folder.role.value: folder.name for folder in found.read}
    assert (roles["inbox"], roles.get("junk"), found.sent) == ("INBOX", junk, sent)


def test_the_password_shows_in_no_repr() -> None:
    config = EmailConfig(name="a", user="u", password="p4ss", smtp_password="s4ndi", host="h")

    shown = repr((config, config.imap, config.smtp))

    assert "p4ss" not in shown
    assert "s4ndi" not in shown
