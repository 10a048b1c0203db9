"""The register's lines, exactly as programs may rely on them."""

import io
import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from sqlalchemy import event
from sqlmodel import select

from reports.register import as_json, as_table
from store import register
from store.register import entries
from store.states import SendState, Status
from store.tables import Contact, Message
from tests.reports.conftest import NOW, Book


def lines(book: Book, **how: Any) -> list[dict[str, Any]]:
    return [
        json.loads(as_json(entry, {book.home: "melati"}))
        for entry in entries(book.store, [book.home], **how)
    ]


def test_a_whole_case_is_one_line(book: Book) -> None:
    case = book.complaint(status=Status.ANSWERED, replied_at=NOW, alerted_at=NOW)
    book.message(case, "Tambahan.", external_id="dua@contoh.example", minutes=5)
    book.message(case, "Antre 😡", external_id="satu@contoh.example", files=("wc.jpg",))
    book.reply(case, 1, SendState.SUPERSEDED)
    book.reply(case, 2, SendState.DELIVERED, SendState.ACCEPTED)
    [line] = lines(book)
    assert line == {
        "number": "ADU-2026-0001",
        "channel": "email",
        "medium": "",
        "external_ids": ["satu@contoh.example", "dua@contoh.example"],
        "sender": "warga@contoh.example",
        "kind": "complaint",
        "category": None,
        "urgency": None,
        "status": "answered",
        "text": "Antre 😡\n\nTambahan.",
        "attachments": [{"name": "wc.jpg", "size": 3, "content_type": "image/jpeg"}],
        "received_at": "2026-11-20T08:00:00+00:00",
        "alerted_at": "2026-11-20T08:00:00+00:00",
        "replied_at": "2026-11-20T08:00:00+00:00",
        "replies": [
            {"version": 1, "text": "Jawaban 1", "state": "superseded", "sent_at": None},
            {
                "version": 2,
                "text": "Jawaban 2",
                "state": "accepted",
                "sent_at": "2026-11-20T08:01:00+00:00",
            },
        ],
        "facility": "melati",
    }


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), "held"),
        ((SendState.READ, SendState.DELIVERED), "delivered"),
        ((SendState.ACCEPTED, SendState.PENDING), "pending"),
        ((SendState.SENDING, SendState.UNKNOWN), "unknown"),
        ((SendState.DELIVERED, SendState.FAILED, SendState.UNKNOWN), "failed"),
    ],
)
def test_a_reply_is_as_far_as_its_slowest_part(
    book: Book, states: tuple[SendState, ...], expected: str
) -> None:
    case = book.complaint()
    book.reply(case, 1, *states)
    [reply] = lines(book)[0]["replies"]
    assert reply["state"] == expected
    assert (reply["sent_at"] is not None) == (expected == "delivered")


def test_every_state_of_a_part_has_its_rank(book: Book) -> None:
    case = book.complaint()
    for version, state in enumerate(SendState, 1):
        book.reply(case, version, state)
    assert [reply["state"] for reply in lines(book)[0]["replies"]] == list(SendState)


def test_what_was_set_aside_is_listed_on_request_only(book: Book) -> None:
    case = book.complaint(status=Status.SET_ASIDE)
    book.message(case, "Promo", external_id="promo@contoh.example")
    book.message(None, "Sedang cuti", external_id="cuti@contoh.example")
    assert [line["number"] for line in lines(book)] == ["ADU-2026-0001"], (
        "a number that was given stays in the book"
    )
    line = lines(book, aside=True)[1]
    assert (line["number"], line["status"], line["kind"]) == (None, "set-aside", None)
    assert line["external_ids"] == ["cuti@contoh.example"]
    assert line["received_at"] == "2026-11-20T08:00:00+00:00"


