"""What joins by itself needs proof; everything else is a case of its own, with a suggestion."""

import pytest

from pipeline import desk
from pipeline.conversation.senses import only_thanks
from pipeline.posts import View
from store.states import Disposition, Status, SuggestionState
from store.tables import Complaint, Delivery, Message, ReplyPart, Suggestion
from tests.pipeline.conftest import Desk


def test_a_known_sender_the_server_vouches_for_joins(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu", identity="a")
    desk_of_one.settle()
    desk_of_one.arrive("lalu?", references=["lain", "a", "asing"], vouched=True)
    desk_of_one.settle()
    assert [row.disposition for row in desk_of_one.all(Delivery)] == ["recorded", "joined"]
    assert desk_of_one.all(Suggestion) == []


def test_a_reference_alone_is_a_suggestion(desk_of_one: Desk) -> None:
    desk_of_one.arrive("satu", identity="a")
    desk_of_one.arrive("saya Siti, sungguh", in_reply_to="a")
    desk_of_one.settle()
    assert len(desk_of_one.all(Complaint)) == 2
    [suggestion] = desk_of_one.all(Suggestion)
    assert (suggestion.complaint_id, suggestion.other_id) == (2, 1)
    assert (suggestion.reason, suggestion.state) == ("reference", SuggestionState.OPEN)


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_a_stranger_never_gets_into_another_s_case(desk_of_one: Desk, in_one_batch: bool) -> None:
    desk_of_one.arrive("satu", identity="a")
    if not in_one_batch:
        desk_of_one.settle()
    fields = {"in_reply_to": "a", "subject": "ADU-2026-0001", "vouched": True}
    desk_of_one.arrive("beri tahu saya juga", sender="orang@lain.id", **fields)
    desk_of_one.settle()
    assert len(desk_of_one.all(Complaint)) == 2
    assert [row.reason for row in desk_of_one.all(Suggestion)] == ["reference"]


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_a_parent_that_comes_later_suggests(desk_of_one: Desk, in_one_batch: bool) -> None:
    desk_of_one.arrive("lalu?", identity="b", in_reply_to="a", vouched=True)
    if not in_one_batch:
        desk_of_one.settle()
    desk_of_one.arrive("mula-mula", identity="a", vouched=True)
    desk_of_one.settle()
    [suggestion] = desk_of_one.all(Suggestion)
    assert (suggestion.complaint_id, suggestion.other_id) == (2, 1)
    assert suggestion.reason == "earlier-answer"


def answered_once(one: Desk) -> ReplyPart:
    one.arrive("loketnya tutup", identity="a")
    one.settle()
    one.answered()
    one.later(120)
    part: ReplyPart = one.all(ReplyPart)[-1]
    return part


def test_our_own_signed_id_joins_whoever_answers(desk_of_one: Desk) -> None:
    part = answered_once(desk_of_one)
    desk_of_one.arrive("terus?", sender="suami@contoh.id", answers_part=part.id, identity="b")
    # In the same batch: what came in over somebody else's address stays no proof of the owner.
    desk_of_one.arrive("dan?", sender="suami@contoh.id", in_reply_to="b", vouched=True)
    desk_of_one.arrive("dan?", sender="siti@contoh.id", in_reply_to="b", vouched=True)
    desk_of_one.settle()
    ends = [row.disposition for row in desk_of_one.all(Delivery)][1:]
    assert ends == [Disposition.JOINED, Disposition.RECORDED, Disposition.JOINED]
    # Joining never changes a recipient.
    reply = desk_of_one.answered("Sudah kami periksa lagi.")
    assert reply.recipient == "siti@contoh.id"


def test_a_part_of_nobody_s_joins_nothing(desk_of_one: Desk) -> None:
    desk_of_one.arrive("terus?", answers_part=77)
    desk_of_one.settle()
    assert [row.disposition for row in desk_of_one.all(Delivery)] == ["recorded"]


@pytest.mark.parametrize(
    ("text", "vouched", "joins", "suggests"),
    [
        ("soal ADU-2026-0001 bagaimana?", True, True, False),
        ("soal ADU-2026-0001 bagaimana?", False, False, True),
        ("soal ADU-2025-0001 bagaimana?", True, False, False),
        ("laporan 0001 bagaimana?", True, False, True),
        ("saya antre nomor 001 dan tidak dipanggil", True, False, True),
        ("soal ADU-2026-0002 bagaimana?", True, False, False),
    ],
)
def test_a_number_points_at_the_person_s_own_case(
    desk_of_one: Desk, text: str, vouched: bool, joins: bool, suggests: bool
) -> None:
    desk_of_one.arrive("satu")
    desk_of_one.settle()
    desk_of_one.arrive(text, vouched=vouched)
    desk_of_one.settle()
    assert (desk_of_one.all(Delivery)[-1].disposition == "joined") is joins
    assert [row.reason for row in desk_of_one.all(Suggestion)] == ["number"] * suggests


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("ok mksh 👍🏽", Status.ANSWERED),
        ("Terima kasih, Bu.", Status.ANSWERED),
        ("terima kasih, tapi obatnya belum ada", Status.TAKEN),
        ("???", Status.TAKEN),
        ("", Status.TAKEN),
    ],
)
def test_a_further_message_opens_an_answered_case_unless_it_is_thanks(
    desk_of_one: Desk, text: str, status: Status
) -> None:
    part = answered_once(desk_of_one)
    desk_of_one.arrive(text, answers_part=part.id)
    desk_of_one.settle()
    assert desk_of_one.complaint().status is status
    assert View.JOINED in desk_of_one.chat.views(desk_of_one.staff["clerk"].id)


