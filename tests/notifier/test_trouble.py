"""What people read about an answer that came back, or that nobody would get."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from channels.message import DeliveryState, Route, RouteKind, StatusUpdate
from notifier.texts import TEXTS
from pipeline import receipts
from store.tables import Complaint, ReplyPart
from tests.notifier.conftest import World

ANSWER = "Loket buka lagi pukul tujuh."


def came_back(world: World, reason: str) -> None:
    world.say(world.clerk, ANSWER, reply_to=world.taken("loket tutup"))
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    world.desk.later(120)
    bounce(world, reason)


def bounce(world: World, reason: str, position: int = -1) -> None:
    part = world.desk.all(ReplyPart)[position].id
    with world.desk.store.write("test", facility=world.desk.office.id) as db:
        update = StatusUpdate(
            external_id="", part=part, state=DeliveryState.FAILED, reason=reason, report=reason
        )
        receipts.status(db, world.desk.office, world.desk.clock.now, update)
    world.desk.settle()


@pytest.mark.parametrize(
    ("reason", "words", "todo"),
    [
        ("5.1.1", "Alamatnya tidak ada (5.1.1).", "other-way"),
        ("5.1.10", "Domain emailnya tidak ada (5.1.10).", "other-way"),
        ("5.4.4", "Domain emailnya tidak ada (5.4.4).", "other-way"),
        ("5.2.1", "Kotak suratnya sudah tidak aktif (5.2.1).", "other-way"),
        ("552 5.2.2", "Kotak suratnya penuh (552 5.2.2).", "later"),
        ("5.3.4", "Suratnya terlalu besar (5.3.4).", "shorter"),
        ("5.7.1 spam", "Ditolak karena dianggap spam (5.7.1).", "technician"),
        ("5.7.26", "Ditolak oleh aturan server penerima (5.7.26).", "technician"),
        ("4.4.7", "Server penerima tidak bisa dihubungi (4.4.7).", "later"),
        ("5.6.9", "Alasan tidak dikenal (5.6.9).", "either"),
        ("", "Alasan tidak dikenal.", "either"),
    ],
)
def test_the_reason_in_words_and_what_to_do(
    world: World, reason: str, words: str, todo: str
) -> None:
    came_back(world, reason)
    for who in (world.coordinator, world.clerk):
        lines = world.find(who, "gagal dikirim: suratnya kembali").text.splitlines()
        assert lines[0].endswith(words)
        assert lines[1] == TEXTS["id"][f"reply.do-{todo}"]
        assert lines[2].startswith("Aduan ini masih harus dijawab; batas ")
    assert "dijawab" not in world.group.last().text
    assert "siti" not in world.group.last().text


def test_one_that_a_newer_version_followed_is_not_sent_again(world: World) -> None:
    came_back(world, "5.2.2")
    world.say(world.clerk, f"/balas 1 {ANSWER} Maaf.")
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    told = world.find(world.coordinator, "gagal dikirim: suratnya kembali")
    assert told.text.splitlines()[1] == TEXTS["id"]["reply.newer"]
    assert told.buttons == ()


def test_no_way_back_is_said_before_anybody_approves(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def routes(
        conversation: str, now: datetime, heard_at: datetime | None = None
    ) -> Sequence[Route]:
        return [Route(kind=RouteKind.MANUAL, recipient=conversation)]

    monkeypatch.setattr(world.desk.letters, "routes", routes)
    case = world.taken("loket tutup", sender="no-reply@contoh.example")
    with world.desk.store.write("test", facility=world.desk.office.id) as db:
        db.get_one(Complaint, world.desk.complaint().id).channel = "email"
    world.say(world.clerk, ANSWER, reply_to=case)
    for who in (world.clerk, world.coordinator):
        assert TEXTS["id"]["reply.no-way-back"] in who.private.last().text


def test_a_machines_answer_is_named_as_one(world: World) -> None:
    world.say(world.clerk, ANSWER, reply_to=world.taken("loket tutup"))
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    world.desk.later(120)
    part = world.desk.all(ReplyPart)[0].id
    world.desk.arrive("Saya sedang cuti.", automated="automatic", answers_part=part)
    world.desk.settle()
    told = world.clerk.private.last()
    assert told.text.startswith("Balasan otomatis atas jawaban untuk ADU-2026-0001: ")
    assert "Saya sedang cuti." in told.text
    assert TEXTS["id"]["case.automatic-how"] in told.text
    assert told.buttons == ()
