"""`[health]`: loopback alone, and a heartbeat that nobody overhears."""

import configparser
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from pipeline.errors import UserError
from tanggap.health import verdict
from tanggap.health.monitor import LOOK_SECONDS
from tanggap.health.section import Health
from tanggap.settings import load
from tests.tanggap.conftest import Write


def test_it_is_off_by_default() -> None:
    health = Health()
    assert (health.listen, health.heartbeat_url.get_secret_value()) == ("", "")


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:9187", ("127.0.0.1", 9187)),
        ("127.8.9.1:0", ("127.8.9.1", 0)),
        ("localhost:9187", ("127.0.0.1", 9187)),
        ("[::1]:9187", ("::1", 9187)),
    ],
)
def test_loopback_is_taken(listen: str, address: tuple[str, int]) -> None:
    assert Health(listen=listen).address == address


@pytest.mark.parametrize(
    "listen",
    [
        "0.0.0.0:9187",
        "[::]:9187",
        "192.168.1.5:80",
        ":9187",
        "9187",
        "desa.example:1",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:70000",
        "127.0.0.1:-1",
        "127.0.0.1:http",
    ],
)
def test_nothing_else_is(listen: str) -> None:
    with pytest.raises(ValidationError, match="reverse proxy"):
        Health(listen=listen)


@pytest.mark.parametrize("url", ["https://contoh.example/abc", "http://127.0.0.1:9/abc"])
def test_a_safe_heartbeat(url: str) -> None:
    assert url not in repr(Health(heartbeat_url=SecretStr(url)))


@pytest.mark.parametrize("url", ["http://contoh.example/rahasia", "ftp://x/rahasia", "https://"])
def test_an_unsafe_heartbeat_is_refused_and_not_repeated(config: Write, url: str) -> None:
    with pytest.raises(UserError, match=r"\[health\] heartbeat_url .*harus alamat https") as error:
        load(config(f'[health]\nheartbeat_url = "{url}"\n'))
    assert "rahasia" not in str(error.value)


@pytest.mark.parametrize("seconds", ["0", "-5", "nan"])
def test_a_heartbeat_has_a_pause(config: Write, seconds: str) -> None:
    with pytest.raises(UserError, match="heartbeat_seconds"):
        load(config(f"[health]\nheartbeat_seconds = {seconds}\n"))


def test_a_heartbeat_to_the_internet_is_no_loopback(config: Write) -> None:
    assert not load(config('[health]\nheartbeat_url = "https://contoh.example/x"\n')).loopback
    assert load(config('[health]\nheartbeat_url = "http://localhost/x"\n')).loopback


def test_the_example_shows_every_key() -> None:
    root = Path(__file__).parents[3]
    example = (root / "deploy" / "tanggap.example.toml").read_text(encoding="utf-8")
    document = tomllib.loads(re.sub(r"^#(?=[a-z_]+ = |\[)", "", example, flags=re.M))["health"]
    assert list(document) == list(Health.model_fields)
    assert Health(**document).heartbeat_seconds == Health().heartbeat_seconds


def test_the_unit_wants_the_watchdog_fed_and_keeps_no_core() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    root = Path(__file__).parents[3]
    unit.read(root / "deploy" / "systemd" / "tanggap.service", encoding="utf-8")
    service = unit["Service"]
    assert service["Type"] == "notify"
    # Fed thrice and more within the time, whatever one look costs.
    assert float(service["WatchdogSec"]) >= 3 * LOOK_SECONDS
    assert (service["WatchdogSignal"], service["LimitCORE"]) == ("SIGKILL", "0")
    assert service["Restart"] == "on-failure"
    assert "AF_UNIX" in service["RestrictAddressFamilies"].split()


def test_the_page_explains_every_reason() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", page, re.M) == list(verdict.REASONS)
