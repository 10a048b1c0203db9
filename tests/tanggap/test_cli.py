"""The command line as it is met from outside."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from sqlalchemy import text

from simulator.telegram import Telegram
from tanggap.cli import app, config_first
from tests.engines import look_into
from tests.tanggap.conftest import Run, Write

_REPO = Path(__file__).parents[2]
COMMANDS = (
    *("init", "doctor", "run", "poll", "work", "bot", "import", "replay", "register"),
    *("deadline", "desk", "staff", "demo", "bench"),
)
ARJUNO = '[facility]\nname = "Puskesmas Contoh"\nprofile = "arjuno"\n'


def test_help_comes_at_once_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from tanggap.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('sqlmodel', 'pydantic', 'telegram', 'rich', 'alembic',"
        " 'structlog', 'imapclient') if name in sys.modules])"
    )
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=_REPO, capture_output=True, text=True, check=True
    )
    assert time.monotonic() - begun < 2.0, "0.1 s on an idle machine; the target is 0.5 s"
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_command_is_listed_and_explains_itself(run: Run) -> None:
    shown = run("--help").out
    for name in COMMANDS:
        line = re.search(rf"^  {name} +(\S.*)$", shown, re.M)
        assert line, name
        assert not line[1].endswith("..."), f"{name}: the summary is cut off"
        assert "Usage" in run(name, "--help").out


def test_every_option_has_words() -> None:
    group = typer.main.get_command(app)
    commands = dict(group.commands)  # type: ignore[attr-defined]
    commands |= {f"staff {name}": one for name, one in commands.pop("staff").commands.items()}
    for name, command in commands.items():
        assert command.help, name
        for parameter in command.params:
            if getattr(parameter, "hidden", False):
                continue
            assert getattr(parameter, "help", None), (name, parameter.name)


@pytest.mark.parametrize(
    ("given", "sorted_"),
    [
        (["run", "--config", "a"], ["--config", "a", "run"]),
        (["staff", "add", "--config=a", "X"], ["--config=a", "staff", "add", "X"]),
        (["--config", "a", "run"], ["--config", "a", "run"]),
        (["import", "--", "--config"], ["import", "--", "--config"]),
        (["run", "--config"], ["--config", "run"]),
        ([], []),
    ],
)
def test_config_may_stand_anywhere(given: list[str], sorted_: list[str]) -> None:
    assert config_first(given) == sorted_


def test_config_before_and_after(run: Run, config: Write) -> None:
    file = config(ARJUNO)
    for arguments in (("--config", file, "init"), ("init", "--config", file)):
        done = run(*arguments)
        assert done.status == 0
        assert "Puskesmas Contoh (puskesmas-contoh), profil arjuno" in done.out


def test_a_wrong_setting_is_one_sentence_and_status_1(config: Write, tmp_path: Path) -> None:
    file = config('[telegram]\ntokn = "x"')
    done = subprocess.run(
        [sys.executable, "-m", "tanggap", "init", "--config", str(file)],
        cwd=_REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"Setelan [telegram] tokn di {file}: tidak dikenal; maksudnya token?\n"
    assert done.stdout == ""


def test_init_can_be_repeated(run: Run) -> None:
    assert run("init").status == 0
    assert run("init").status == 0


@pytest.mark.sqlite
def test_the_database_is_its_owner_s_alone(run: Run, tmp_path: Path) -> None:
    done = run("init")
    database = tmp_path / "data" / "tanggap.db"
    assert str(database) in done.out
    assert database.stat().st_mode & 0o077 == 0


def test_a_data_folder_that_cannot_be_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TANGGAP_DATA", str(tmp_path / "file" / "data"))
    done = run("init")
    assert done.status == 1
    assert "TANGGAP_DATA" in done.err


def test_a_newer_database_refuses(run: Run, tmp_path: Path) -> None:
    run("init")
    with look_into(tmp_path / "data") as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    done = run("register")
    assert done.status == 1
    assert "versi Tanggap yang lebih baru" in done.err


def test_a_name_in_another_encoding_is_stored_without_what_cannot_be(run: Run) -> None:
    assert run("staff", "add", "Si\udcff\nti", "--role", "clerk").status == 0
    assert json.loads(run("staff", "list", "--json").out)["name"] == "Si ti"
    done = run("staff", "add", "Budi", "--role", "clerk", "--telegram", str(2**63))
    assert done.status == 1
    assert "--telegram" in done.err


def test_renaming_the_only_facility_keeps_its_book(run: Run, config: Write) -> None:
    run("staff", "add", "Budi", "--role", "clerk")
    done = run("staff", "list", "--json", "--config", config(ARJUNO))
    assert json.loads(done.out)["name"] == "Budi"


@pytest.mark.parametrize(
    ("arguments", "moment"),
    [
        (("2026-11-20T15:00", "--clock", "alert", "--profile", "arjuno"), "2026-11-23T15:00+07:00"),
        (
            ("2026-11-20T15:00", "--clock=alert", "--profile=arjuno", "--workdays=mon-sat"),
            "2026-11-21T15:00+07:00",
        ),
        (
            ("2026-11-20T15:00:59+09:00", "--clock=alert", "--profile=arjuno"),
            "2026-11-23T13:00+07:00",
        ),
    ],
)
def test_deadline(run: Run, arguments: tuple[str, ...], moment: str) -> None:
    done = run("deadline", *arguments)
    assert (done.status, done.out) == (0, f"{moment}\n")


def test_deadline_of_the_facility(run: Run, config: Write, tmp_path: Path) -> None:
    days = tmp_path / "libur.toml"
    days.write_text("[[day]]\ndate = 2026-11-23\noff = true\n")
    file = config(f'{ARJUNO}zone = "Asia/Jayapura"\nholidays = "{days.as_posix()}"\n')
    done = run("deadline", "2026-11-20T15:00", "--clock", "alert", "--config", file)
    assert done.out == "2026-11-24T15:00+09:00\n"


def test_a_deadline_nobody_set(run: Run) -> None:
    done = run("deadline", "2026-11-20T15:00", "--clock", "box", "--profile", "arjuno")
    assert done.status == 1
    assert done.err.count("\n") == 1


def test_staff_by_code_without_telegram(run: Run) -> None:
    done = run("staff", "add", "Budi", "--role", "clerk")
    assert done.status == 0
    assert re.search(r"/start [\w-]{22}$", done.out, re.M)


def test_staff_by_link(run: Run, config: Write, telegram: Telegram) -> None:
    text = f'[telegram]\nbase_url = "{telegram.base_url}"\ntoken = "{telegram.token}"\n'
    done = run("staff", "add", "Budi", "--role", "clerk", "--config", config(text))
    assert re.search(r"https://t\.me/tanggap_bot\?start=[\w-]{22}$", done.out, re.M)


def test_staff_by_numeric_id_and_away(run: Run) -> None:
    assert run("staff", "add", "Sari", "--role", "coordinator", "--telegram", "77").status == 0
    assert run("staff", "add", "Sari", "--role", "coordinator", "--telegram", "77").status == 0
    [line] = run("staff", "list", "--json").out.splitlines()
    assert json.loads(line) == {
        "id": 1,
        "name": "Sari",
        "role": "coordinator",
        "telegram": 77,
        "started": False,
        "active": True,
    }
    assert "belum menekan Start" in run("staff", "list").out
    assert run("staff", "revoke", "77").status == 0
    assert "dicabut" in run("staff", "list").out
    done = run("staff", "revoke", "Sari")
    assert done.status == 1
    assert "tanggap staff list" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "Budi", "--role", "bos"), "clerk, team, coordinator"),
        (("add", " ", "--role", "clerk"), "belum diisi"),
        (("add", "Budi", "--role", "clerk", "--telegram=-100"), "bukan id grup"),
        (("revoke", "Siapa"), "tidak ada"),
        (("list", "--facility", "lain"), "--facility: puskesmas"),
    ],
)
def test_staff_mistakes(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run("staff", *arguments)
    assert done.status == 1
    assert said in done.err


def test_an_empty_register(run: Run) -> None:
    assert (run("register", "--json").status, run("register", "--json", "--all").out) == (0, "")
    assert "masih kosong" in run("register").out
    done = run("register", "--since", "kemarin")
    assert (done.status, done.err.count("\n")) == (1, 1)


def test_what_nobody_foresaw_says_no_words(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from tanggap import settings

    def broken(_config: object) -> None:
        raise RuntimeError("rahasia")

    monkeypatch.setattr(settings, "load", broken)
    with pytest.raises(RuntimeError):  # goes on to the hook, which writes type and place
        run("init")
    assert sys.excepthook.__module__ == "tanggap.log"
