import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from channels.base import Parses, Polls, Sends
from channels.email.adapter import EmailChannel
from pipeline.queue import QUEUE
from store.tables import Account, Group
from tanggap.requestlog import RequestLog, open_request_log
from tanggap.settings import Settings, load
from tanggap.wiring import open_everything

CONFIG = """
[[facility]]
name = "Puskesmas Melati"
profile = "arjuno"
[[facility]]
name = "Puskesmas Kenanga"
profile = "ayah"
zone = "Asia/Jayapura"
[[email]]
name = "hotline"
facility = "puskesmas-melati"
host = "127.0.0.1"
user = "aduan@melati.example"
password = "rahasia-surat"
since = 2026-11-20
[telegram]
base_url = "http://127.0.0.1:9/bot"
token = "1:rahasia-bot"
[desk]
undo_seconds = 5
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TANGGAP_DATA", str(tmp_path / "data"))
    file = tmp_path / "tanggap.toml"
    file.write_text(CONFIG)
    return load(file)


def test_every_facility_becomes_an_office_with_its_own_rules_and_channels(
    settings: Settings,
) -> None:
    wired = open_everything(settings)
    melati, kenanga = wired.ctx.offices.values()
    assert melati.approval == ("coordinator", "head")
    assert kenanga.approval == ("coordinator",)
    assert kenanga.calendar.zone.key == kenanga.zone == "Asia/Jayapura"
    assert set(melati.channels) == set(melati.accounts) == {"hotline", "manual", "import"}
    assert set(kenanga.channels) == {"manual", "import"}
    assert all(isinstance(channel, Parses) for channel in melati.channels.values())
    assert isinstance(melati.channels["hotline"], Polls | Sends)
    assert not isinstance(melati.channels["import"], Polls)
    assert melati.settings.undo_seconds == wired.ctx.settings.undo_seconds == 5
    wired.close()


def test_a_group_that_is_given_to_another_facility_is_no_longer_the_first_ones(
    tmp_path: Path, settings: Settings
) -> None:
    def groups(*chats: int | None) -> list[int | None]:
        file = tmp_path / "tanggap.toml"
        lines = (f"group = {chat}\n" if chat else "" for chat in chats)
        file.write_text("".join(f'[[facility]]\nname = "P{n}"\n{it}' for n, it in enumerate(lines)))
        wired = open_everything(load(file))
        with wired.ctx.store.read() as db:
            rows = [db.get(Group, office) for office in wired.ctx.offices]
        wired.close()
        return [row.chat_id if row else None for row in rows]

    assert groups(-1, -2) == [-1, -2]
    assert groups(-2, -1) == [-2, -1]
    assert groups(None, -2) == [None, -2]
    assert groups(-3, None) == [-3, -2]


def test_mail_from_before_since_is_read_and_only_not_alerted(settings: Settings) -> None:
    wired = open_everything(settings)
    [melati, _] = wired.ctx.offices.values()
    hotline = melati.channels["hotline"]
    assert isinstance(hotline, EmailChannel)
    assert hotline.config.since is None
    assert hotline.config.sender_name == "Puskesmas Melati"
    with wired.ctx.store.read() as db:
        row = db.get_one(Account, melati.accounts["hotline"])
    assert row.since == datetime(2026, 11, 19, 17, 0, tzinfo=UTC)  # midnight in Jakarta
    assert row.address == "aduan@melati.example"
    wired.close()


def test_a_second_start_finds_the_same_rows(settings: Settings) -> None:
    first = open_everything(settings)
    first.close()
    second = open_everything(settings)
    assert [dict(one.accounts) for one in second.ctx.offices.values()] == [
        dict(one.accounts) for one in first.ctx.offices.values()
    ]
    assert second.ctx.holder != first.ctx.holder
    with second.ctx.store.read() as db:
        assert len(db.exec(select(Account)).all()) == 5
    second.close()


def test_where_no_stage_runs_a_wake_up_wakes_nobody(settings: Settings) -> None:
    wired = open_everything(settings, hears=False)
    wired.queue.broker.declare_queue(QUEUE)
    wired.ctx.wake("record")
    assert wired.queue.broker.queues[QUEUE].qsize() == 0
    wired.close()


def test_without_a_token_there_is_no_chat(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired = open_everything(settings)
    assert wired.ctx.chat is not None
    wired.close()
    monkeypatch.setenv("TANGGAP_TELEGRAM__TOKEN", "")
    wired = open_everything(load(settings.file))
    assert (wired.ctx.chat, wired.client) == (None, None)
    wired.close()


def test_requests_are_logged_without_secrets(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_request_log(settings) is None
    file = tmp_path / "requests"
    monkeypatch.setenv("TANGGAP_REQUEST_LOG", str(file))
    log = open_request_log(settings)
    assert isinstance(log, RequestLog)
    log("telegram", "getMe", "http://127.0.0.1:9/bot1:rahasia-bot/getMe", {"x": "rahasia-surat"})
    log("telegram", "sendMessage", "http://127.0.0.1:9/bot***/sendMessage", {"chat_id": 5})
    first, second = (json.loads(line) for line in file.read_text().splitlines())
    assert first["url"] == "http://127.0.0.1:9/bot***/getMe"
    assert first["params"] == {"x": "***"}
    assert second == {
        "gateway": "telegram",
        "method": "sendMessage",
        "url": "http://127.0.0.1:9/bot***/sendMessage",
        "params": {"chat_id": 5},
    }


def test_every_kind_of_account_gets_its_adapter_and_its_row(tmp_path: Path) -> None:
    file = tmp_path / "chat.toml"
    file.write_text(
        '[[twilio]]\nname="wa"\naccount_sid="AC1"\nauth_token="rahasia-token"\n'
        'whatsapp="+6281200001111"\nbase_url="http://127.0.0.1:9"\nsince=2026-11-20\n'
        '[[android]]\nname="sms"\nbase_url="http://127.0.0.1:9"\nuser="u"\n'
        'password="rahasia-ponsel"\nnumber="+6281200002222"\n'
        f'[[gammu]]\nname="modem"\nspool="{tmp_path}"\n'
    )
    wired = open_everything(load(file))
    [office] = wired.ctx.offices.values()
    with wired.ctx.store.read() as db:
        rows = {row.name: row for row in db.exec(select(Account))}
    wired.close()
    kinds = {name: channel.channel for name, channel in office.channels.items()}
    assert kinds == {name: row.channel for name, row in rows.items()}
    assert {name: kinds[name] for name in ("wa", "sms", "modem")} == {
        "wa": "twilio",
        "sms": "android",
        "modem": "gammu",
    }
    assert all(isinstance(office.channels[name], Polls) for name in ("wa", "sms", "modem"))
    assert (rows["wa"].address, rows["sms"].address) == ("+6281200001111", "+6281200002222")
    assert rows["wa"].since == datetime(2026, 11, 19, 17, 0, tzinfo=UTC)


def test_what_is_not_configured_is_not_loaded() -> None:
    heavy = [
        *("twilio", "requests", "phonenumbers", "channels.twilio", "channels.registry"),
        *("channels.android", "channels.gammu", "channels.email.adapter"),
    ]
    code = (
        "import sys, tanggap.runtime\n"
        "from tanggap.settings import load\n"
        "from tanggap.wiring import open_everything\n"
        "open_everything(load()).close()\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
