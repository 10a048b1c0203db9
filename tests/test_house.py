"""The house itself: what is installed is what is there, and no file tells where it was written."""

import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_ROOMS = ("channels", "ingest", "notifier", "pipeline", "reports", "simulator", "store", "tanggap")
_REGISTRIES = (b"pypi." + b"org", b"python" + b"hosted", b"registry." + b"npm", b"crates." + b"io")
_MACHINES = (b"/work" + b"/", b"../" + b"shared")


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file under version control; of a copy without one, every file of the rooms."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False
    ).stdout
    names = listed.decode().split("\0") if listed else []
    if not names:
        names = [str(path) for room in (*_ROOMS, "tests", "docs") for path in _files(ROOT / room)]
    return [path for name in names if name and (path := ROOT / name).is_file()]


def _files(room: Path) -> list[Path]:
    return [path for path in room.rglob("*") if "__pycache__" not in path.parts]


def _packages() -> set[str]:
    return {
        ".".join(init.parent.relative_to(ROOT).parts)
        for room in _ROOMS
        for init in (ROOT / room).rglob("__init__.py")
    }


def test_every_package_is_installed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert sorted(settings["packages"]) == sorted(_packages())


def test_every_module_is_in_a_package() -> None:
    homes = {
        ".".join(module.parent.relative_to(ROOT).parts)
        for room in _ROOMS
        for module in (ROOT / room).rglob("*.py")
    }
    assert homes == _packages()


def test_every_file_that_is_no_module_is_installed(tracked: list[Path]) -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"][
        "package-data"
    ]
    installed = {
        path
        for package, patterns in data.items()
        for pattern in patterns
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    rooms = {ROOT / room for room in _ROOMS}
    others = {path for path in tracked if rooms & set(path.parents) and path.suffix != ".py"}
    assert others <= installed


def test_every_test_folder_is_a_package(tracked: list[Path]) -> None:
    folders = {path.parent for path in tracked if path.name.startswith("test_")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_no_file_names_a_registry_or_this_machine(tracked: list[Path]) -> None:
    telling = [
        str(path.relative_to(ROOT))
        for path in tracked
        for content in [path.read_bytes()]
        if any(word in content for word in (*_REGISTRIES, *_MACHINES))
    ]
    assert telling == []
