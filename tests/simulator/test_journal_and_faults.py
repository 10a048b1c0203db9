"""The journal can be waited on, the plan is counted, and a kill comes at the planned moment."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from simulator.faults import (
    DROP_AFTER_COMMIT,
    DROP_BEFORE_COMMIT,
    Cut,
    FaultPlan,
    Moment,
    Refuse,
)
from simulator.journal import Journal
from tests.simulator.conftest import Desk, StillClock

SENDER = """
import http.client, json, sys
connection = http.client.HTTPConnection(sys.argv[1])
kind = {"Content-Type": "application/json"}
body = json.dumps({"chat_id": int(sys.argv[3]), "text": "kartu"})
connection.request("POST", sys.argv[2], body, kind)
connection.getresponse().read()
sys.stdin.read()
"""


def test_the_journal_wakes_whoever_waits(journal: Journal) -> None:
    later = threading.Timer(0.05, lambda: journal.receive("telegram", "sendMessage", {"n": 1}))
    later.start()
    entry = journal.wait(lambda it: it.method == "sendMessage")
    later.join()
    assert (entry.seq, entry.outcome, entry.committed) == (1, "", False)
    journal.finish(entry.seq, "ok", committed=True, result=7)
    assert journal.wait(lambda it: it.committed).result == 7
    with pytest.raises(TimeoutError, match=r"telegram\.sendMessage"):
        journal.wait(lambda it: it.committed, timeout=0.01, after=1)


def test_the_journal_is_dumped_a_line_a_request(
    journal: Journal, clock: StillClock, tmp_path: Path
) -> None:
    journal.receive("smtp", "DATA", {"to": ["siti@example.org"]})
    clock.forward(seconds=1)
    journal.finish(journal.receive("imap", "NOOP", {}), "ok", committed=True)
    journal.dump(tmp_path / "journal.jsonl")
    lines = (tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    first, second = map(json.loads, lines)
    assert (first["gateway"], first["params"]) == ("smtp", {"to": ["siti@example.org"]})
    assert (second["at"], second["committed"]) == ("2026-11-25T02:12:01+00:00", True)
    assert [it.method for it in journal.entries("imap")] == ["NOOP"]


def test_rules_count_what_they_match_and_the_oldest_wins() -> None:
    plan = FaultPlan()
    everything = plan.add(Refuse(500), gateway="telegram", nth=2, times=2)
    drop = plan.add(DROP_BEFORE_COMMIT, method="sendMessage", where=lambda it: it.params["n"] > 1)
    met = [plan.meet("telegram", "sendMessage", {"n": n}) for n in range(5)]
    assert met == [None, Refuse(500), Refuse(500), None, None]
    assert everything.fired
    assert drop.fired
    assert plan.meet("smtp", "DATA", {}) is None
    plan.add(Refuse(451), gateway="smtp", times=None)
    assert [plan.meet("smtp", "DATA", {}) for _ in range(3)] == [Refuse(451)] * 3
    plan.clear()
    assert plan.meet("smtp", "DATA", {}) is None


@pytest.mark.parametrize(("when", "arrived"), [(it, it is not Moment.RECEIPT) for it in Moment])
def test_a_kill_comes_at_its_moment(desk: Desk, when: Moment, arrived: bool) -> None:
    host = desk.telegram.url.removeprefix("http://")
    path = f"/bot{desk.telegram.token}/sendMessage"
    armed = threading.Event()
    child: list[subprocess.Popen[bytes]] = []

    def strike() -> None:
        armed.wait(10)
        child[0].kill()

    desk.telegram.faults.add(Cut(when, strike), method="sendMessage")
    arguments = [sys.executable, "-c", SENDER, host, path, str(desk.group.id)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        child.append(process)
        armed.set()
        assert process.wait(20) == -9
    assert [it.text for it in desk.group.messages()] == ["kartu"] * arrived
    [entry] = desk.telegram.journal.entries(method="sendMessage")
    assert entry.committed is arrived


def test_the_token_stands_nowhere_in_the_journal(desk: Desk, tmp_path: Path) -> None:
    desk.telegram.faults.add(DROP_AFTER_COMMIT, method="getChat")
    desk.ok("getMe")
    desk.ok("sendMessage", chat_id=desk.ani.id, text="halo")
    desk.telegram.journal.dump(tmp_path / "journal")
    assert desk.telegram.token not in (tmp_path / "journal").read_text(encoding="utf-8")
