"""The demo as somebody runs it, and its counting against tampered remains."""

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator.gammu import available
from tanggap.demo import ledger, secrecy, stories, witness
from tanggap.demo.count import Row, compare
from tests.tanggap.demo_run import DemoRun, alive_below, play

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    return play(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def remains(played: DemoRun, tmp_path: Path) -> Path:
    """A copy of what a run left, to be tampered with."""
    return Path(shutil.copytree(played.folder, tmp_path / "remains"))


def counted(folder: Path) -> list[Row]:
    return compare(witness.tally(folder), ledger.tally(folder / "data" / "tanggap.db"))


def test_it_ends_well_and_says_where_everything_lies(played: DemoRun) -> None:
    assert played.ended_well(), played.out[-2000:]
    assert "undo_seconds = 5" in played.out
    assert "card_seconds = 1" in played.out
    assert "Buku pengaduan" in played.out
    assert f"Basis data: {played.folder / 'data' / 'tanggap.db'}" in played.out.replace("\n", "")
    assert alive_below(played.folder) == []


def test_the_chat_is_shown_with_every_kind_of_decision(played: DemoRun) -> None:
    for said in (
        "Aduan baru",
        "[Saya tangani 0001]",
        "[Setujui & kirim]",
        "[Minta perbaikan]",
        "/setujui 0002",
        "Konsep ke-2 siap",
        "[Batal kirim]",
        "dibatalkan dan tidak dikirim",
        "Tekan [Buka bot], lalu Start",
        "[Gabungkan dengan 0007]",
        "Pesan susulan untuk",
        "Alamatnya tidak ada",
        "/catat",
        "[Sudah dikirim]",
        "Aduan terbuka",
        "· WhatsApp · Jawab s.d.",
        "Jendela WA sudah tutup",
        "siap, balas LIHAT",
        "Lantai WC sudah dikeringkan",
        "Obatnya sudah datang pagi ini",
        "Poli gigi tutup Kamis kemarin",
    ):
        assert said in played.out, said


def test_both_countings_find_the_same(remains: Path) -> None:
    rows = counted(remains)
    assert [row.label for row in rows if not row.agrees] == []
    found = {row.label: len(row.database) for row in rows}
    assert found["Surat di server, masing-masing satu nasib"] > 40
    assert found["Susulan yang bergabung sendiri"] == 3
    assert found["Surat kembar"] == 2
    assert found["Surat kembali (pantulan)"] == 1
    assert found["Balasan di kotak surat warga"] == 5
    assert found["Teks otomatis di kotak surat warga"] > 20
    modem = available()
    assert found["Pesan warga lewat WhatsApp dan SMS, di aduannya"] == 6 + modem
    # Three or four answers, the template, and receipts: none to who wrote 25 hours ago.
    assert found["Pesan kita di ponsel warga"] == 6 + 2 * modem
    assert found["Sampai atau dibaca, menurut gateway"] == 6
    assert found["Balasan disampaikan petugas"] == 1
    assert found["Balasan dibatalkan"] == 1


def test_every_request_stands_in_the_request_log(played: DemoRun) -> None:
    def entries(name: str) -> list[dict[str, Any]]:
        lines = (played.folder / name).read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    logged = Counter(entry["gateway"] for entry in entries("permintaan.jsonl"))
    asked = Counter(entry["gateway"] for entry in entries("gateways.jsonl"))
    for gateway in ("telegram", "twilio", "android"):
        assert logged[gateway] == asked[gateway] > 0, gateway
    # What a strict double refused would not be valid by the provider's description.
    refused = [e for e in entries("gateways.jsonl") if e["outcome"].startswith("refused")]
    assert [e for e in refused if e["gateway"] in ("twilio", "android")] == []
    assert "0123456789abcdef" not in (played.folder / "permintaan.jsonl").read_text("utf-8")


def _sql(*statements: str) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "data" / "tanggap.db")) as db:
            for statement in statements:
                assert db.execute(statement).rowcount > 0
            db.commit()

    return tamper


def _second_copy_of_a_mail(folder: Path) -> None:
    path = folder / "gateways.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    again = next(line for line in lines if json.loads(line)["gateway"] == "imap")
    path.write_text("\n".join([*lines, again]) + "\n", encoding="utf-8")


