"""What a citizen attached, in the officer's private chat and nowhere else."""

from datetime import timedelta
from email import policy
from email.message import EmailMessage

import pytest

from channels.base import Batch
from channels.email.adapter import EmailChannel
from channels.email.config import EmailConfig
from channels.message import Delivery as Raw
from notifier.file_view import sending_name, shown_name
from notifier.texts import say
from pipeline.posts import View
from simulator.faults import DROP_AFTER_COMMIT, Refuse, TooMany
from simulator.journal import Entry
from simulator.telegram import Seen
from store import deliveries
from store.states import Role, SendState
from store.tables import Attachment, Complaint, Delivery, Event, Post
from tests.notifier.conftest import World

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
PDF = b"%PDF-1.4 surat\r\n--bukan-batas\r\n" * 30
WORDS = "kursi tunggunya patah semua"
FROM = "siti@contoh.id"
ID = "<satu@contoh.id>"


def mail(*files: tuple[str, str, bytes], answers: str = "", own_id: str = ID) -> bytes:
    letter = EmailMessage(policy=policy.SMTP)
    letter["From"], letter["To"], letter["Subject"] = FROM, "aduan@melati.example", "kursi"
    letter["Message-ID"] = own_id
    letter["Authentication-Results"] = "mx.melati.example; dmarc=pass header.from=contoh.id"
    if answers:
        letter["In-Reply-To"] = answers
    letter.set_content(WORDS)
    for name, kind, data in files:
        main, _, sub = kind.partition("/")
        letter.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return letter.as_bytes()


def photos(count: int, name: str = "kursi") -> list[tuple[str, str, bytes]]:
    return [(f"{name}-{it}.png", "image/png", PNG + bytes([it])) for it in range(1, count + 1)]


def post_in(world: World, raw: bytes, *, large: bool = False) -> None:
    """A mail reaches the hotline; `large` ones lie in a file beside the database."""
    desk = world.desk
    channels = desk.office.channels
    assert isinstance(channels, dict)
    config = EmailConfig(
        name="hotline",
        user="aduan@melati.example",
        password="p",
        host="127.0.0.1",
        authserv_ids=("mx.melati.example",),
    )
    channels["hotline"] = EmailChannel(config, key=b"k", clock=desk.clock)
    spooled = desk.store.blobs.spool / "mail"
    if large:
        spooled.write_bytes(raw)
    desk.arrived += 1
    item = Raw(
        account="hotline",
        stream="INBOX",
        transport_id=f"INBOX:1:{desk.arrived}",
        received_at=desk.clock.now,
        raw=spooled if large else raw,
        size=len(raw),
        meta={"role": "inbox"},
    )
    batch = Batch(stream="INBOX", deliveries=[item], cursor=str(desk.arrived))
    keys = deliveries.adopt(desk.store.blobs, batch)
    with desk.store.write("test.keep") as db:
        account = desk.office.accounts["hotline"]
        deliveries.keep(db, desk.office.id, account, batch, desk.clock.now, keys)
    desk.clock.forward(world.ctx.settings.card_seconds)
    desk.settle()


def taken(world: World, *files: tuple[str, str, bytes], large: bool = False) -> Seen:
    """A mail with files comes in and the clerk takes it; the case as the clerk sees it."""
    post_in(world, mail(*files), large=large)
    world.tap(world.clerk, world.group.last(), "Saya tangani")
    return world.clerk.private.last()


def shown(world: World) -> list[Seen]:
    """The clerk's messages with a file."""
    return [it for it in world.clerk.private.messages() if it.data]


def uploads(world: World) -> list[Entry]:
    journal = world.telegram.journal
    return [*journal.entries(method="sendPhoto"), *journal.entries(method="sendDocument")]


def files(world: World) -> list[Post]:
    return [post for post in world.desk.all(Post) if post.kind == View.FILE]


def labels(message: Seen) -> list[str]:
    return [button.text for button in message.buttons]


def press(world: World, who: str, case: Complaint) -> str:
    """Tap the button's data on a message that never had the button; what the bot says."""
    person = getattr(world, who)
    world.say(person, "/bantuan")
    query = person.press(person.id, person.private.last().id, f"files:{case.id}")
    world.settle()
    return str(world.telegram.world.answer(query)["text"])


@pytest.mark.parametrize("large", [False, True])
def test_a_photo_arrives_byte_for_byte_protected_and_in_private(world: World, large: bool) -> None:
    case = taken(world, ("kursi patah.png", "image/png", PNG), large=large)
    assert labels(case) == ["Tanya pengadu", "Lampiran (1)", "Lainnya"]
    assert (world.desk.all(Delivery)[0].blob is not None) is large
    assert world.tap(world.clerk, case, "Lampiran (1)") == "Baik."
    [photo] = shown(world)
    assert photo.data == PNG
    assert photo.protected
    assert photo.text == "ADU-2026-0001 · Pesan ke-1, 09.00\nkursi patah.png (10 KB)"
    [entry] = uploads(world)
    assert (entry.method, entry.params["chat_id"]) == ("sendPhoto", str(world.clerk.id))
    assert [it.data for it in world.group.messages() if it.data] == []
    [post] = files(world)
    assert post.state is SendState.ACCEPTED
    assert post.message_id == photo.id
    world.desk.later(3600)
    assert len(uploads(world)) == 1
    assert list(world.desk.store.blobs.spool.iterdir()) == []