def test_the_medium_stands_beside_the_channel_and_in_the_table_instead_of_it(book: Book) -> None:
    book.message(book.complaint(), "Antre.", external_id="surat@contoh.example")
    book.message(book.complaint(medium="whatsapp"), "Kotor.", external_id="SM1")
    assert [(line["channel"], line["medium"]) for line in lines(book)] == [
        ("email", ""),
        ("email", "whatsapp"),
    ]
    table = as_table(entries(book.store, [book.home]), ZoneInfo("Asia/Jakarta"), {1: "melati"})
    assert [str(cell) for cell in table.columns[2].cells] == ["email", "whatsapp"]


def test_a_merged_complaint_keeps_its_line(book: Book) -> None:
    first = book.complaint()
    book.complaint(merged_into=first, status=Status.CLOSED)
    assert [line["number"] for line in lines(book)] == ["ADU-2026-0001", "ADU-2026-0002"]


def test_since_bounds_the_receipt(book: Book) -> None:
    book.complaint(NOW - timedelta(days=1))
    book.complaint(NOW)
    assert [line["number"] for line in lines(book, since=NOW)] == ["ADU-2026-0002"]


def test_another_facilitys_book_is_closed(book: Book) -> None:
    book.complaint()
    assert list(entries(book.store, [book.home + 1], aside=True)) == []


def test_it_is_read_in_steps(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "STEP", 2)
    for number in range(5):
        case = book.complaint()
        book.message(case, f"Isi {number}", external_id=f"{number}@contoh.example")
        book.message(None, "cuti", external_id=f"aside-{number}@contoh.example")
    found = lines(book, aside=True)
    assert [line["text"] for line in found[:5]] == [f"Isi {number}" for number in range(5)]
    assert len(found) == 10


@pytest.mark.sqlite
def test_no_step_reads_the_whole_book(book: Book) -> None:
    """Each query either walks the primary key onwards or looks up the ids of its step."""
    for _ in range(3):
        book.message(book.complaint(), "x", external_id=str(_))
    statements: list[tuple[str, Any]] = []
    engine = book.store._reader

    @event.listens_for(engine, "before_cursor_execute")
    def listen(_c: Any, _cur: Any, statement: str, params: Any, _ctx: Any, _many: Any) -> None:
        statements.append((statement, params))

    lines(book, aside=True)
    event.remove(engine, "before_cursor_execute", listen)
    with engine.connect() as connection:
        for statement, params in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", params).all()
            walk = " | ".join(str(row[3]) for row in plan)
            assert not walk.startswith("SCAN"), (statement, walk)
            if "FROM complaint" in statement:
                assert "TEMP B-TREE" not in walk, (statement, walk)


def test_the_table_shows_words_as_they_are(book: Book) -> None:
    case = book.complaint()
    book.message(case, "[red]judes[/red]\x1b[31m\nsekali", external_id="1@contoh.example")
    out = io.StringIO()
    zone, slugs = ZoneInfo("Asia/Jakarta"), {book.home: "melati"}
    Console(file=out, width=200).print(as_table(entries(book.store, [book.home]), zone, slugs))
    shown = out.getvalue()
    assert "Fasilitas" not in shown
    assert "[red]judes[/red] [31m sekali" in shown
    assert "Warga [bold]" in shown
    assert "20/11/2026 15.00" in shown
    assert "\x1b" not in shown


def test_a_district_sees_whose_number_it_is(book: Book) -> None:
    book.message(book.complaint(), "Antre", external_id="1@contoh.example")
    out, slugs = io.StringIO(), {book.home: "melati", book.home + 1: "kenanga"}
    table = as_table(entries(book.store, [book.home]), ZoneInfo("Asia/Jakarta"), slugs)
    Console(file=out, width=200).print(table)
    assert "Fasilitas" in out.getvalue()
    assert "melati" in out.getvalue()


def test_nobody_left_an_address(book: Book) -> None:
    # Given what a clerk typed in without a contact: its identity stands in for the address
    case = book.complaint()
    book.message(case, "WC kotor", external_id="manual:1:2")
    with book.store.write("test.anonymous") as db:
        message = db.exec(select(Message)).one()
        db.get_one(Contact, message.contact_id).address = message.identity
        message.external_id = ""
    [line] = lines(book)
    assert (line["sender"], line["external_ids"]) == ("", ["manual:1:2"])
