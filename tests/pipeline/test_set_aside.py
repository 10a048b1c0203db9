"""What was set aside by its folder alone comes back when somebody takes it out of there."""

from store.tables import Alert, Attachment, Complaint, Delivery, Message
from tests.pipeline.conftest import Desk


def ends(one: Desk) -> list[tuple[str, str]]:
    return [(row.disposition, row.reason) for row in one.all(Delivery)]


PHOTO = [{"name": "foto.jpg", "content_type": "image/jpeg", "size": 3}]


def test_moved_out_of_junk_later_it_is_a_complaint_with_an_alert(desk_of_one: Desk) -> None:
    one = desk_of_one
    one.arrive("antre lama", identity="a", automated="junk", attachments=PHOTO)
    one.settle()
    assert one.all(Complaint) == []
    one.arrive("antre lama", identity="a", attachments=PHOTO)
    one.settle()
    assert ends(one) == [("set-aside", "junk"), ("recorded", "")]
    [message] = one.all(Message)
    assert (message.complaint_id, message.set_aside) == (one.complaint().id, "")
    assert len(one.all(Attachment)) == 1
    assert len(one.all(Alert)) == 1
    one.arrive("antre lama", identity="a", automated="junk", attachments=PHOTO)
    one.arrive("antre lama", identity="a", attachments=PHOTO)
    one.settle()
    assert ends(one)[2:] == [("duplicate", ""), ("duplicate", "")]
    assert len(one.all(Complaint)) == 1


def test_junk_and_inbox_in_one_batch_in_either_order(desk_of_one: Desk) -> None:
    one = desk_of_one
    one.arrive("satu", identity="a", automated="junk")
    one.arrive("satu", identity="a")
    one.arrive("dua", identity="b")
    one.arrive("dua", identity="b", automated="junk")
    one.settle()
    assert ends(one) == [
        ("set-aside", "junk"),
        ("recorded", ""),
        ("recorded", ""),
        ("duplicate", ""),
    ]
    assert len(one.all(Complaint)) == 2
    assert len(one.all(Message)) == 2


def test_a_further_message_out_of_junk_joins_its_case(desk_of_one: Desk) -> None:
    one = desk_of_one
    one.arrive("antre lama", external_id="first")
    one.settle()
    for automated in ("junk", ""):
        one.arrive("masih", identity="b", in_reply_to="first", vouched=True, automated=automated)
        one.settle()
    assert ends(one) == [("recorded", ""), ("set-aside", "junk"), ("joined", "")]
    assert len(one.all(Complaint)) == 1
