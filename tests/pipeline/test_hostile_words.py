"""Whatever stands in a mail, every engine takes it: nothing is given up for its characters, its
length or its numbers.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.base import Batch
from channels.message import Delivery as Raw
from pipeline.desk import Refused
from simulator.mail import MailWorld
from store import deliveries
from store.tables import Attachment, Complaint, Contact, Delivery, Message
from tests.pipeline.conftest import Desk
from tests.pipeline.mail_desk import MailDesk, mail_desk

# Of many kinds: what repeats itself is packed, and fits an index however long it is.
LONG = "".join(map(chr, random.Random(1).sample(range(0x4E00, 0x9FFF), 5_000)))
MAIL = f"""\
From: "Si\0ti =?utf-8?q?a=00b?=" <siti@contoh.id>
Subject: =?utf-8?q?loket=00tutup_=ED=A0=80?=
Message-ID: <{LONG}@contoh.id>
In-Reply-To: <{LONG}@desk.example>
References: <{LONG}@desk.example> <\0@contoh.id>
Date: {{date}}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Loket\0nya tutup. \\ud800 Laporan ADU-9999-999999, nomor 999999.
--b
Content-Type: image/png; name="kur\0si.png"
Content-Disposition: attachment; filename="kur\0si.png"

\0\0\0
--b--
"""


@pytest.fixture
def one(tmp_path: Path) -> Iterator[MailDesk]:
    with MailWorld() as sink, mail_desk(tmp_path, "aduan@desk.example", sink) as desk:
        yield desk


@pytest.mark.parametrize(
    "date",
    ["Fri, 31 Dec 9999 23:59:59 +0000", "Mon, 01 Jan 0001 00:00:00 +0000", "1 Jan 99999", "\0"],
)
def test_a_mail_that_no_column_was_made_for(one: MailDesk, date: str) -> None:
    one.deliver(MAIL.format(date=date).encode())
    one.deliver(MAIL.format(date=date).replace("Loket", "Kursi").encode())
    assert [row.disposition for row in one.desk.all(Delivery)] == ["recorded", "recorded"]
    first, second = one.desk.all(Message)
    assert first.text.startswith("Loketnya tutup.")
    assert first.external_id == second.external_id
    assert first.identity != second.identity
    assert first.in_reply_to in first.references
    assert [row.name for row in one.desk.all(Attachment)] == ["kursi.png"] * 2
    assert [row.address for row in one.desk.all(Contact)] == ["siti@contoh.id"]


def test_ids_too_long_for_an_index_still_find_their_case(one: MailDesk) -> None:
    date = "Tue, 24 Nov 2026 02:00:00 +0000"
    one.deliver(MAIL.format(date=date).encode())
    answer = f"From: x@contoh.id\nIn-Reply-To: <{LONG}@contoh.id>\nDate: {date}\n\nSaya juga.\n"
    one.deliver(answer.encode())
    first, second = one.desk.all(Message)
    assert second.in_reply_to == first.external_id


def test_a_mail_said_to_be_larger_than_a_number_holds(desk_of_one: Desk) -> None:
    one = desk_of_one
    item = Raw(
        account="hotline",
        stream="inbox",
        transport_id="1",
        received_at=datetime(1, 1, 1, tzinfo=UTC),
        raw=b"{}",
        size=2**32 - 1,
        meta={"name": "\0\ud800"},
    )
    with one.store.write("test.keep", facility=one.office.id) as db:
        batch = Batch(stream="inbox", deliveries=[item], cursor="1")
        assert deliveries.keep(
            db, one.office.id, one.office.accounts["hotline"], batch, one.clock.now
        )
    [row] = one.all(Delivery)
    assert row.size == 2**31 - 1
    assert row.received_at == item.received_at


def test_numbers_that_no_complaint_has(desk_of_one: Desk) -> None:
    from pipeline import desk

    desk_of_one.arrive("loket tutup")
    desk_of_one.settle()
    office = desk_of_one.office
    with desk_of_one.store.read() as db:
        for text in ("ADU-9999-999999", "999999", "9" * 30, "ADU-2026-" + "9" * 30, "²"):
            assert desk.find_case(db, office, text) == []
    for number in (0, 2**31 - 1):
        with pytest.raises(Refused):
            desk_of_one.decide(desk.take, "clerk", number)
    assert len(desk_of_one.all(Complaint)) == 1