def test_each_tap_shows_it_once_and_is_on_record(world: World) -> None:
    case = taken(world, ("kursi.png", "image/png", PNG))
    for count in (1, 2):
        world.tap(world.clerk, case, "Lampiran (1)")
        assert len(shown(world)) == count
    seen = [event for event in world.desk.all(Event) if event.kind == "files-shown"]
    assert [event.actor_id for event in seen] == [world.desk.staff["clerk"].id] * 2


def test_a_document_keeps_its_name_and_bytes(world: World) -> None:
    case = taken(world, ("surat.pdf", "application/pdf", PDF))
    world.tap(world.clerk, case, "Lampiran (1)")
    [document] = shown(world)
    assert (document.data, document.file_name) == (PDF, "surat.pdf")
    assert [entry.method for entry in uploads(world)] == ["sendDocument"]


def test_what_only_says_it_is_a_picture_goes_as_a_file(world: World) -> None:
    case = taken(world, ("foto.jpg", "image/jpeg", b"MZ" + PDF))
    world.tap(world.clerk, case, "Lampiran (1)")
    assert [entry.method for entry in uploads(world)] == ["sendDocument"]


def test_files_of_a_further_message_are_among_them(world: World) -> None:
    taken(world, ("satu.png", "image/png", PNG))
    world.desk.clock.forward(3600)
    further = mail(("dua.pdf", "application/pdf", PDF), answers=ID, own_id="<dua@contoh.id>")
    post_in(world, further)
    joined = world.find(world.clerk, "Pesan susulan")
    assert labels(joined) == ["Lampiran (2)"]
    assert "Lampiran (2)" in labels(world.find(world.clerk, "Aduan 0001"))
    world.tap(world.clerk, joined, "Lampiran (2)")
    assert [it.data for it in shown(world)] == [PNG, PDF]
    assert shown(world)[1].text.startswith("ADU-2026-0001 · Pesan ke-2, 10.")


def test_the_newest_ten_are_shown_and_the_others_counted(world: World) -> None:
    case = taken(world, *photos(12))
    world.tap(world.clerk, case, "Lampiran (12)")
    assert [it.data[-1] for it in shown(world)] == list(range(3, 13))
    assert "2 yang lebih lama" in world.find(world.clerk, "Lampiran terbaru menyusul").text


def test_an_answer_to_a_photo_is_a_draft_for_its_case(world: World) -> None:
    world.tap(world.clerk, taken(world, *photos(1)), "Lampiran (1)")
    world.taken(WORDS, sender="lain@contoh.id")
    world.say(world.clerk, "Kursinya diganti hari ini.", reply_to=shown(world)[0])
    assert "Aduan ADU-2026-0001" in world.coordinator.private.last().text


def test_whoever_may_not_read_the_case_gets_nothing(world: World) -> None:
    taken(world, *photos(1))
    case = world.desk.complaint()
    other = world.telegram.world.user(21, "Lain")
    world.add_staff("Petugas Lain", Role.CLERK, 21, started=True)
    other.say(other.private, "/bantuan")
    world.settle()
    query = other.press(other.id, other.private.last().id, f"files:{case.id}")
    world.settle()
    answer = world.telegram.world.answer(query)["text"]
    assert answer == "Sudah ditangani Petugas 11."
    assert uploads(world) == []
    assert files(world) == []
    assert press(world, "coordinator", case) == "Baik."
    assert [it.data for it in world.coordinator.private.messages() if it.data] == [photos(1)[0][2]]


def test_a_case_in_nobody_s_hands_shows_a_clerk_nothing(world: World) -> None:
    post_in(world, mail(*photos(1)))
    assert press(world, "clerk", world.desk.complaint()) == "Ini bukan wewenang petugas."
    assert uploads(world) == []


def test_a_case_without_files_has_no_button_and_answers_a_forged_one(world: World) -> None:
    assert labels(taken(world)) == ["Tanya pengadu", "Lainnya"]
    assert press(world, "clerk", world.desk.complaint()).startswith("Sudah selesai")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("tagihan.pdf.exe", "application/pdf"),
        ("cuti.APK", "application/octet-stream"),
        ("kursi.svg", "image/svg+xml"),
        ("surat.html", "text/html"),
        ("foto.png", "image/svg+xml"),
        ("tak dikenal", "application/octet-stream"),
    ],
)
def test_what_nobody_should_open_is_named_and_stays_where_it_is(
    world: World, name: str, kind: str
) -> None:
    case = taken(world, (name, kind, PNG), ("kursi.png", "image/png", PNG))
    world.tap(world.clerk, case, "Lampiran (2)")
    told = world.find(world.clerk, "bisa merusak HP")
    assert name in told.text
    assert "jangan dibuka" in told.text
    assert told.protected
    assert [it.file_name for it in shown(world)] == ["kursi.png"]


