"""The real library against the double: what each refusal becomes."""

import io
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels.errors import Ambiguous, AuthFailed, ChannelError, Transient
from notifier.client import TelegramClient
from notifier.errors import Migrated, Rejected, Why
from pipeline.ports import GroupGone, NotStarted
from simulator.faults import DROP_AFTER_COMMIT, FaultPlan, Refuse, TooMany
from simulator.telegram import Telegram


@pytest.fixture
def faults() -> FaultPlan:
    return FaultPlan()


@pytest.fixture
def telegram(faults: FaultPlan) -> Iterator[Telegram]:
    with Telegram(faults=faults) as double:
        yield double


@pytest.fixture
def client(telegram: Telegram) -> Iterator[TelegramClient]:
    client = TelegramClient(telegram.token, telegram.url)
    yield client
    client.close()


def send(client: TelegramClient, chat_id: int, text: str = "halo") -> Any:
    return client.call("sendMessage", chat_id=chat_id, text=text)


def test_a_call_gives_the_raw_answer(telegram: Telegram, client: TelegramClient) -> None:
    telegram.world.user(5, "Ani").start()
    assert send(client, 5)["text"] == "halo"
    assert client.username == "tanggap_bot"
    assert client.bot_id == 123456


@pytest.mark.parametrize("tail", ["", "/", "/bot", "/bot/"])
def test_the_base_url_may_end_with_bot(telegram: Telegram, tail: str) -> None:
    client = TelegramClient(telegram.token, telegram.url + tail)
    try:
        assert client.username == "tanggap_bot"
    finally:
        client.close()


def test_a_person_who_never_pressed_start(telegram: Telegram, client: TelegramClient) -> None:
    telegram.world.user(5, "Ani")
    with pytest.raises(NotStarted):
        send(client, 5)
    with pytest.raises(NotStarted):
        send(client, 6)  # nobody the bot ever met


def test_a_group_without_the_bot(telegram: Telegram, client: TelegramClient) -> None:
    group = telegram.world.group("Tim", [telegram.world.user(5, "Ani")])
    with pytest.raises(GroupGone, match="masukkan kembali"):
        send(client, group.id)
    with pytest.raises(GroupGone):
        send(client, -1)


def test_a_group_that_moved(telegram: Telegram, client: TelegramClient) -> None:
    ani = telegram.world.user(5, "Ani")
    group = telegram.world.group("Tim", [ani], bot=True, kind="group")
    moved = group.migrate()
    with pytest.raises(Migrated) as caught:
        send(client, group.id)
    assert caught.value.chat_id == moved.id


def test_a_refusal_of_the_request_says_why_and_quotes_nothing(
    telegram: Telegram, client: TelegramClient
) -> None:
    telegram.world.user(5, "Ani").start()
    with pytest.raises(Rejected) as caught:
        client.call("sendMessage", chat_id=5, text="<rahasia>", parse_mode="HTML")
    assert caught.value.why is Why.OTHER
    assert "rahasia" not in repr(caught.value) + caught.value.text + caught.value.detail
    assert caught.value.__cause__ is None
    with pytest.raises(Rejected) as caught:
        client.call("editMessageText", chat_id=5, message_id=99, text="x")
    assert caught.value.why is Why.NO_MESSAGE


def test_too_many_asks_to_wait(client: TelegramClient, faults: FaultPlan) -> None:
    faults.add(TooMany(7))
    with pytest.raises(Transient) as caught:
        client.call("getMe")
    assert caught.value.retry_after == 7


def test_what_may_have_happened_is_ambiguous(
    telegram: Telegram, client: TelegramClient, faults: FaultPlan
) -> None:
    telegram.world.user(5, "Ani").start()
    faults.add(DROP_AFTER_COMMIT, method="sendMessage")
    with pytest.raises(Ambiguous):
        send(client, 5)
    assert telegram.world.user(5, "Ani").private.last().text == "halo"
    faults.add(Refuse(500))
    with pytest.raises(Ambiguous):
        send(client, 5)


def test_what_never_left_is_transient() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    client = TelegramClient("1:a", f"http://127.0.0.1:{port}")
    try:
        with pytest.raises(Transient, match="tidak dapat dihubungi"):
            client.call("getMe")
    finally:
        client.close()


def test_a_wrong_token_names_the_setting(telegram: Telegram) -> None:
    client = TelegramClient("123456:WRONG", telegram.url)
    try:
        with pytest.raises(AuthFailed, match=r"\[telegram\] token") as caught:
            client.call("getMe")
        assert "WRONG" not in f"{caught.value!r} {caught.value.detail}"
    finally:
        client.close()


def test_the_request_log_has_no_token(telegram: Telegram) -> None:
    lines: list[tuple[Any, ...]] = []
    client = TelegramClient(telegram.token, telegram.url, lambda *line: lines.append(line))
    try:
        client.call("getMe")
        client.get_updates(None, 0, ["message"])
    finally:
        client.close()
    assert [(line[0], line[1]) for line in lines] == [
        ("telegram", "getMe"),
        ("telegram", "getUpdates"),
    ]
    assert telegram.token not in str(lines)
    assert lines[1][3] == {"timeout": 0, "allowed_updates": ["message"]}


def test_a_file_leaves_in_pieces_and_not_into_the_log(telegram: Telegram, tmp_path: Path) -> None:
    reads: list[int] = []

    class Watched(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            reads.append(-1 if size is None else size)
            return super().read(size)

    ani, lines = telegram.world.user(5, "Ani"), []
    ani.start()
    content = bytes(range(256)) * 20_000
    (tmp_path / "surat.pdf").write_bytes(content)
    client = TelegramClient(telegram.token, telegram.url, lambda *line: lines.append(line))
    try:
        with Watched(tmp_path / "surat.pdf") as file:
            file.read(8)
            sent = client.upload("sendDocument", "document", file, "surat.pdf", chat_id=5)
    finally:
        client.close()
    assert ani.private.last().data == content
    assert sent["document"]["file_name"] == "surat.pdf"
    assert len(reads) > 50
    assert all(0 < size <= 1 << 16 for size in reads)
    assert [line[3] for line in lines] == [{"chat_id": 5, "document": "file"}]


def test_a_second_poller_makes_the_first_one_wait(
    telegram: Telegram, client: TelegramClient
) -> None:
    found: list[ChannelError] = []

    def poll() -> None:
        try:
            client.get_updates(None, 20, ["message"])
        except ChannelError as error:
            found.append(error)

    thread = threading.Thread(target=poll)
    thread.start()
    telegram.journal.wait(lambda entry: entry.method == "getUpdates")
    other = TelegramClient(telegram.token, telegram.url)
    try:
        until_conflict = time.monotonic() + 10
        while not found and time.monotonic() < until_conflict:
            other.get_updates(None, 0, ["message"])
    finally:
        other.close()
        thread.join(10)
    [error] = found
    assert isinstance(error, Transient)
    assert error.detail == "409"


def test_an_interrupted_long_poll_ends_at_once(telegram: Telegram, client: TelegramClient) -> None:
    found: list[Any] = []
    thread = threading.Thread(
        target=lambda: found.append(client.get_updates(None, 30, ["message"]))
    )
    thread.start()
    telegram.journal.wait(lambda entry: entry.method == "getUpdates")
    started = time.monotonic()
    client.interrupt()
    thread.join(10)
    assert found == [[]]
    assert time.monotonic() - started < 5
    assert client.get_updates(None, 30, ["message"]) == []  # and every later one too
