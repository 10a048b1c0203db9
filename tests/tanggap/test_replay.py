"""Replay: says what became of each, beside a running process too, and renumbers nothing."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from channels.base import Batch
from channels.message import Delivery
from pipeline.heartbeat import work_lease
from store import claims, deliveries, leases
from store.states import Disposition
from store.tables import Complaint
from tanggap import replay
from tanggap.settings import Settings
from tanggap.wiring import Wired, open_everything
from tests.tanggap.conftest import Run
from tests.tanggap.test_runtime import process, ready

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Wired]:
    """A desk with three mails in quarantine, the last one's file gone."""
    made = open_everything(Settings())
    [office] = made.ctx.offices.values()
    lost = made.ctx.store.blobs.spool / "besar"
    lost.write_bytes(b"x")
    mails = [mail(name) for name in ("a", "b")] + [mail("c", lost)]
    batch = Batch(stream="files", deliveries=mails, cursor=None)
    keys = deliveries.adopt(made.ctx.store.blobs, batch)
    with made.ctx.store.write("test", facility=office.id) as db:
        deliveries.keep(db, office.id, office.accounts["import"], batch, NOW, keys)
        for id_, reason in ((1, claims.FAILED), (2, claims.DIED), (3, claims.MISSING)):
            claims.quarantine(db, id_, reason)
    made.ctx.store.blobs.path(keys[lost]).rename(tmp_path / "backup")
    yield made
    made.close()


def mail(name: str, file: Path | None = None) -> Delivery:
    raw = f"From: {name}@contoh.example\r\nMessage-ID: <{name}@contoh.example>\r\n\r\nAntre {name}."
    return Delivery(
        account="import",
        stream="files",
        transport_id=name,
        received_at=NOW,
        raw=file or raw.encode(),
        size=len(raw),
        meta={"role": "inbox"},
    )


def numbers(wired: Wired) -> list[str]:
    with wired.ctx.store.read() as db:
        return list(db.exec(select(Complaint.number).order_by(Complaint.number)))


@pytest.mark.sqlite
def test_it_says_of_each_what_became_of_it(run: Run, wired: Wired, tmp_path: Path) -> None:
    listed = run("replay", "--list")
    assert listed.status == 0
    assert [line.split("; ")[1] for line in listed.out.splitlines()] == [
        "gagal diolah",
        "proses mati setiap kali mengolahnya",
        "berkas hilang",
    ]
    done = run("replay")
    assert done.status == 1
    lines = dict(line.split(": ", 1) for line in done.out.splitlines())
    assert lines["1"].startswith("tercatat, ")
    assert lines["2"].startswith("tercatat, ")
    assert lines["3"] == "masih gagal: berkas hilang"
    before = numbers(wired)
    assert len(before) == 2
    # The file is back from a backup.
    with wired.ctx.store.read() as db:
        row = deliveries.by_id(db, 3)
    assert row is not None
    assert row.blob is not None
    back = tmp_path / "data" / "blobs" / row.blob[:2] / row.blob
    (tmp_path / "backup").rename(back)
    done = run("replay", "--all", "--json")
    assert done.status == 0
    [shown] = [json.loads(line) for line in done.out.splitlines()]
    assert shown["id"] == 3
    assert shown["disposition"] in ("recorded", "set-aside")
    # What was recorded keeps its number, however often.
    again = run("replay", "--id", "1", "--id", "2")
    assert again.status == 0
    assert again.out == "".join(f"{id_}: {lines[id_]}\n" for id_ in ("1", "2"))
    assert [number for number in numbers(wired) if number in before] == before
    assert run("replay").out == ""


def test_an_unknown_id_and_options_that_exclude_each_other(run: Run, wired: Wired) -> None:
    done = run("replay", "--id", "99")
    assert done.status == 1
    assert "99" in done.err
    assert run("replay", "--id", "1", "--all").status != 0
    with wired.ctx.store.read() as db:
        assert deliveries.unrecorded(db, [1]) == {1: Disposition.QUARANTINED}


def test_beside_a_running_process(wired: Wired, tmp_path: Path) -> None:
    with process(tmp_path / "data", "run") as running:
        assert ready(running)
        ends = replay.replay(Settings(), "puskesmas", [1, 2])
        running.terminate()
        assert running.wait(20) == 0
    assert [end.disposition for end in ends] == [Disposition.RECORDED] * 2
    assert len(numbers(wired)) == 2


def test_what_another_process_holds_is_waited_for_and_then_left(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "PATIENCE", 0.2)
    [office] = wired.ctx.offices.values()
    with wired.ctx.store.write("test", facility=office.id) as db:
        assert leases.acquire(db, f"record:{office.id}", "another", work_lease(wired.ctx))
    begun = time.monotonic()
    [end] = replay.replay(Settings(), office.slug, [1])
    assert end.disposition is Disposition.PENDING
    assert time.monotonic() - begun < 15
