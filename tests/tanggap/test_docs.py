"""What is written about the product is true: keys, commands, buttons, files, the picture."""

import configparser
import json
import re
import runpy
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
from pydantic import BaseModel, SecretStr

from notifier.buttons import MEDIA
from notifier.texts_id import TEXTS
from pipeline import profile
from store.states import Role
from tanggap.cli import app
from tanggap.settings import Settings, load
from tests.tanggap.conftest import Write

ROOT = Path(__file__).parents[2]
SETUP = (ROOT / "docs" / "setup.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "deploy" / "tanggap.example.toml").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GUIDES = sorted((ROOT / "docs" / "panduan").glob("*.md"))


ACCOUNTS = ("email", "twilio", "android", "gammu")
UNCOMMENTED = re.sub(r"^#(?=[a-z_]+ = |\[)", "", EXAMPLE, flags=re.M)


def sections() -> dict[str, type[BaseModel]]:
    """Every section of the settings and the model behind it."""
    found = {}
    for name, field in Settings.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))
        found[name] = next(it for it in kinds if isinstance(it, type) and issubclass(it, BaseModel))
    return found


def written(default: Any) -> str:
    """A default as the tables show it: a TOML value in backticks."""
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, tuple):
        default = list(default)
    return "none" if default is None else f"`{json.dumps(default)}`"


def cells(key: str) -> list[list[str]]:
    """The rows of the tables in docs/setup.md whose first cell is this key."""
    rows = [line.strip("|").split(" | ") for line in SETUP.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows if row[0].strip() == f"`{key}`"]


@pytest.mark.parametrize("section", sections())
def test_every_setting_is_in_the_table(section: str) -> None:
    for key, field in sections()[section].model_fields.items():
        default = "required" if field.is_required() else written(field.default)
        shown = [row[1:3] for row in cells(key)]
        name = f"`TANGGAP_{section.upper()}__{key.upper()}`"
        if section in ACCOUNTS:  # a list: the environment takes it whole
            assert default in [row[0] for row in shown], key
        else:
            assert [default, name] in shown, key


def test_no_setting_in_the_table_that_is_none() -> None:
    known = {key for model in sections().values() for key in model.model_fields}
    table = re.findall(r"^\| `([a-z_]+)` \|", SETUP, re.M)
    assert set(table) == known | set(profile.names()) & set(table)


def test_every_profile_is_in_the_table() -> None:
    for name in profile.names():
        rules = profile.load(name)
        [row] = [
            line for line in SETUP.splitlines() if re.match(rf"\| `{name}`( \(default\))? \|", line)
        ]
        assert row.split(" | ")[1] == rules.approval.replace("+", ", then ")
        assert ("none" in row) == (not any(rules.clocks.values()))


def test_every_environment_variable_of_the_product_is_named() -> None:
    named = set()
    for room in ("channels", "ingest", "notifier", "pipeline", "reports", "store", "tanggap"):
        for file in (ROOT / room).rglob("*.py"):
            named |= set(re.findall(r'"(TANGGAP_[A-Z]+(?:_[A-Z]+)*)"', file.read_text("utf-8")))
    assert named >= {"TANGGAP_DATA", "TANGGAP_CONFIG"}
    for name in named:
        assert f"`{name}`" in SETUP, name


def test_every_command_and_role_is_in_the_pages() -> None:
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        paths = [f"{name} {inner}" for inner in getattr(command, "commands", ())] or [name]
        for path in paths:
            assert re.search(rf"`tanggap {path}\b", SETUP), path
    for role in Role:
        assert f"`{role}`" in SETUP


def test_no_command_in_the_pages_that_is_none() -> None:
    group: Any = typer.main.get_command(app)
    for page in PAGES:
        for name in re.findall(r"`tanggap ([a-z][a-z-]*)", page.read_text(encoding="utf-8")):
            assert name in group.commands, (page, name)


