"""What people read about a provider's time to answer, and the task to telephone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.message import RouteKind
from notifier.buttons import Rows
from notifier.cards import render
from notifier.texts import TEXTS
from notifier.window_views import phone
from pipeline import desk, window
from pipeline.conversation.words import Command
from pipeline.posts import View
from store.tables import Complaint, Contact, Post, Reply
from tests.notifier.conftest import World
from tests.pipeline.window_desk import CITIZEN, WindowChannel, WindowDesk, make_windowed

NUMBER = "+62 812-3456-7890"


@pytest.fixture
def one(tmp_path: Path) -> Iterator[WindowDesk]:
    """A complaint by WhatsApp, in the clerk's hands."""
    made = make_windowed(tmp_path)
    made.writes("antri dr jam 7 blm dipanggil")
    made.desk.later(5)
    made.desk.decide(desk.take, "clerk", 1)
    yield made
    made.desk.store.close()


def seen(one: WindowDesk, view: View, who: str = "") -> tuple[str, Rows]:
    """The newest of these, drawn as things stand, and its buttons."""
    staff = one.desk.staff[who].id if who else None
    found = [it for it in one.desk.all(Post) if it.kind == view and it.staff_id == staff]
    with one.desk.store.read() as db:
        drawn = render(db, db.get_one(Post, found[-1].id), one.desk.office, one.now(), "bot")
    return re.sub(r"</?\w+>", "", drawn.text_html), drawn.buttons


def labels(rows: Rows) -> list[str]:
    return [button.label for row in rows for button in row]


def say(key: str, **params: str) -> str:
    return TEXTS["id"][key].format_map(params)


def test_the_card_tells_when_the_window_closes(one: WindowDesk) -> None:
    card, _ = seen(one, View.CARD)
    assert card.splitlines()[1].endswith(" · Jendela WA tutup Rab 25/11 09.00")
    assert "62812" not in card
    assert "Jendela WA tutup Rab 25/11 09.00" in seen(one, View.CASE, "clerk")[0]
    one.later(hours=25)
    assert "Jendela WA sudah tutup" in seen(one, View.CARD)[0]
    assert "Jendela WA sudah tutup" in seen(one, View.CASE, "clerk")[0]


def test_a_card_of_several_tells_it_of_each(one: WindowDesk) -> None:
    for number in (1, 2):
        one.desk.arrive("wc kotor", f"whatsapp:+6281300000{number}")
    one.desk.later(5)
    lines = seen(one, View.CARD)[0].splitlines()[1:]
    assert len(lines) == 2
    assert all("Jendela WA tutup Rab 25/11 09.0" in line for line in lines)


def test_of_an_answered_case_the_window_is_not_told(one: WindowDesk) -> None:
    one.approved()
    one.later(seconds=120)
    assert "Jendela" not in seen(one, View.CARD)[0]


@pytest.mark.parametrize(
    ("hours", "template", "key"),
    [(1, True, "at-once"), (25, True, "template"), (25, False, "call")],
)
def test_approval_says_what_it_does_now(
    one: WindowDesk, hours: int, template: bool, key: str
) -> None:
    one.gateway.template = template
    one.later(hours=hours)
    reply: Reply = one.desk.decide(desk.draft, "clerk", 1, "Mohon maaf.")
    text, rows = seen(one, View.APPROVAL, "coordinator")
    assert say(f"window.{key}", due="Rab 25/11 09.00") in text
    assert labels(rows) == ["Setujui & kirim", "Minta perbaikan"]
    one.desk.decide(desk.approve, "coordinator", reply.id, reply.digest)
    assert "Jendela" not in seen(one, View.APPROVAL, "coordinator")[0]


def test_whoever_wants_no_messages_is_called(one: WindowDesk) -> None:
    with one.write() as db:
        db.get_one(Contact, 1).opted_out_at = one.now()
    one.desk.decide(desk.draft, "clerk", 1, "Mohon maaf.")
    assert say("window.call") in seen(one, View.APPROVAL, "coordinator")[0]
    with one.desk.store.read() as db:
        reply = db.get_one(Reply, 1)
        account = one.desk.office.accounts["hotline"]
        kind, _ = window.prospect(db, one.desk.office, one.now(), reply, account)
    assert kind is RouteKind.MANUAL


def test_what_waits_says_for_what(one: WindowDesk) -> None:
    one.later(hours=25)
    one.approved()
    text, rows = seen(one, View.APPROVED, "clerk")
    assert say("reply.waits-window") in text
    assert labels(rows) == ["Batal kirim", "Sudah ditelepon"]
    one.note_goes()
    one.later(hours=25)
    text, rows = seen(one, View.APPROVED, "clerk")
    assert say("reply.waits-call") in text
    assert labels(rows) == ["Batal kirim"]
    one.says(Command.RELEASE)
    assert "Jendela" not in seen(one, View.APPROVED, "clerk")[0]


