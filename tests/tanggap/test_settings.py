"""What may be written, what it means, and what is said when it is wrong."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from channels.email.config import EmailConfig
from pipeline.errors import UserError
from pipeline.ports import DeskSettings
from tanggap.settings import Desk, Email, Settings, load
from tests.tanggap.conftest import Write

MAIL = '[[email]]\nname="hotline"\nhost="127.0.0.1"\nuser="a@contoh.example"\npassword="rahasia"\n'


def test_nothing_at_all_is_valid(tmp_path: Path) -> None:
    settings = load()
    assert settings.data == tmp_path / "data"
    assert settings.file is None
    assert settings.email == ()
    assert settings.telegram.root == "https://api.telegram.org"
    [facility] = settings.facility
    assert (facility.key, facility.time_zone.key) == ("puskesmas", "Asia/Jakarta")


def test_every_key(config: Write) -> None:
    settings = load(
        config(
            """
            [facility]
            name = "Puskesmas Contoh"
            zone = "Asia/Makassar"
            profile = "arjuno"
            [[email]]
            name = "hotline"
            address = "pengaduan@contoh.example"
            host = "imap.contoh.example"
            port = 1993
            tls = "starttls"
            user = "u"
            password = "p"
            folders = ["INBOX", "Junk"]
            sent_folder = "Sent"
            since = 2026-11-01
            smtp_host = "smtp.contoh.example"
            smtp_port = 1587
            smtp_tls = "none"
            [telegram]
            base_url = "http://127.0.0.1:8081/bot"
            token = "1:x"
            group = -1001
            [queue]
            redis_url = "redis://127.0.0.1/0"
            [database]
            url = "sqlite:///x.db"
            [desk]
            undo_seconds = 5
            poll_seconds = 1
            card_seconds = 0.2
            lease_seconds = 3
            retry_seconds = 2
            quiet = ""
            approval = "coordinator+head"
            """
        )
    )
    [mail] = settings.email
    assert (mail.port, mail.smtp_port, mail.folders) == (1993, 1587, ("INBOX", "Junk"))
    zone = settings.facility[0].time_zone
    assert mail.since_utc(zone) == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert settings.telegram.root == "http://127.0.0.1:8081"
    assert settings.telegram.group == -1001
    assert settings.desk.approval == "coordinator+head"
    assert settings.desk.quiet == ""
    assert not settings.loopback, "the mail servers are not"


@pytest.mark.parametrize(
    ("written", "root"),
    [
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("http://127.0.0.1:1/", "http://127.0.0.1:1"),
        ("http://127.0.0.1:1/bot", "http://127.0.0.1:1"),
        ("http://127.0.0.1:1/bot/", "http://127.0.0.1:1"),
        ("http://127.0.0.1:1/tg/bot", "http://127.0.0.1:1/tg"),
    ],
)
def test_base_url_with_or_without_bot(config: Write, written: str, root: str) -> None:
    assert load(config(f'[telegram]\nbase_url = "{written}"')).telegram.root == root


def test_the_environment_wins(config: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANGGAP_TELEGRAM__BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TANGGAP_FACILITY__NAME", "Dari Lingkungan")
    file = config('[telegram]\ntoken = "1:x"\n[facility]\nname = "Dari Berkas"\nprofile = "ayah"\n')
    settings = load(file)
    assert settings.telegram.root == "http://127.0.0.1:9"
    assert settings.telegram.token.get_secret_value() == "1:x"
    assert [(one.name, one.profile) for one in settings.facility] == [("Dari Lingkungan", "ayah")]


def test_where_the_file_is_looked_for(
    tmp_path: Path, config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = tmp_path / "data" / "tanggap.toml"
    usual.parent.mkdir()
    usual.write_text('[facility]\nname = "Usual"\n')
    assert load().facility[0].name == "Usual"
    named = tmp_path / "named.toml"
    named.write_text('[facility]\nname = "Named"\n')
    monkeypatch.setenv("TANGGAP_CONFIG", str(named))
    assert load().facility[0].name == "Named"
    assert load(config('[facility]\nname = "Given"')).facility[0].name == "Given"


def test_several_facilities_and_their_accounts(config: Write) -> None:
    text = '[[facility]]\nname="Satu"\n[[facility]]\nname="Dua"\nslug="kedua"\n'
    settings = load(config(f'{text}{MAIL}facility="Dua"\n{MAIL}facility="satu"\n'))
    assert [settings.home(mail).key for mail in settings.email] == ["kedua", "satu"]


def test_usual_ports_follow_the_encryption(config: Write) -> None:
    [mail] = load(config(f'{MAIL}tls="none"\nsmtp_tls="starttls"')).email
    assert (mail.port, mail.smtp_port) == (143, 587)


def test_loopback_is_the_gateways(config: Write) -> None:
    assert load(config(MAIL)).loopback
    assert not load(config(f'{MAIL}smtp_host="smtp.contoh.example"')).loopback
    assert not load(config('[telegram]\ntoken="1:x"')).loopback
    assert load(config('[telegram]\ntoken="1:x"\nbase_url="http://localhost:1"')).loopback


TWO = '[[facility]]\nslug="a"\ngroup=-1\n[[facility]]\nslug="b"\n'
WRONG = [
    ('[telegrm]\ntoken="x"', "[telegrm]", "maksudnya telegram?"),
    ('[telegram]\ntokn="x"', "[telegram] tokn", "maksudnya token?"),
    ('[telegram]\nxyzzy="x"', "[telegram] xyzzy", "yang ada: base_url, token, group"),
    ("[telegram]\ntoken=3", "[telegram] token", "harus teks dalam tanda kutip"),
    ('[telegram]\nbase_url="contoh"', "[telegram] base_url", "http:// atau https://"),
    ('[telegram]\ngroup="@tim"', "[telegram] group", "bilangan bulat"),
    ('[[telegram]]\ntoken="x"', "[telegram]", "dimulai dengan [telegram]"),
    ('[[email]]\nname="a"\nuser="u"\npassword="p"', "[[email]] ke-1, host", "tambahkan host"),
    (MAIL.replace("password", "pasword"), "[[email]] ke-1, pasword", "maksudnya password?"),
    (f'{MAIL}port="imap"', "[[email]] ke-1, port", "bilangan bulat"),
    (f'{MAIL}folders="INBOX"', "[[email]] ke-1, folders", '["INBOX"]'),
    (f'{MAIL}tls="ssl"', "[[email]] ke-1, tls", "'implicit', 'starttls', 'none'"),
    (f'{MAIL}since="kemarin"', "[[email]] ke-1, since", "2026-11-20"),
    (f"{MAIL}{MAIL}", "[[email]] “hotline”", "pilih name lain"),
    (MAIL.replace("hotline", "manual"), "[[email]] “manual”", "pilih name lain"),
    (f'{MAIL}facility="lain"', "[[email]] “hotline”", "yang ada: puskesmas"),
    ('[facility]\nzone="WIB"', "[facility] zone", "Asia/Jakarta (WIB)"),
    ('[facility]\nprofile="x"', "[facility] profile", "arjuno, ayah"),
    ('[facility]\nworkdays="x"', "[facility] workdays", "mon-fri atau mon-sat"),
    ('[[facility]]\nname="A"\n[[facility]]\nname="A"', "[[facility]]", "slug sendiri"),
    (f"{TWO}[telegram]\ngroup=-1", "[telegram] group", "di tiap [[facility]]"),
    ("[facility]\ngroup=-1\n[telegram]\ngroup=-1", "dua kali", "hapus group"),
    (f"{TWO}group=-1", "group b sama dengan group a", "perlu grup sendiri"),
    ('[desk]\nquiet="20-6"', "[desk] quiet", '"20.00-06.00"'),
    ('[desk]\nundo_seconds="a"', "[desk] undo_seconds", "angka"),
    ('[desk]\napproval="saya"', "[desk] approval", "'coordinator', 'coordinator+head'"),
    ("[desk]\nlease_seconds=0", "[desk]", "lebih dari 0"),
    ("[telegram\n", "bukan TOML", "baris 1, kolom 10"),
    ("[telegram]\ntoken=rahasia", "bukan TOML", "baris 2"),
]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", [None]),
        ("[telegram]\ngroup=-1", [-1]),
        ("[facility]\ngroup=-2", [-2]),
        (f"{TWO}group=-2", [-1, -2]),
        (TWO, [-1, None]),
    ],
)
def test_every_facility_has_its_own_group(
    config: Write, text: str, groups: list[int | None]
) -> None:
    settings = load(config(text))
    assert [settings.group_of(facility) for facility in settings.facility] == groups


@pytest.mark.parametrize(("text", "key", "fix"), WRONG)
def test_what_is_wrong_names_key_file_and_fix(config: Write, text: str, key: str, fix: str) -> None:
    file = config(text)
    with pytest.raises(UserError) as caught:
        load(file)
    said = str(caught.value)
    assert key in said
    assert str(file) in said
    assert fix in said
    assert "rahasia" not in said
    assert said.endswith((".", "?"))
    assert "\n" not in said


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANGGAP_TELEGRAM__TOKN", "x")
    with pytest.raises(UserError, match=r"TANGGAP_TELEGRAM__TOKN.*maksudnya token"):
        load()
    monkeypatch.delenv("TANGGAP_TELEGRAM__TOKN")
    monkeypatch.setenv("TANGGAP_TELEGRM__TOKEN", "x")
    with pytest.raises(UserError, match="maksudnya TANGGAP_TELEGRAM__"):
        load()
    monkeypatch.delenv("TANGGAP_TELEGRM__TOKEN")
    monkeypatch.setenv("TANGGAP_EMAIL", "bukan json")
    with pytest.raises(UserError, match="JSON"):
        load()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="tidak ada"):
        load(tmp_path / "lain.toml")


def test_secrets_stay_out_of_every_repr(config: Write) -> None:
    settings = load(config(f'{MAIL}[telegram]\ntoken="123:rahasia"\n[queue]\nredis_url="rahasia"'))
    assert "rahasia" not in repr(settings) + str(settings)


@pytest.mark.parametrize(("mode", "after"), [(0o644, 0o600), (0o600, 0o600), (0o640, 0o640)])
def test_a_file_open_to_everybody_is_closed(config: Write, mode: int, after: int) -> None:
    file = config("")
    file.chmod(mode)
    load(file)
    assert file.stat().st_mode & 0o777 == after


def test_the_desk_keys_are_those_of_the_pipeline() -> None:
    ours = {name: field.default for name, field in Desk.model_fields.items() if name != "approval"}
    assert ours == {field.name: field.default for field in dataclasses.fields(DeskSettings)}


def test_the_mail_keys_are_those_of_the_channel() -> None:
    known = {field.name for field in dataclasses.fields(EmailConfig)}
    assert set(Email.model_fields) - {"facility", "since"} <= known


def test_a_time_with_a_zone_is_taken_as_it_is(config: Write) -> None:
    [mail] = load(config(f"{MAIL}since=2026-11-01T12:00:00+07:00")).email
    assert mail.since_utc(ZoneInfo("Asia/Jayapura")) == datetime(2026, 11, 1, 5, tzinfo=UTC)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().telegram.token = "x"  # type: ignore[assignment]


def test_who_is_told_by_mail(config: Write) -> None:
    second = MAIL.replace("hotline", "dinas") + 'smtp_host="127.0.0.1"\n'
    settings = load(config(f'{MAIL}{second}[fallback]\nemail=["a@contoh.example"]\n'))
    found = settings.fallback_of(settings.facility[0])
    assert found is not None
    plan, sender = found
    assert (plan.email, plan.after_minutes) == (("a@contoh.example",), 30.0)
    assert sender.name == "dinas", "the first that names its smtp_host"
    chosen = load(config(f'{MAIL}{second}[fallback]\nemail=["a@x.example"]\naccount="hotline"\n'))
    [facility] = chosen.facility
    found = chosen.fallback_of(facility)
    assert found is not None
    assert found[1].name == "hotline"
    assert load(config(f"{MAIL}[fallback]\nafter_minutes=1.5\n")).fallback_of(facility) is None


def test_the_environment_names_several(config: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANGGAP_FALLBACK__EMAIL", '["a@contoh.example", "b@contoh.example"]')
    [plan] = load(config(MAIL)).fallback
    assert plan.email == ("a@contoh.example", "b@contoh.example")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[fallback]\nemail=["a@contoh.example"]\n', "perlu satu [[email]]"),
        (MAIL + '[fallback]\nemail=["bukan alamat"]\n', "harus daftar alamat email"),
        (MAIL + '[fallback]\nemail=["a@x.example"]\nafter_minutes=0\n', "lebih dari 0"),
        (MAIL + '[fallback]\nemail=["a@x.example"]\naccount="lain"\n', "account harus salah satu"),
        (MAIL + '[fallback]\nemail=["a@x.example"]\nfacility="lain"\n', "facility harus"),
        (MAIL + '[[fallback]]\nemail=["a@x.example"]\n[[fallback]]\n', "dua untuk"),
    ],
)
def test_a_fallback_that_cannot_work_is_refused(config: Write, text: str, word: str) -> None:
    with pytest.raises(UserError, match=word.replace("[", r"\[")) as refused:
        load(config(text))
    assert "bukan alamat" not in str(refused.value)