def test_what_is_too_large_is_named_and_never_taken_out(world: World) -> None:
    case = taken(world, *photos(1))
    with world.desk.store.write("test") as db:
        db.get_one(Attachment, 1).size = 50_000_001
    world.tap(world.clerk, case, "Lampiran (1)")
    assert "Terlalu besar" in world.clerk.private.last().text
    assert "kotak email" in world.clerk.private.last().text
    assert uploads(world) == []


@pytest.mark.parametrize("loss", ["blob", "account", "part", "empty"])
def test_what_cannot_be_read_any_more_is_named(world: World, loss: str) -> None:
    case = taken(world, ("kursi.png", "image/png", PNG), large=True)
    desk = world.desk
    [row] = desk.all(Delivery)
    if loss == "blob":
        assert desk.store.blobs.remove(row.blob, timedelta(days=-1))
    elif loss == "account":
        assert isinstance(desk.office.channels, dict)
        del desk.office.channels["hotline"]
    elif loss == "part":
        with desk.store.write("test") as db:
            db.get_one(Attachment, 1).part = "7.7"
    else:
        desk.store.blobs.path(row.blob).write_bytes(mail(("kursi.png", "image/png", b"")))
    world.tap(world.clerk, case, "Lampiran (1)")
    assert "Tidak bisa dibaca dari sini" in world.clerk.private.last().text
    assert [post.state for post in files(world)] == [SendState.ACCEPTED]


def test_a_picture_that_telegram_does_not_take_goes_as_a_file(world: World) -> None:
    case = taken(world, *photos(1))
    world.faults.add(Refuse(400, "{}"), method="sendPhoto")
    world.tap(world.clerk, case, "Lampiran (1)")
    assert len(shown(world)) == 1
    assert [entry.method for entry in uploads(world)] == ["sendPhoto", "sendDocument"]


def test_a_file_that_telegram_does_not_take_is_named(world: World) -> None:
    case = taken(world, ("surat.pdf", "application/pdf", PDF))
    world.faults.add(Refuse(400, "{}"), method="sendDocument")
    world.tap(world.clerk, case, "Lampiran (1)")
    assert "Telegram tidak menerima berkas ini" in world.clerk.private.last().text
    assert shown(world) == []


def test_an_end_that_nobody_saw_is_tried_again_but_not_for_ever(world: World) -> None:
    case = taken(world, *photos(1))
    world.faults.add(DROP_AFTER_COMMIT, method="sendPhoto", times=None)
    world.tap(world.clerk, case, "Lampiran (1)")
    for _ in range(5):
        world.desk.later(60)
    assert len(shown(world)) == 3
    assert "Telegram tidak menerima" in world.clerk.private.last().text
    assert [post.state for post in files(world)] == [SendState.ACCEPTED]


def test_being_told_to_wait_is_no_refusal(world: World) -> None:
    case = taken(world, *photos(1))
    world.faults.add(TooMany(30), method="sendPhoto", times=6)
    world.tap(world.clerk, case, "Lampiran (1)")
    assert shown(world) == []
    for _ in range(8):
        world.desk.later(60)
    assert len(shown(world)) == 1


def test_cards_go_before_files_that_wait(world: World) -> None:
    case = taken(world, *photos(3))
    journal = world.telegram.journal
    before = len(journal.entries())
    world.faults.add(TooMany(5), method="sendPhoto")
    world.tap(world.clerk, case, "Lampiran (3)")
    world.desk.arrive(WORDS, sender="lain@contoh.id")
    world.desk.later(60)
    sent = [
        (entry.method, int(entry.params["chat_id"]) < 0)
        for entry in journal.entries()[before:]
        if entry.method in ("sendMessage", "sendPhoto") and entry.committed
    ]
    assert sent == [("sendMessage", True), *[("sendPhoto", False)] * 3]


def test_names_are_shown_without_tricks_and_cut_before_their_ending() -> None:
    def named(name: str, kind: str = "application/octet-stream") -> Attachment:
        return Attachment(message_id=1, name=name, content_type=kind, size=1)

    assert shown_name(named("a\u202egnp.exe\n")) == "agnp.exe"
    long = shown_name(named("x" * 300 + ".pdf"))
    assert (len(long), long[-5:]) == (60, "x.pdf")
    assert sending_name(named("foto", "image/jpeg")) == "foto.jpg"
    assert sending_name(named("foto 05.11", "image/png")) == "foto 05.11.png"
    assert sending_name(named("a.pdf\u202e")) == "a.pdf"
    for name in ("a.js", "a.bat", "a.scr", "a.lnk", "a.zip", "a.docm", "a.exe.", "a.htm"):
        assert sending_name(named(name, "image/png")) == "", name


def test_both_languages_say_why() -> None:
    for why in ("unsafe", "too-large", "unreadable", "refused"):
        assert say("id", f"file.{why}") != say("en", f"file.{why}")
