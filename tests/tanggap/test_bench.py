"""The bench judges rightly, says so in JSON and exit status, and measures what it claims to."""

import json
import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.errors import UserError
from simulator import dovecot
from simulator.dovecot import DovecotServer
from store import events
from tanggap import bench
from tanggap.bench import ingest, reference, rounds
from tanggap.bench.chat import TimedJournal
from tanggap.bench.desk import Desk, Stalled, set_up_desk, settings_of, wait_until
from tanggap.bench.fill import fill
from tanggap.bench.judge import TARGETS, Figure, document, line, middle, percentile
from tanggap.bench.mails import mail
from tanggap.cli import app
from tanggap.wiring import open_everything

MACHINE = {"cores": 2}
NOW = datetime(2026, 11, 25, 2, 12, tzinfo=UTC)


def exactly_on_target() -> list[Figure]:
    return [Figure(name=name, value=target.limit) for name, target in TARGETS.items()]


@pytest.mark.parametrize("name", TARGETS)
def test_on_the_target_passes_and_beyond_it_fails(name: str) -> None:
    limit, worse = TARGETS[name].limit, -0.001 if TARGETS[name].at_least else 0.001
    assert Figure(name=name, value=limit).passed
    assert not Figure(name=name, value=limit + worse).passed
    assert Figure(name=name, value=limit - worse).passed


def test_what_could_not_be_measured_fails() -> None:
    figure = Figure(name="help", value=None)
    assert not figure.passed
    assert line(figure).startswith("MISS")


def test_the_median_judges_not_the_luckiest_sample() -> None:
    assert not middle("ingest-ratio", [0.9, 0.4, 0.45]).passed
    assert middle("ingest-ratio", [0.1, 0.6, 0.7]).passed


@pytest.mark.parametrize(
    ("count", "share", "expected"), [(100, 0.99, 99), (25, 0.99, 25), (60, 0.5, 30), (1, 0.5, 1)]
)
def test_percentile_is_a_sample_that_was_measured(count: int, share: float, expected: int) -> None:
    samples = [float(one) for one in range(count, 0, -1)]
    assert percentile(samples, share) == expected


def test_the_aim_decides_nothing() -> None:
    figure = Figure(name="ingest-ratio", value=0.55)
    assert figure.target.aim == 0.7
    assert figure.passed
    assert "aim 0.7" in line(figure)


def test_all_on_target_is_status_0_and_says_so_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "build" / "bench.json"
    assert bench.report(exactly_on_target(), MACHINE, output) == 0
    read = json.loads(output.read_text(encoding="utf-8"))
    assert read["passed"] is True
    assert read["machine"] == MACHINE
    assert [one["name"] for one in read["figures"]] == list(TARGETS)
    assert all(one["passed"] for one in read["figures"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in TARGETS)
    assert "MISS" not in shown


@pytest.mark.parametrize("name", TARGETS)
def test_a_single_miss_is_status_1(name: str, tmp_path: Path) -> None:
    beyond = -1.0 if TARGETS[name].at_least else 1.0
    figures = [
        Figure(name=one.name, value=one.target.limit + beyond if one.name == name else one.value)
        for one in exactly_on_target()
    ]
    output = tmp_path / "bench.json"
    assert bench.report(figures, MACHINE, output) == 1
    read = json.loads(output.read_text(encoding="utf-8"))
    assert read["passed"] is False
    assert [one["name"] for one in read["figures"] if not one["passed"]] == [name]


def test_json_carries_target_and_samples() -> None:
    [figure] = document([middle("help", [0.2, 0.1, 0.3], runs=3)], MACHINE)["figures"]
    assert figure["value"] == 0.2
    assert figure["target"] == 0.5
    assert figure["unit"] == "s"
    assert figure["samples"] == [0.2, 0.1, 0.3]
    assert figure["detail"] == {"runs": 3}


def test_every_figure_is_measured_in_exactly_one_round() -> None:
    named = [name for names in rounds.ROUNDS for name in names]
    assert sorted(named) == sorted(TARGETS)


def test_a_round_that_stalls_fails_its_figures_and_no_others(tmp_path: Path) -> None:
    def stalls(*_: Any) -> list[Figure]:
        raise Stalled("cards")

    def works(*_: Any) -> list[Figure]:
        return [Figure(name="help", value=0.1)]

    chosen = {("chat-single", "chat-coalesced"): stalls, ("help",): works}
    said: list[str] = []
    nowhere: Any = None
    figures = rounds.take(chosen, nowhere, tmp_path, said.append)
    assert [(one.name, one.passed) for one in figures] == [
        ("chat-single", False),
        ("chat-coalesced", False),
        ("help", True),
    ]
    assert figures[0].detail == {"why": "cards"}
    assert len(said) == 2


def test_an_unknown_figure_is_named_with_those_there_are() -> None:
    with pytest.raises(UserError, match="ingest-ratio"):
        bench.main(only="ingest")


def test_without_dovecot_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dovecot, "available", lambda: False)
    with pytest.raises(UserError, match="Dovecot"):
        bench.main()