def _second_copy_of_an_answer(folder: Path) -> None:
    letter = next((folder / "kotak-surat").glob("*/new/*"))
    shutil.copy(letter, letter.with_name(f"{letter.name}x"))


def _answer_in_a_wrong_mailbox(folder: Path) -> None:
    letter = next((folder / "kotak-surat").glob("*/new/*"))
    other = next(it for it in (folder / "kotak-surat").iterdir() if it not in letter.parents)
    letter.rename(other / "new" / f"{letter.name}x")


def _cards_without_a_number(folder: Path) -> None:
    path = folder / "gateways.jsonl"
    text = path.read_text(encoding="utf-8")
    number = sorted(it for it in witness.tally(folder)["Nomor aduan pada kartu grup"])[-1]
    path.write_text(text.replace(number, "ADU"), encoding="utf-8")


def _strange_text_on_a_phone(folder: Path) -> None:
    path = folder / "ponsel.jsonl"
    strange = {"channel": "twilio", "to": "+6281200000499", "text": "?", "id": "SM0", "state": ""}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(strange) + "\n")


def _lost_text_of_a_phone(folder: Path) -> None:
    path = folder / "ponsel.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[1:]) + "\n", encoding="utf-8")


TAMPERED: dict[str, Callable[[Path], None]] = {
    "a complaint is gone": _sql("DELETE FROM complaint WHERE id = (SELECT max(id) FROM complaint)"),
    "a text on a phone that nobody sent": _strange_text_on_a_phone,
    "an answer by telephone that never arrived": _lost_text_of_a_phone,
    "read where it only arrived": _sql(
        "UPDATE reply_part SET state = 'delivered' WHERE state = 'read'"
    ),
    "a message belongs to nobody": _sql(
        "UPDATE message SET complaint_id = NULL WHERE id = (SELECT min(id) FROM message)"
    ),
    "a mail was recorded twice": _sql(
        "UPDATE delivery SET disposition = 'recorded' WHERE disposition = 'duplicate'",
        "UPDATE message SET delivery_id = (SELECT d.id FROM delivery d WHERE NOT EXISTS "
        "(SELECT 1 FROM message m WHERE m.delivery_id = d.id) LIMIT 1) "
        "WHERE id = (SELECT max(id) FROM message)",
    ),
    "a delivery has no end": _sql("UPDATE delivery SET disposition = 'pending' WHERE id = 1"),
    "a follow-up lies with another case": _sql(
        "UPDATE message SET complaint_id = 9 WHERE delivery_id = "
        "(SELECT max(id) FROM delivery WHERE disposition = 'joined')"
    ),
    "a number is missing": _sql(
        "UPDATE complaint SET number = 'ADU-2026-0900' WHERE number LIKE '%-0003'"
    ),
    "an answer was not approved": _sql("DELETE FROM approval WHERE step = 'head' AND reply_id = 1"),
    "an answer has another recipient": _sql(
        "UPDATE reply SET recipient = 'lain@surel.example' WHERE id = 1"
    ),
    "what was called back counts as sent": _sql(
        "UPDATE reply_part SET state = 'accepted' WHERE state = 'cancelled'"
    ),
    "a mail was put in twice": _second_copy_of_a_mail,
    "an answer came twice": _second_copy_of_an_answer,
    "an answer went to somebody else": _answer_in_a_wrong_mailbox,
    "a number stands on no card": _cards_without_a_number,
}


@pytest.mark.parametrize("what", TAMPERED)
def test_the_counting_notices(remains: Path, what: str) -> None:
    TAMPERED[what](remains)
    assert [row.label for row in counted(remains) if not row.agrees]


def test_no_word_of_a_citizen_is_in_the_group_or_in_the_log(played: DemoRun) -> None:
    letters = stories.morning(datetime.now(UTC))
    forbidden = secrecy.marks(letters)
    group = witness.group_texts(played.folder)
    log = (played.folder / "run.log").read_text(encoding="utf-8")
    assert len(forbidden) > 50
    assert len(group) > 3
    assert secrecy.leaks([*group, log], forbidden) == []
    assert secrecy.leaks([*group, letters[0].text.upper()], forbidden) == [letters[0].text]