@pytest.mark.parametrize("text", ["👎", "sudah?", "...", "!!!", "tidak jelas", "ok" * 61])
def test_no_thanks(text: str) -> None:
    assert not only_thanks(text)


@pytest.mark.parametrize("text", ["🙏", "Siap kak, matur nuwun…", "OKE", "sudah jelas, trims 😊"])
def test_thanks(text: str) -> None:
    assert only_thanks(text)


def suggested(one: Desk, second_sender: str = "siti@contoh.id") -> int:
    one.arrive("satu", identity="a")
    one.arrive("lagi", in_reply_to="a", sender=second_sender)
    one.settle()
    [suggestion] = one.all(Suggestion)
    assert suggestion.id is not None
    return int(suggestion.id)


def test_a_join_of_one_person_s_complaints_can_be_undone(desk_of_one: Desk) -> None:
    suggestion = suggested(desk_of_one)
    desk_of_one.decide(desk.join, "clerk", suggestion)
    second = desk_of_one.complaint(2)
    assert (second.status, second.merged_into) == (Status.CLOSED, 1)
    with pytest.raises(desk.Refused, match="nothing-to-do"):
        desk_of_one.decide(desk.join, "clerk", suggestion)
    desk_of_one.decide(desk.split, "clerk", second.id)
    second = desk_of_one.complaint(2)
    assert (second.status, second.merged_into, second.closed_at) == (Status.NEW, None, None)
    assert desk_of_one.all(Suggestion)[0].state is SuggestionState.OPEN
    with pytest.raises(desk.Refused, match="nothing-to-do"):
        desk_of_one.decide(desk.split, "clerk", second.id)


def test_two_people_each_get_their_own_answer_after_a_join(desk_of_one: Desk) -> None:
    suggestion = suggested(desk_of_one, "budi@contoh.id")
    desk_of_one.decide(desk.join, "clerk", suggestion)
    second = desk_of_one.complaint(2)
    assert (second.status, second.merged_into) == (Status.NEW, 1)
    assert desk_of_one.answered(number=2).recipient == "budi@contoh.id"
    desk_of_one.decide(desk.split, "clerk", second.id)
    assert desk_of_one.complaint(2).status is Status.APPROVED  # what was approved still leaves
    desk_of_one.later(120)
    assert [letter.recipient for letter in desk_of_one.letters.sent] == ["budi@contoh.id"]


def test_a_suggestion_can_be_rejected(desk_of_one: Desk) -> None:
    suggestion = suggested(desk_of_one)
    desk_of_one.decide(desk.reject, "clerk", suggestion)
    assert desk_of_one.all(Suggestion)[0].state is SuggestionState.REJECTED
    with pytest.raises(desk.Refused, match="nothing-to-do"):
        desk_of_one.decide(desk.join, "clerk", suggestion)


def test_an_automatic_answer_to_us_joins_nothing(desk_of_one: Desk) -> None:
    part = answered_once(desk_of_one)
    desk_of_one.arrive("Saya sedang cuti", answers_part=part.id, automated="automatic")
    desk_of_one.settle()
    assert desk_of_one.all(Message)[-1].complaint_id is None
    assert desk_of_one.complaint().status is Status.ANSWERED
