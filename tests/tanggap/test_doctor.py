"""The doctor finds what is wrong, says how to mend it, and is content with a healthy desk."""

import json
from pathlib import Path

import pytest

from simulator.telegram import Telegram
from tests.tanggap.conftest import Run, Write


def findings(run: Run, *arguments: str | Path) -> tuple[int, dict[str, str]]:
    """What is wrong, and its cure."""
    done = run("doctor", "--json", *arguments)
    rows = [json.loads(line) for line in done.out.splitlines()]
    return done.status, {row["what"]: row["fix"] for row in rows if not row["ok"]}


def test_an_empty_desk_is_told_what_it_lacks(run: Run) -> None:
    status, wrong = findings(run)
    assert status == 1
    assert [what.split(": ")[1] for what in wrong] == [
        "belum ada token",
        "ada koordinator yang menyetujui balasan",
        "belum ada grup tim",
    ]
    assert all(wrong.values())


@pytest.fixture
def desk(run: Run, config: Write, telegram: Telegram) -> Path:
    """Everything in place: a token, a group, a coordinator who pressed Start."""
    ani = telegram.world.user(501, "Ani")
    group = telegram.world.group("Tim Aduan", [ani], bot=True)
    file = config(
        f'[telegram]\nbase_url = "{telegram.base_url}"\ntoken = "{telegram.token}"\n'
        f"group = {group.id}\n"
    )
    run("staff", "add", "Ani", "--role", "coordinator", "--telegram", "501", "--config", file)
    _start(file)
    return file


def _start(file: Path) -> None:
    from store.engine import open_store
    from store.tables import Staff
    from tanggap.settings import load

    store = open_store(load(file).data)
    with store.write("test") as db:
        row = db.get(Staff, 1)
        assert row is not None
        row.started = True
    store.close()


def test_a_healthy_desk(run: Run, desk: Path) -> None:
    assert findings(run, "--config", desk) == (0, {})
    done = run("doctor", "--config", desk)
    assert done.status == 0
    assert "✗" not in done.out


def test_a_person_who_has_not_pressed_start_and_a_missing_head(run: Run, desk: Path) -> None:
    desk.write_text(desk.read_text() + '[facility]\nprofile = "arjuno"\n')
    run("staff", "add", "Budi", "--role", "clerk", "--telegram", "502", "--config", desk)
    _, wrong = findings(run, "--config", desk)
    assert [what.split(": ")[1] for what in wrong] == [
        "ada kepala yang menyetujui balasan",
        "Budi belum menekan Start di bot",
    ]


def test_a_token_that_telegram_refuses(run: Run, desk: Path, telegram: Telegram) -> None:
    desk.write_text(desk.read_text().replace(telegram.token, "1:salah"))
    _, wrong = findings(run, "--config", desk)
    assert "@BotFather" in wrong["Telegram: bot tidak menjawab"]
    assert "salah" not in str(wrong)


def test_a_group_the_bot_is_not_in(run: Run, desk: Path) -> None:
    text = desk.read_text()
    desk.write_text(text[: text.rindex("group")] + "group = -5\n")
    _, wrong = findings(run, "--config", desk)
    assert list(wrong) == ["Puskesmas: grup tim"]


def test_what_the_pipeline_gave_up(run: Run, desk: Path) -> None:
    from datetime import UTC, datetime

    from store.engine import open_store
    from store.states import Disposition
    from store.tables import Delivery
    from tanggap.settings import load

    findings(run, "--config", desk)  # makes the accounts' rows
    store = open_store(load(desk).data)
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    with store.write("test") as db:
        for number, end in enumerate((Disposition.QUARANTINED, Disposition.PENDING)):
            db.add(
                Delivery(
                    facility_id=1,
                    account_id=1,
                    stream="s",
                    transport_id=str(number),
                    received_at=long_ago,
                    fetched_at=long_ago,
                    size=1,
                    raw=b"x",
                    disposition=end,
                )
            )
    store.close()
    status, wrong = findings(run, "--config", desk)
    assert status == 1
    assert [what.split(": ")[1] for what in wrong] == [
        "1 kiriman menunggu dicatat lebih dari 10 menit",
        "1 kiriman dikarantina",
    ]
