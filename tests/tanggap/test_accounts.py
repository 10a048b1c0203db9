"""The accounts of the chat channels: what may be written, and what is said when it is wrong."""

import dataclasses
import importlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import UserError
from tanggap.settings import Account, Android, Gammu, Settings, Twilio, load
from tests.tanggap.conftest import Write

TWILIO = (
    '[[twilio]]\nname="wa"\naccount_sid="AC0001"\nauth_token="rahasia"\n'
    'whatsapp="+62 812-0000-1111"\nbase_url="http://127.0.0.1:1/"\n'
)
ANDROID = (
    '[[android]]\nname="sms"\nbase_url="http://127.0.0.1:2"\nuser="u"\npassword="rahasia"\n'
    'number="+6281200002222"\n'
)
GAMMU = '[[gammu]]\nname="modem"\nspool="/tmp/spool"\n'


def test_every_channel_at_once(config: Write) -> None:
    settings = load(config(f"{TWILIO}since=2026-11-01\n{ANDROID}{GAMMU}"))
    assert [(one.kind, one.name) for one in settings.accounts] == [
        ("twilio", "wa"),
        ("android", "sms"),
        ("gammu", "modem"),
    ]
    [wa], [phone], [modem] = settings.twilio, settings.android, settings.gammu
    assert (wa.whatsapp, wa.base_url) == ("+6281200001111", "http://127.0.0.1:1")
    assert [one.own_address for one in settings.accounts] == [wa.whatsapp, phone.number, ""]
    assert modem.spool == Path("/tmp/spool")
    zone = settings.facility[0].time_zone
    assert wa.since_utc(zone) == datetime(2026, 10, 31, 17, tzinfo=UTC)
    assert "rahasia" not in repr(settings) + str(settings)
    assert {one.get_secret_value() for it in settings.accounts for one in it.secrets} == {"rahasia"}


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        (TWILIO + ANDROID + GAMMU, True),
        (TWILIO.replace("http://127.0.0.1:1/", "https://api.twilio.com"), False),
        (TWILIO.replace('base_url="http://127.0.0.1:1/"\n', ""), False),
        (f'{TWILIO}content_url="https://content.contoh.example"', False),
        (f'{TWILIO}webhook_url="https://aduan.contoh.example/hook/wa"', True),
        (ANDROID.replace("127.0.0.1", "192.168.1.20"), False),
        (GAMMU, True),
    ],
)
def test_loopback_is_every_address_that_is_called(config: Write, text: str, loopback: bool) -> None:
    assert load(config(text)).loopback is loopback


def test_the_environment_takes_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = {"base_url": "http://127.0.0.1:9", "user": "u", "password": "p"}
    monkeypatch.setenv("TANGGAP_ANDROID", json.dumps([phone]))
    [account] = load().android
    assert (account.name, account.base_url) == ("android", "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("text", "key", "fix"),
    [
        (TWILIO.replace("auth_token", "token"), "[[twilio]] ke-1, token", "maksudnya auth_token?"),
        (TWILIO.replace("AC0001", "0001"), "[[twilio]] ke-1, account_sid", "diawali AC"),
        (f'{TWILIO}template="tanggapan"', "[[twilio]] ke-1, template", "diawali HX"),
        (TWILIO.replace("+62 ", "0"), "[[twilio]] ke-1, whatsapp", "+62 mengganti angka 0"),
        (TWILIO.replace("whatsapp", "#"), "[[twilio]] ke-1", "belum ada nomor"),
        (TWILIO.replace("http://", ""), "[[twilio]] ke-1, base_url", "http:// atau https://"),
        (f'{TWILIO}webhook_url="contoh"', "[[twilio]] ke-1, webhook_url", "http://"),
        (f'{TWILIO}content_url="contoh"', "[[twilio]] ke-1, content_url", "http://"),
        (ANDROID.replace("base_url", "#"), "[[android]] ke-1, base_url", "tambahkan base_url"),
        (ANDROID.replace("+62", "62"), "[[android]] ke-1, number", "+6281200001111"),
        ('[[gammu]]\nname="modem"', "[[gammu]] ke-1, spool", "tambahkan spool"),
        (f"{GAMMU}port=1", "[[gammu]] ke-1, port", "yang ada"),
        (f"{GAMMU}since='kemarin'", "[[gammu]] ke-1, since", "2026-11-20"),
        (TWILIO + ANDROID.replace("sms", "wa"), "[[twilio]] “wa”", "pilih name lain"),
        (GAMMU.replace("modem", "import"), "[[gammu]] “import”", "pilih name lain"),
        (f'{GAMMU}facility="lain"', "[[gammu]] “modem”", "yang ada: puskesmas"),
        ('[webhook]\nlisten="0.0.0.0:8088"', "[webhook] listen", "reverse proxy"),
        ("[webhook]\nport=1", "[webhook] port", "yang ada: listen"),
    ],
)
def test_what_is_wrong_names_key_file_and_fix(config: Write, text: str, key: str, fix: str) -> None:
    file = config(text)
    with pytest.raises(UserError) as caught:
        load(file)
    said = str(caught.value)
    assert key in said
    assert str(file) in said
    assert fix in said
    assert "rahasia" not in said
    assert "812" not in said.replace("+6281200001111", "")


def test_two_facilities_may_use_a_name_each(config: Write) -> None:
    both = '[[facility]]\nname="Satu"\n[[facility]]\nname="Dua"\n'
    settings = load(
        config(f'{both}{TWILIO}facility="satu"\n{ANDROID.replace("sms", "wa")}facility="Dua"\n')
    )
    assert [settings.home(one).key for one in settings.accounts] == ["satu", "dua"]
    with pytest.raises(UserError, match="facility harus salah satu dari satu, dua"):
        load(config(f"{both}{GAMMU}"))


@pytest.mark.parametrize("section", [Twilio, Android, Gammu])
def test_the_keys_are_those_of_the_channel(section: type[Account]) -> None:
    module = importlib.import_module(f"channels.{section.kind}.config")
    known = {
        field.name for field in dataclasses.fields(getattr(module, f"{section.__name__}Config"))
    }
    assert set(section.model_fields) - {"facility", "since"} <= known


def test_every_account_section_is_among_the_accounts() -> None:
    kinds = {one.kind for one in Account.__subclasses__()}
    assert kinds <= set(Settings.model_fields)
