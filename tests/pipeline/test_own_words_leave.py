"""From a citizen's message to what leaves by itself, through every stage."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from sqlmodel import select

from channels.message import Delivery, Event, Message
from pipeline.autoreplies import texts
from simulator.mail import MailWorld
from store.states import AutoReplyKind, SendState
from store.tables import Account, AutoReply, Complaint, ReplyPart
from tests.doubles import LetterChannel
from tests.pipeline.auto_desk import receipts, said
from tests.pipeline.conftest import Desk
from tests.pipeline.mail_desk import mail, mail_desk

SITI = "+6281200000001"


class Phone(LetterChannel):
    """A gateway for SMS whose raw is that of letters."""

    channel: ClassVar[str] = "android"

    def parse(self, delivery: Delivery) -> Sequence[Event]:
        [letter] = super().parse(delivery)
        assert isinstance(letter, Message)
        return [replace(letter, medium="sms", vouched=True)]


@pytest.fixture
def phone(town: Desk) -> Desk:
    """A desk behind a number."""
    town.office.channels["hotline"] = town.letters = Phone()  # type: ignore[index]
    with town.store.write("test.setup", facility=town.office.id) as db:
        db.exec(select(Account).where(Account.name == "hotline")).one().channel = "android"
    return town


def write(desk: Desk, text: str, after: float = 10.0) -> None:
    """A short message; what is due happens."""
    desk.arrive(text, SITI)
    desk.settle()
    desk.later(after)


def test_a_greeting_and_what_follows_get_one_receipt(phone: Desk) -> None:
    write(phone, "Assalamualaikum")
    write(phone, "antri dr jam 7 smp 11 blm dipanggil")
    write(phone, "yg dtg belakangan malah duluan")
    assert len(phone.all(Complaint)) == 1
    assert phone.letters.sent == []
    phone.later(60)
    [sent] = phone.letters.sent
    assert sent.automatic
    assert sent.recipient == SITI
    assert sent.text == (
        "Aduan ADU-2026-0001 diterima. Dijawab paling lambat Jum 27/11. Gratis. "
        "Mohon tidak mengirim foto KTP. Darurat: telepon 119"
    )
    [row] = receipts(phone)
    assert row.state is SendState.ACCEPTED
    phone.later(7 * 3600)
    assert len(phone.letters.sent) == 1


def test_a_greeting_that_nothing_follows_gets_one_too(phone: Desk) -> None:
    write(phone, "P")
    write(phone, "Assalamualaikum")
    phone.later(600)
    phone.later(61)
    assert len(phone.letters.sent) == len(phone.all(Complaint)) == 1


def test_danger_is_answered_before_anything_else(phone: Desk) -> None:
    phone.arrive("Ibu saya pingsan di ruang tunggu tidak ditangani!!", SITI)
    phone.settle()
    [sent] = phone.letters.sent
    assert "SEGERA telepon 119" in sent.text
    phone.later(61)
    assert ["SEGERA" in it.text for it in phone.letters.sent] == [True, False]


def test_stop_is_confirmed_and_the_answer_is_told_by_telephone(phone: Desk) -> None:
    write(phone, "loketnya tutup")
    write(phone, "BERHENTI")
    [confirmed] = phone.letters.sent
    assert "Balas MULAI" in confirmed.text
    assert [row.state for row in receipts(phone)] == [SendState.PENDING]
    phone.later(120)
    assert [row.state for row in receipts(phone)] == [SendState.CANCELLED]
    phone.answered("Sudah kami buka.")
    phone.later(300)
    assert phone.letters.sent == [confirmed]
    assert [part.waits_for for part in phone.all(ReplyPart)] == ["call"]
    write(phone, "MULAI")
    # What was approved waited for that; and MULAI is confirmed.
    assert {it.text for it in phone.letters.sent[1:]} == {"Sudah kami buka.", texts.opted_in()}
    assert [row.kind for row in phone.all(AutoReply)] == [
        AutoReplyKind.RECEIPT,
        AutoReplyKind.OPT_OUT,
        AutoReplyKind.OPT_IN,
    ]


def test_a_mail_gets_its_receipt_in_its_thread(tmp_path: Path) -> None:
    with (
        MailWorld(user="meja", password="s4ndi") as sink,
        mail_desk(tmp_path, "aduan@melati.example", sink) as post,
    ):
        post.desk.office = replace(
            post.desk.office, settings=replace(post.desk.office.settings, receipts=True)
        )
        post.desk.ctx.offices[post.desk.office.id] = post.desk.office  # type: ignore[index]
        post.deliver(mail("Siti <siti@contoh.id>", "Obat habis.", Message_ID="<a1@contoh.id>"))
        post.desk.later(61)
        [letter] = sink.letters()
        assert letter.message["Subject"] == "Aduan ADU-2026-0001 diterima"
        assert letter.message["In-Reply-To"] == "<a1@contoh.id>"
        assert letter.message["Auto-Submitted"] == "auto-replied"
        assert "paling lambat Jum 27/11" in letter.text
        # The receipt comes back as an absence: a machine, and no end to it otherwise.
        away = mail(
            "Siti <siti@contoh.id>",
            "Sedang cuti.",
            Message_ID="<a2@contoh.id>",
            In_Reply_To=f"<{letter.message_id}>",
            Auto_Submitted="auto-replied",
        )
        post.deliver(away)
        post.desk.later(7 * 3600)
        assert len(sink.letters()) == 1
        assert len(post.desk.all(Complaint)) == 1
        assert said(post.desk, AutoReplyKind.RECEIPT)[0].state is SendState.ACCEPTED
