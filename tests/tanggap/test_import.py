"""`tanggap import`: from files to the register in one command."""

import json
from pathlib import Path

import pytest
from sqlmodel import select

from store.tables import Alert
from tests.engines import open_store
from tests.tanggap.conftest import Run, Write


def mail(name: str, sender: str = "warga@contoh.example", body: str = "Antre lama.") -> bytes:
    return (
        f"From: Warga <{sender}>\nTo: pkm@contoh.example\nSubject: {name}\n"
        f"Message-ID: <{name}@contoh.example>\n\n{body}\n"
    ).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "surat"
    folder.mkdir()
    for name in ("satu", "dua"):
        (folder / f"{name}.eml").write_bytes(mail(name))
    return folder


def alerts(tmp_path: Path) -> int:
    store = open_store(tmp_path / "data")
    try:
        with store.read() as db:
            return len(db.exec(select(Alert)).all())
    finally:
        store.close()


def register(run: Run, *more: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("register", "--json", *more).out.splitlines()]


def test_it_is_recorded_before_it_ends(run: Run, folder: Path, tmp_path: Path) -> None:
    done = run("import", folder)
    assert (done.status, done.err) == (0, "")
    assert "2 surel baru" in done.out
    lines = register(run)
    assert [line["external_ids"] for line in lines] == [
        ["dua@contoh.example"],
        ["satu@contoh.example"],
    ]
    assert {line["text"] for line in lines} == {"Antre lama."}
    assert alerts(tmp_path) == 0


def test_a_second_run_adds_nothing(run: Run, folder: Path) -> None:
    run("import", folder)
    before = register(run, "--all")
    done = run("import", folder, "--channel", "email")
    assert (done.status, done.out) == (
        0,
        "0 surel baru diambil, 2 sudah pernah diambil.\n",
    )
    assert register(run, "--all") == before


def test_the_same_mail_in_another_dress_is_one_message(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    run("import", folder)
    other = tmp_path / "lain.mbox"
    other.write_bytes(
        b"From x Sat Nov 21 22:39:37 2026\r\n" + mail("satu").replace(b"\n", b"\r\n") + b"\r\n"
    )
    assert "1 surel baru" in run("import", other).out
    assert len(register(run)) == 2


def test_alerts_on_request(run: Run, folder: Path, tmp_path: Path) -> None:
    assert run("import", folder, "--alert").status == 0
    assert alerts(tmp_path) == 2


def test_unreadable_files_are_listed_and_the_rest_goes_in(run: Run, folder: Path) -> None:
    (folder / "rusak.eml").write_bytes(b"\0\1\2")
    done = run("import", folder)
    assert done.status == 1
    assert f"{folder / 'rusak.eml'}: bukan surel" in done.err
    assert len(register(run)) == 2


def test_our_own_mail_is_set_aside(run: Run, config: Write, tmp_path: Path) -> None:
    """The settings say who we are, for files as for a server."""
    (tmp_path / "a.eml").write_bytes(mail("kita", sender="hotline@contoh.example"))
    file = config(
        '[[email]]\nname = "hotline"\nhost = "127.0.0.1"\nuser = "hotline@contoh.example"\n'
        'password = "x"\n'
    )
    assert run("import", tmp_path / "a.eml", "--config", file).status == 0
    assert register(run) == []
    assert [line["status"] for line in register(run, "--all")] == ["set-aside"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tidak-ada.eml",), "tidak ada"),
        ((".", "--channel", "sms"), "yang dapat: email"),
    ],
)
def test_mistakes(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run("import", *arguments)
    assert done.status == 1
    assert said in done.err
