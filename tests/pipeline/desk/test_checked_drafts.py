"""A draft is checked when it is written and again when it is approved; whatever the channel."""

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from notifier.scene import Scene
from pipeline import desk
from pipeline.autoreplies import may_reach
from pipeline.desk.refused import Refused
from pipeline.posts import View
from store.states import SendState
from store.tables import Contact, Post, Reply, ReplyPart
from tests.pipeline.conftest import Desk

NIK = "Ibu dengan NIK 3305014101900001 sudah terdaftar."


def taken(made: Desk) -> int:
    made.arrive("obat habis")
    made.settle()
    case = made.complaint().id
    assert case is not None
    made.decide(desk.take, "clerk", case)
    return case


@pytest.mark.parametrize(
    ("text", "key"), [(NIK, "has-nik"), ("Kartu 0001234567890 aktif.", "has-bpjs")]
)
def test_no_draft_holds_a_citizens_card(desk_of_one: Desk, text: str, key: str) -> None:
    case = taken(desk_of_one)
    with pytest.raises(Refused, match=key):
        desk_of_one.decide(desk.draft, "clerk", case, text)
    assert desk_of_one.all(Reply) == []


def test_what_a_person_carries_is_checked_too(desk_of_one: Desk) -> None:
    with desk_of_one.store.write("test.by-hand", facility=desk_of_one.office.id) as db:
        desk.record_by_hand(
            db,
            desk_of_one.clock.now,
            desk_of_one.office,
            desk_of_one.staff["clerk"],
            key="1",
            text="antri lama",
            medium="phone",
        )
    desk_of_one.settle()
    with pytest.raises(Refused, match="has-nik"):
        desk_of_one.decide(desk.draft, "clerk", desk_of_one.complaint().id, NIK)


def test_nobody_approves_one_that_stands_from_before(desk_of_one: Desk) -> None:
    case = taken(desk_of_one)
    reply: Reply = desk_of_one.decide(desk.draft, "clerk", case, "Sudah kami perbaiki.")
    with desk_of_one.store.write("test.before", facility=desk_of_one.office.id) as db:
        row = db.get_one(Reply, reply.id)
        row.text = NIK
        row.digest = digest = desk.digest_of(row)
    with pytest.raises(Refused, match="has-nik"):
        desk_of_one.decide(desk.approve, "coordinator", reply.id, digest)
    assert [part.state for part in desk_of_one.all(ReplyPart)] == [SendState.HELD]


def shown(made: Desk, view: View, reply: Reply) -> str:
    """What a view of this reply says now."""
    from notifier import reply_views

    draw: Any = {View.APPROVAL: reply_views.approval, View.FORWARDED: reply_views.forwarded}[view]
    [post] = [it for it in made.all(Post) if it.kind == view and it.reply_id == reply.id]
    with made.store.read() as db:
        scene = Scene(db=db, post=post, office=made.office, now=made.clock.now, username="bot")
        sheet, _ = draw(scene)
        return str(sheet.plain())


def test_a_number_and_an_address_are_pointed_out_to_both(desk_of_one: Desk) -> None:
    desk_of_one.office = replace(desk_of_one.office, phones=("0287-551234",))
    case = taken(desk_of_one)
    text = "Hubungi Bu Rini 0812-3456-7890 atau rini@contoh.id, atau kami 0287-551234."
    reply: Reply = desk_of_one.decide(desk.draft, "clerk", case, text)
    for view in (View.APPROVAL, View.FORWARDED):
        said = shown(desk_of_one, view, reply)
        assert "nomor telepon (08…90)" in said
        assert "alamat email (ri…@contoh.id)" in said
        assert said.count("⚠") == 2


def test_that_the_citizen_refuses_messages_is_said_to_both(desk_of_one: Desk) -> None:
    case = taken(desk_of_one)
    with desk_of_one.store.write("test.stop", facility=desk_of_one.office.id) as db:
        person = db.exec(select(Contact)).one()
        person.opted_out_at = desk_of_one.clock.now
        assert not may_reach(db, person)
    reply: Reply = desk_of_one.decide(desk.draft, "clerk", case, "Sudah kami perbaiki.")
    for view in (View.APPROVAL, View.FORWARDED):
        assert "Pengadu menolak pesan" in shown(desk_of_one, view, reply)
    desk_of_one.decide(desk.approve, "coordinator", reply.id, reply.digest)
    desk_of_one.later(desk_of_one.ctx.settings.undo_seconds + 1)
    assert desk_of_one.letters.sent == []
    assert [part.waits_for for part in desk_of_one.all(ReplyPart)] == ["call"]