def test_the_example_is_a_configuration(config: Write) -> None:
    settings = load(config(EXAMPLE))
    assert settings.telegram.group is None  # found only once the bot runs
    assert [account.name for account in settings.email] == ["aduan"]


def test_what_the_example_leaves_out_is_right_too(config: Write) -> None:
    load(config(UNCOMMENTED))
    document = tomllib.loads(UNCOMMENTED)
    written = {name: one[0] if name in ACCOUNTS else one for name, one in document.items()}
    missing = {
        (section, key)
        for section in ("facility", *ACCOUNTS, "telegram", "desk", "webhook")
        for key in sections()[section].model_fields
        if key not in written[section]
    }
    # For several facilities, for tests, and without an effect so far.
    several = {("facility", "group"), *((account, "facility") for account in ACCOUNTS)}
    tests = {("telegram", "base_url"), ("twilio", "base_url"), ("twilio", "content_url")}
    assert missing == several | tests | {("email", "file_sent")}


def test_the_defaults_in_the_example_are_the_defaults() -> None:
    bare = tomllib.loads(UNCOMMENTED)
    bare["desk"].pop("approval")
    assert bare["desk"] == sections()["desk"]().model_dump(exclude={"approval"})


def test_the_unit_starts_what_there_is() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "deploy" / "systemd" / "tanggap.service", encoding="utf-8")
    assert unit["Service"]["ExecStart"] == "/opt/tanggap/.venv/bin/tanggap run"
    assert unit["Service"]["Environment"] == "TANGGAP_DATA=/var/lib/tanggap"
    assert unit["Service"]["StateDirectory"] == "tanggap"
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_a_districts_unit_differs_only_in_its_part() -> None:
    units = ROOT / "deploy" / "systemd"
    alone, part = (
        {line for line in (units / name).read_text(encoding="utf-8").splitlines() if "=" in line}
        for name in ("tanggap.service", "tanggap@.service")
    )
    assert {line.partition("=")[0] for line in alone - part} == {
        *("Description", "Documentation", "ExecStart"),
    }
    assert "ExecStart=/opt/tanggap/.venv/bin/tanggap %i" in part
    assert {line.partition("=")[0] for line in part - alone if line[0] != "#"} == {
        *("Description", "Documentation", "ExecStart", "After", "EnvironmentFile"),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_are_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    rooms = "channels|ingest|notifier|pipeline|reports|store|tanggap|simulator|deploy|docs|scripts"
    for name in re.findall(rf"`((?:{rooms})/[\w./-]+)`", text):
        assert "NAME" in name or (ROOT / name).exists(), name


def test_make_knows_what_the_readme_says() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    named = re.findall(r"(?:^|`)make ([a-z]+)", README, re.M)
    assert {"demo", "test"} <= set(named) <= set(targets)
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_the_guides_use_the_words_of_the_chat(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    labels = {
        re.sub(r"\s*\(?\{\w+\}\)?", "", words)
        for key, words in TEXTS.items()
        if key.startswith("button.") or key in {f"medium.{medium}" for medium in MEDIA}
    }
    for label in re.findall(r"(?<!\[)\[([^][]+)\](?![(\]])", text):
        assert re.sub(r" \d+$", "", label) in labels | sections().keys(), label
    for command in re.findall(r"(?<![\w/.])/([a-z]+)\b(?![/.])", text):
        assert command in ("start", "newbot", "opt", "var") or f"/{command}" in TEXTS["notice.help"]


def test_the_picture_shows_the_chat_as_it_is_and_asks_nobody_for_anything() -> None:
    drawn = (ROOT / "docs" / "chat.svg").read_text(encoding="utf-8")
    elsewhere = drawn.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|url\(|@import|href|<image|<style", elsewhere)
    script = runpy.run_path(str(ROOT / "scripts" / "chat_svg.py"))
    assert script["picture"]() == drawn, "draw it again: .venv/bin/python scripts/chat_svg.py"