def test_the_call_shows_number_and_text_to_those_who_may_read(one: WindowDesk) -> None:
    one.gateway.template = False
    one.later(hours=25)
    one.approved("Loket sudah ditambah.")
    for who in ("clerk", "coordinator"):
        text, rows = seen(one, View.CALL, who)
        assert "Telepon pengadu ADU-2026-0001" in text
        assert NUMBER in text
        assert "batas" in text
        assert "Loket sudah ditambah." in text
        assert labels(rows) == ["Sudah ditelepon"]
    with one.write() as db:
        db.get_one(Complaint, 1).taken_by = one.desk.staff["head"].id
    text, rows = seen(one, View.CALL, "clerk")
    assert NUMBER not in text
    assert "Loket" not in text
    assert rows == ()
    assert "📞 telepon pengadu" in listing(one)


def listing(one: WindowDesk) -> str:
    with one.write() as db:
        post = Post(
            facility_id=one.desk.office.id,
            staff_id=one.desk.staff["clerk"].id,
            kind=View.LIST,
            due_at=one.now(),
            created_at=one.now(),
        )
        db.add(post)
    return seen(one, View.LIST, "clerk")[0]


def test_a_call_that_is_settled_says_so(one: WindowDesk) -> None:
    one.gateway.template = False
    one.later(hours=25)
    one.approved()
    one.desk.decide(desk.mark_sent, "clerk", one.part().id)
    text, rows = seen(one, View.CALL, "coordinator")
    assert text == "Jawaban untuk ADU-2026-0001 sudah disampaikan lewat telepon."
    assert rows == ()
    assert seen(one, View.RECEIPT, "clerk")[0].startswith("📞 Disampaikan lewat telepon ")


def test_a_call_that_lihat_made_needless_says_so(one: WindowDesk) -> None:
    one.gateway.template = False
    one.later(hours=25)
    one.approved()
    one.says(Command.RELEASE)
    text, rows = seen(one, View.CALL, "clerk")
    assert text == "Jawaban untuk ADU-2026-0001 tidak perlu ditelepon lagi."
    assert rows == ()
    one.later(seconds=120)
    assert seen(one, View.RECEIPT, "clerk")[0].startswith("📨")


def test_a_receipt_is_taken_back_when_the_gateway_takes_its_word_back(one: WindowDesk) -> None:
    one.gateway.late = True
    one.approved()
    one.later(seconds=120)
    assert seen(one, View.RECEIPT, "clerk")[0].startswith("📨")
    one.gateway.wrote = None
    one.gateway_says_closed()
    assert seen(one, View.RECEIPT, "clerk")[0].startswith(say("reply.receipt-void"))
    assert say("notice.window-late") in seen(one, View.NOTICE, "clerk")[0]


def test_the_reminder_names_the_moment_and_the_case(one: WindowDesk) -> None:
    one.later(hours=22.5)
    text, _ = seen(one, View.NOTICE, "clerk")
    assert "Jendela WA tutup Rab 25/11 09.00" in text
    assert text.endswith("ADU-2026-0001")


def test_a_tap_on_the_call_settles_it(world: World) -> None:
    gateway = WindowChannel(clock=world.desk.clock, template=False)
    world.desk.office.channels["hotline"] = world.desk.letters = gateway  # type: ignore[index]
    case = world.taken("antre lama", sender=CITIZEN)
    world.desk.clock.forward(25 * 3600)
    world.say(world.clerk, "Loket sudah ditambah.", reply_to=case)
    world.tap(world.coordinator, world.coordinator.private.last(), "Setujui & kirim")
    call = world.find(world.clerk, "Telepon pengadu")
    assert NUMBER in call.text
    assert call.protected
    world.tap(world.clerk, call, "Sudah ditelepon")
    for who in (world.clerk, world.coordinator):
        assert world.find(who, "sudah disampaikan lewat telepon")
        assert world.find(who, "Disampaikan lewat telepon")
    assert gateway.sent == []
    assert NUMBER not in world.group.last().text


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("whatsapp:+6281234567890", "+62 812-3456-7890"),
        ("+62811223344", "+62 811-2233-44"),
        ("whatsapp:+60123456789", "+60123456789"),
        ("siti@contoh.id", ""),
        ("+62abc", ""),
        ("12345", ""),
    ],
)
def test_a_number_as_people_read_it(address: str, number: str) -> None:
    assert phone(address) == number
