"""Mail from files: what is taken, under which key and time, and what is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from ingest.importer import ACCOUNT, EPOCH, ImportChannel, Outcome, take_in
from ingest.mailfiles import INLINE
from store.engine import Store
from store.facilities import ensure_account, ensure_facility
from store.migrate import migrate
from store.tables import Delivery
from tests.engines import open_store

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def mail(subject: str, *, received: str = "Fri, 20 Nov 2026 09:00:00 +0700") -> bytes:
    return (
        f"Received: from a.example by mx.example\n id 1; {received}\n"
        f"Received: from z.example by a.example; Thu, 1 Jan 2015 00:00:00 +0000\n"
        f"From: Warga <warga@contoh.example>\nTo: pkm@contoh.example\nSubject: {subject}\n"
        f"Message-ID: <{subject}@contoh.example>\nDate: Mon, 1 Jan 2001 00:00:00 +0000\n\n"
        f"Isi {subject}.\n"
    ).encode()


class Desk:
    def __init__(self, store: Store) -> None:
        self.store = store
        with store.write("setup") as db:
            self.facility = ensure_facility(
                db, slug="uji", name="Uji", zone="Asia/Jakarta", profile="arjuno", now=NOW
            )
            self.account = ensure_account(
                db, self.facility, channel="email", name=ACCOUNT, since=EPOCH, now=NOW
            )

    def take(self, place: Path, *, alert: bool = False) -> Outcome:
        return take_in(self.store, self.facility, self.account, place, lambda: NOW, alert=alert)

    def kept(self) -> list[Delivery]:
        with self.store.read() as db:
            return list(db.exec(select(Delivery).order_by(col(Delivery.id))))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_store(tmp_path / "data")
    migrate(store)
    yield Desk(store)
    store.close()


def test_nothing_was_received_tomorrow(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(mail("besok", received="Mon, 23 Nov 2026 09:00:00 +0700"))
    desk.take(file)
    assert [row.received_at for row in desk.kept()] == [NOW]


def test_one_eml(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(mail("satu"))
    outcome = desk.take(file)
    assert (outcome.added, outcome.known, outcome.unreadable) == (1, 0, [])
    [row] = desk.kept()
    assert row.raw == mail("satu")
    assert row.received_at == datetime(2026, 11, 20, 2, tzinfo=UTC), "the topmost Received"
    assert '"alert": "no"' in row.meta


def test_a_second_run_adds_nothing(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.eml").write_bytes(mail("satu"))
    (tmp_path / "in" / "b.eml").write_bytes(mail("dua"))
    desk.take(tmp_path / "in")
    outcome = desk.take(tmp_path / "in", alert=True)
    assert (outcome.added, outcome.known) == (0, 2)
    assert len(desk.kept()) == 2


def test_alert_is_asked_for(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail("satu"))
    desk.take(tmp_path / "a.eml", alert=True)
    assert "alert" not in desk.kept()[0].meta


def test_mbox(desk: Desk, tmp_path: Path) -> None:
    """Apart at From_ lines only: not at a sentence that begins so, nor at a quoted one."""
    tricky = mail("dua") + b"\nFrom my point of view it is late.\n>From here on, nothing.\n"
    bare = b"From: a@contoh.example\n\ntanpa Received\n"
    box = b"".join(
        b"From pengirim@contoh.example Sat Nov 21 22:39:37 2026\n" + one + b"\n"
        for one in (mail("satu"), tricky, bare)
    )
    (tmp_path / "lama.mbox").write_bytes(box)
    assert desk.take(tmp_path / "lama.mbox").added == 3
    rows = desk.kept()
    assert [row.raw for row in rows] == [mail("satu"), tricky, bare]
    assert rows[2].received_at == datetime(2026, 11, 21, 22, 39, 37, tzinfo=UTC)


def test_mbox_of_careless_programs(desk: Desk, tmp_path: Path) -> None:
    """Without the empty line before From_, with a zone in it, with nobody in it."""
    bare = b"From: a@contoh.example\n\nisi"
    box = (
        b"From 1@xxx Sat Nov 21 22:39:37 +0000 2026\n" + bare + b"\n"
        b"From  Sat Nov  7 22:39:37 2026\n" + bare + b" dua\n"
    )
    (tmp_path / "a.mbox").write_bytes(box)
    assert desk.take(tmp_path / "a.mbox").added == 2
    assert [row.received_at.day for row in desk.kept()] == [21, 7]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_mbox_and_eml_of_one_mail_are_one_key(desk: Desk, tmp_path: Path, newline: bytes) -> None:
    one = mail("satu").replace(b"\n", newline)
    (tmp_path / "a.mbox").write_bytes(b"From x Sat Nov 21 22:39:37 2026" + newline + one + newline)
    (tmp_path / "a.eml").write_bytes(one)
    assert desk.take(tmp_path / "a.mbox").added == 1
    assert desk.take(tmp_path / "a.eml").known == 1


def test_maildir_and_nested_folders(desk: Desk, tmp_path: Path) -> None:
    root = tmp_path / "surat"
    for part in ("cur", "new", "tmp", ".Arsip/cur", ".Arsip/new"):
        (root / part).mkdir(parents=True)
    (root / "cur" / "1.host:2,S").write_bytes(mail("satu"))
    (root / "new" / "2.host").write_bytes(mail("dua"))
    (root / "tmp" / "3.host").write_bytes(b"half a ma")
    (root / ".Arsip" / "cur" / "4.host:2,").write_bytes(mail("empat"))
    (root / "dalam").mkdir()
    (root / "dalam" / "lima.EML").write_bytes(mail("lima"))
    (root / "dalam" / "catatan.txt").write_text("bukan surel")
    outcome = desk.take(root)
    assert (outcome.added, outcome.ignored, outcome.unreadable) == (4, 1, [])


def test_what_is_no_mail_is_listed_and_the_rest_goes_in(desk: Desk, tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    (root / "1-kosong.eml").write_bytes(b"\n")
    (root / "2-foto.eml").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (root / "3-putus.eml").symlink_to(root / "tidak-ada")
    (root / "4-kotak.mbox").write_bytes(mail("bukan-mbox"))
    (root / "5-baik.eml").write_bytes(b"\xef\xbb\xbf" + mail("baik"))
    outcome = desk.take(root)
    assert outcome.added == 1
    assert [(path.name, reason) for path, reason in outcome.unreadable] == [
        ("1-kosong.eml", "berkasnya kosong"),
        ("2-foto.eml", "bukan surel: tidak diawali kepala surel"),
        ("3-putus.eml", "tidak dapat dibaca (No such file or directory)"),
        ("4-kotak.mbox", "bukan mbox: tidak diawali baris “From ”"),
    ]


def test_a_large_mail_becomes_a_blob(desk: Desk, tmp_path: Path) -> None:
    large = mail("besar") + b"x" * INLINE
    (tmp_path / "besar.eml").write_bytes(large)
    desk.take(tmp_path / "besar.eml")
    [row] = desk.kept()
    assert row.raw is None
    assert row.blob
    assert row.size == len(large)
    assert desk.store.blobs.path(row.blob).read_bytes() == large
    assert list(desk.store.blobs.spool.iterdir()) == []
    assert desk.take(tmp_path / "besar.eml").known == 1
    assert desk.store.blobs.path(row.blob).read_bytes() == large


@pytest.mark.parametrize("received", ["kemarin", "", "Fri, 99 Nov 2026 09:00:00 +0700"])
def test_a_bad_received_header_falls_back_to_the_files_time(
    desk: Desk, tmp_path: Path, received: str
) -> None:
    import os

    file = tmp_path / "a.eml"
    file.write_bytes(mail("satu", received=received))
    os.utime(file, (1_700_000_000, 1_700_000_000))
    desk.take(file)
    assert desk.kept()[0].received_at == datetime.fromtimestamp(1_700_000_000, UTC)


def test_progress_ends_with_everything(desk: Desk, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.eml").write_bytes(mail(name))
    seen: list[tuple[int, int]] = []
    take_in(
        desk.store,
        desk.facility,
        desk.account,
        tmp_path,
        lambda: NOW,
        alert=False,
        progress=lambda done, total: seen.append((done, total)),
    )
    total = len(mail("a")) + len(mail("b"))
    assert seen == [(total // 2, total), (total, total)]


def test_nothing_there(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        desk.take(tmp_path / "tidak-ada")


def test_the_channel_reads_as_mail_from_a_server_does(desk: Desk, tmp_path: Path) -> None:
    from channels.message import Message
    from store import deliveries

    (tmp_path / "a.eml").write_bytes(mail("satu"))
    desk.take(tmp_path / "a.eml")
    with desk.store.write("claim") as db:
        [row] = deliveries.waiting(db, [1])
    [event] = ImportChannel(("pkm@contoh.example",), b"k").parse(
        deliveries.load(row, desk.store.blobs)
    )
    assert isinstance(event, Message)
    assert event.external_id == "satu@contoh.example"
    assert not event.vouched


def test_an_mbox_without_a_suffix_in_a_folder(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "profil"
    folder.mkdir()
    (folder / "Kotak Masuk").write_bytes(b"From a Sat Nov  7 22:39:37 2026\n" + mail("satu"))
    (folder / "catatan").write_bytes(b"Halo.\n")
    outcome = desk.take(folder)
    assert (outcome.added, outcome.ignored, outcome.unreadable) == (1, 1, [])
