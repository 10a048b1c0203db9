"""Machines that answer each answer: it ends at the first turn, for nothing here answers alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.posts import View
from simulator.mail import MailWorld
from store.states import Disposition
from store.tables import Alert, Complaint, Delivery, Message
from tests.pipeline.mail_desk import MailDesk, mail, mail_desk

CITIZEN = "siti@contoh.example"


@pytest.fixture
def sink() -> Iterator[MailWorld]:
    with MailWorld(user="meja", password="s4ndi") as world:
        yield world


def dispositions(one: MailDesk) -> list[Disposition]:
    return [row.disposition for row in one.desk.all(Delivery)]


@pytest.mark.parametrize(
    "marks",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"X_Auto_Response_Suppress": "All"},
        {"Return_Path": "<>"},
        {"Subject": "Balasan otomatis: Aduan"},
    ],
    ids=lambda marks: next(iter(marks)),
)
def test_an_answering_machine_gets_no_second_answer(
    tmp_path: Path, sink: MailWorld, marks: dict[str, str]
) -> None:
    with mail_desk(tmp_path, "aduan@melati.example", sink) as melati:
        melati.deliver(mail(CITIZEN, "loketnya tutup", Message_ID="<a@contoh.example>"))
        letter = melati.answer()
        answered = 0
        # The machine answers every mail that reaches it, as long as there are any.
        while answered < len(sink.letters(CITIZEN)):
            answered += 1
            fields = {"Message_ID": f"<cuti-{answered}@contoh.example>", **marks}
            fields["In_Reply_To"] = f"<{letter.message_id}>"
            melati.deliver(mail(CITIZEN, "Saya sedang cuti.", **fields))
            melati.desk.later(86_400)
        assert answered == 1
        assert dispositions(melati) == [Disposition.RECORDED, Disposition.SET_ASIDE]
        assert len(melati.desk.all(Alert)) == 1
        clerk, coordinator = (melati.desk.staff[who].id for who in ("clerk", "coordinator"))
        assert melati.desk.chat.views(clerk).count(View.JOINED) == 1
        assert View.JOINED not in melati.desk.chat.views(coordinator)


def test_whoever_has_the_case_sees_one_of_many_automatic_answers(
    tmp_path: Path, sink: MailWorld
) -> None:
    with mail_desk(tmp_path, "aduan@melati.example", sink) as melati:
        melati.deliver(mail(CITIZEN, "loketnya tutup", Message_ID="<a@contoh.example>"))
        letter = melati.answer()
        for number in range(20):
            melati.deliver(
                mail(
                    CITIZEN,
                    f"Tiket {number} dibuat.",
                    Message_ID=f"<t{number}@contoh.example>",
                    In_Reply_To=f"<{letter.message_id}>",
                    Auto_Submitted="auto-replied",
                )
            )
        clerk = melati.desk.staff["clerk"].id
        assert melati.desk.chat.views(clerk).count(View.JOINED) == 1
        assert len([m for m in melati.desk.all(Message) if m.set_aside == "automatic"]) == 20


def test_two_desks_that_write_to_each_other_wait_for_people(
    tmp_path: Path, sink: MailWorld
) -> None:
    one, two = "aduan@melati.example", "aduan@kenanga.example"
    with (
        mail_desk(tmp_path / "satu", one, sink) as melati,
        mail_desk(tmp_path / "dua", two, sink) as kenanga,
    ):
        melati.deliver(mail(two, "Titipan warga.", Message_ID="<t@kenanga.example>"))
        first = melati.answer("Sudah kami teruskan.")
        carried = 0
        for _ in range(10):
            letters = sink.letters()[carried:]
            carried += len(letters)
            for letter in letters:
                (melati if letter.to == one else kenanga).deliver(letter.raw)
            melati.desk.later(86_400)
            kenanga.desk.later(86_400)
        assert (carried, first.to) == (1, two)
        assert [len(it.desk.all(Complaint)) for it in (melati, kenanga)] == [1, 1]
        # A person there answers, and that is one more turn, of one more person's making.
        second = kenanga.answer("Terima kasih.")
        melati.deliver(second.raw)
        melati.desk.later(86_400)
        assert len(sink.letters()) == 2
        assert dispositions(melati) == [Disposition.RECORDED, Disposition.JOINED]


def test_our_own_mail_that_comes_home_is_no_complaint(tmp_path: Path, sink: MailWorld) -> None:
    with mail_desk(tmp_path, "aduan@melati.example", sink) as melati:
        melati.deliver(mail(CITIZEN, "loketnya tutup", Message_ID="<a@contoh.example>"))
        letter = melati.answer()
        melati.deliver(letter.raw)
        melati.deliver(mail("aduan@melati.example", "coba", Message_ID="<c@melati.example>"))
        assert dispositions(melati)[1:] == [Disposition.ECHO, Disposition.SET_ASIDE]
        assert len(melati.desk.all(Complaint)) == 1


@pytest.mark.parametrize("sender", ["no-reply@contoh.example", "owner-rw@milis.example"])
def test_a_sender_that_takes_no_replies_is_answered_by_hand(
    tmp_path: Path, sink: MailWorld, sender: str
) -> None:
    with mail_desk(tmp_path, "aduan@melati.example", sink) as melati:
        route = melati.desk.office.channels["hotline"].routes(sender, melati.desk.clock.now)  # type: ignore[attr-defined]
        assert [it.kind for it in route] == ["manual"]