def test_the_command_ends_with_the_benchs_status(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[Path | None, str]] = []

    def main(output: Path | None = None, only: str = "") -> int:
        asked.append((output, only))
        return 1

    monkeypatch.setattr(bench, "main", main)
    output = tmp_path / "bench.json"
    result = CliRunner().invoke(app, ["bench", "--json", str(output), "--only", "help"])
    assert result.exit_code == 1
    assert asked == [(output, "help")]


def test_waiting_ends_with_what_was_waited_for() -> None:
    with pytest.raises(Stalled, match="an alert"):
        wait_until(lambda: False, "an alert", 0.02)


def test_the_journal_knows_when_it_answered() -> None:
    journal = TimedJournal(lambda: NOW)
    seq = journal.receive("telegram", "sendMessage", {})
    journal.finish(seq, "ok", committed=True)
    assert journal.ended == {seq: NOW}
    assert journal.entries()[0].committed


def test_settings_ignore_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANGGAP_TELEGRAM__TOKEN", "1:of-somebody")
    settings = settings_of(set_up_desk(tmp_path / "desk", 1, poll_seconds=0.5))
    assert settings.telegram.token.get_secret_value() == ""
    assert settings.data == tmp_path / "desk"
    assert settings.desk.poll_seconds == 0.5


def test_the_filled_register_is_one_that_the_product_could_have_written(tmp_path: Path) -> None:
    desk = set_up_desk(tmp_path / "full", 1)
    wired = open_everything(settings_of(desk), hears=False)
    try:
        fill(desk.database, wired.ctx.store, 90, NOW)
        with wired.ctx.store.read() as db:
            assert events.first_broken(db, 1) is None
    finally:
        wired.close()
    for table in ("complaint", "message", "delivery", "alert", "event", "attachment"):
        assert desk.highest(table) == 90, table
    assert desk.highest("contact") == 30
    assert desk.ask("SELECT last FROM counter") == [(23,)]
    assert desk.ask("SELECT max(serial), count(DISTINCT year) FROM complaint") == [(23, 4)]
    assert desk.ask("SELECT count(*) FROM alert WHERE post_id IS NULL") == [(0,)]
    with closing(sqlite3.connect(desk.database)) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.dovecot
def test_both_sides_collect_the_same_mails(tmp_path: Path) -> None:
    if not dovecot.available():
        pytest.skip("no Dovecot")
    rng = random.Random(1)
    with DovecotServer() as server:
        server.append_all((mail(number, rng), None) for number in range(30))
        count, bare = reference.collect(
            server.port, server.user, server.password, "INBOX", tmp_path / "bare.db"
        )
        desk = set_up_desk(tmp_path / "ours", server.port)
        ours = ingest.ingest(desk, 30)
    assert count == 30
    assert bare > 0
    assert ours > 0
    with closing(sqlite3.connect(tmp_path / "bare.db")) as db:
        theirs = db.execute("SELECT message_id, subject FROM mail ORDER BY 1").fetchall()
    ours_too = desk.ask("SELECT '<' || external_id || '>', subject FROM message ORDER BY 1")
    assert ours_too == theirs
    assert desk.ask("SELECT count(*) FROM alert WHERE post_id IS NULL") == [(30,)]


def test_nothing_is_read_from_a_desk_that_never_ran(tmp_path: Path) -> None:
    assert Desk(folder=tmp_path).ask("SELECT 1 FROM account") == []
