"""The doctor finds what is wrong, says how to mend it, and is content with a healthy desk."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from channels.base import Finding
from pipeline import chathealth, posts
from pipeline.chathealth import Why
from simulator.telegram import Telegram
from store.posts import draw_plainly
from store.states import Disposition
from store.tables import Account, Counter, Delivery, Staff
from tanggap import doctor
from tanggap.settings import load
from tests.engines import open_store
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


@pytest.mark.parametrize(
    ("why", "cure"),
    [
        (Why.RESTRICTED, "izin menulis"),
        (Why.TOKEN, "@BotFather"),
        (Why.AWAY, "internet"),
        (Why.SILENT, "dicoba terus"),
        (Why.BUSY, "meminta menunggu"),
        (Why.CONFLICT, "Program lain"),
        (Why.REFUSED, "log"),
        (Why.REMOVED, "Masukkan bot kembali"),
    ],
)
def test_cards_that_cannot_get_into_the_group(
    run: Run, desk: Path, telegram: Telegram, why: Why, cure: str
) -> None:
    findings(run, "--config", desk)  # enrols the group
    since = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    store = open_store(load(desk).data)
    with store.write("test") as db:
        chathealth.chat_failed(db, 1, why, since)
        chathealth.chat_failed(db, 1, why, since + timedelta(hours=1))
        bot_id = int(telegram.token.partition(":")[0])
        chathealth.listening_failed(db, bot_id, Why.CONFLICT, since)
    store.close()
    _, wrong = findings(run, "--config", desk)
    listening = wrong.pop("Telegram: tombol dan pesan tidak sampai sejak 23/11 09.00")
    assert "Program lain memakai token ini" in listening
    [(what, fix)] = wrong.items()
    assert what.startswith("Puskesmas: grup tim")
    assert cure in fix


def test_a_card_that_was_shown_plainly(run: Run, desk: Path) -> None:
    findings(run, "--config", desk)
    store = open_store(load(desk).data)
    with store.write("test") as db:
        now = datetime.now(UTC)
        card = posts.ask(db, posts.View.CARD, facility_id=1, now=now)
        draw_plainly(db, card.id or 0)
    store.close()
    _, wrong = findings(run, "--config", desk)
    assert list(wrong) == ["Puskesmas: 1 kartu hanya memuat nomor, karena gagal digambar"]


def delivery(number: int, end: Disposition, account_id: int = 1, **fields: Any) -> Delivery:
    """One that came in long ago."""
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    return Delivery(
        facility_id=1,
        account_id=account_id,
        stream="s",
        transport_id=str(number),
        received_at=long_ago,
        fetched_at=long_ago,
        size=1,
        raw=b"x",
        disposition=end,
        **fields,
    )


def test_what_the_pipeline_gave_up(run: Run, desk: Path) -> None:
    findings(run, "--config", desk)  # makes the accounts' rows
    store = open_store(load(desk).data)
    with store.write("test") as db:
        db.add(delivery(1, Disposition.QUARANTINED, reason="failed", error="RecursionError"))
        db.add(delivery(2, Disposition.PENDING))
    store.close()
    status, wrong = findings(run, "--config", desk)
    assert status == 1
    assert [what.split(": ")[1] for what in wrong] == [
        "1 kiriman dikarantina, akun manual (manual), diterima sejak 01/01 07.00, "
        "gagal diolah (RecursionError); nomor kiriman 1",
        "1 kiriman menunggu dicatat lebih dari 10 menit, sejak 01/01 07.00",
    ]
    assert "tanggap replay" in next(iter(wrong.values()))


def test_an_account_that_is_gone_from_the_configuration(run: Run, desk: Path) -> None:
    mail = '[[email]]\nname = "lama"\nhost = "127.0.0.1"\nport = 1\ntls = "none"\n'
    mail += 'user = "u"\npassword = "p"\n'
    before = desk.read_text()
    desk.write_text(before + mail)
    findings(run, "--config", desk)
    store = open_store(load(desk).data)
    with store.write("test") as db:
        account = db.exec(select(Account).where(Account.name == "lama")).one()
        db.add(delivery(1, Disposition.PENDING, account.id or 0))
    store.close()
    desk.write_text(before)
    status, wrong = findings(run, "--config", desk)
    assert status == 1
    [what] = wrong
    assert "1 kiriman akun lama (email) menunggu" in what
    assert 'name = "lama"' in wrong[what]


def test_counts_that_do_not_add_up(run: Run, desk: Path) -> None:
    findings(run, "--config", desk)
    store = open_store(load(desk).data)
    with store.write("test") as db:
        db.add(delivery(1, Disposition.RECORDED))
        db.add(Counter(facility_id=1, year=2026, last=2))
    store.close()
    _, wrong = findings(run, "--config", desk)
    [what] = wrong
    assert "1 diterima, 1 recorded, 1 tercatat tanpa pesan, 2 nomor aduan hilang" in what


def test_a_check_that_fails_stops_no_other(
    run: Run, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_exam: object) -> Iterator[Finding]:
        raise RuntimeError("nama warga")
        yield

    monkeypatch.setattr(doctor, "CHECKS", (broken, *doctor.CHECKS))
    status, wrong = findings(run, "--config", desk)
    assert status == 1
    assert list(wrong) == ["Pemeriksaan broken gagal: RuntimeError"]
