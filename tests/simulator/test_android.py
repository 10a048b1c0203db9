"""What the Android double takes, keeps and lists, and what befalls it."""

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from simulator.android import AndroidDouble
from simulator.faults import DROP_AFTER_COMMIT, DROP_BEFORE_COMMIT, FaultPlan, Refuse, TooMany
from simulator.journal import Journal
from tests.simulator.android_phone import ANI, ask, inbox, send, texts
from tests.simulator.conftest import StillClock


@pytest.fixture
def android(journal: Journal, faults: FaultPlan, clock: StillClock) -> Iterator[AndroidDouble]:
    with AndroidDouble(journal, faults, clock=clock) as double:
        yield double


def test_a_message_is_taken_once_under_its_id(android: AndroidDouble) -> None:
    status, answer = send(android, id="part-7", withDeliveryReport=True, ttl=3600, simNumber=1)
    assert status == 202
    assert answer["id"] == "part-7"
    assert answer["state"] == "Pending"
    assert answer["recipients"] == [{"phoneNumber": ANI, "state": "Pending"}]
    again = send(android, id="part-7")
    assert again == (409, {"message": "Message with the same ID already exists"})
    assert android.citizen(ANI).texts == ("Terima kasih.",)


def test_an_old_app_takes_a_repeated_id_in_silence_and_has_no_inbox(android: AndroidDouble) -> None:
    android.old = True
    assert send(android, id="part-7")[0] == 202
    assert send(android, id="part-7")[0] == 202
    assert android.citizen(ANI).texts == ("Terima kasih.",)
    assert inbox(android)[0] == 404


def test_an_id_is_made_where_none_is_chosen(android: AndroidDouble) -> None:
    first, second = send(android)[1]["id"], send(android)[1]["id"]
    assert first != second
    assert ask(android, "GET", f"/messages/{first}")[1]["id"] == first


def test_states_follow_the_message(android: AndroidDouble, clock: StillClock) -> None:
    send(android, id="a")

    def state() -> str:
        return str(ask(android, "GET", "/messages/a")[1]["state"])

    assert state() == "Processed"
    android.sent("a")
    assert state() == "Sent"
    clock.forward(minutes=3)
    android.deliver("a")
    answer = ask(android, "GET", "/messages/a")[1]
    assert answer["state"] == "Delivered"
    assert answer["states"]["Delivered"] == "2026-11-25T02:15:00.000+00:00"
    android.fail("a", "Delivery result: 70")
    recipient = ask(android, "GET", "/messages/a")[1]["recipients"][0]
    assert recipient == {"phoneNumber": ANI, "state": "Failed", "error": "Delivery result: 70"}


def test_states_move_with_every_look_where_wanted(android: AndroidDouble) -> None:
    android.phone.progresses = True
    send(android, id="a")
    send(android, id="b", withDeliveryReport=False)
    seen = {
        name: [ask(android, "GET", f"/messages/{name}")[1]["state"] for _ in range(4)]
        for name in ("a", "b")
    }
    assert seen["a"] == ["Processed", "Sent", "Delivered", "Delivered"]
    assert seen["b"] == ["Processed", "Sent", "Sent", "Sent"]


def test_what_cannot_arrive_fails(android: AndroidDouble) -> None:
    android.citizen(ANI).fails_with("Send result: RESULT_ERROR_NO_SERVICE")
    send(android, id="a")
    send(android, id="b", phoneNumbers=["12345"])
    for name in ("a", "b"):
        assert ask(android, "GET", f"/messages/{name}")[1]["state"] == "Failed"
    assert android.citizen(ANI).texts == ()


def test_a_phone_that_held_sends_the_newest_first_and_nothing_too_late(
    android: AndroidDouble, clock: StillClock
) -> None:
    android.phone.holds = True
    for name, ttl in (("a", 600), ("b", 30), ("c", 600)):
        send(android, id=name, textMessage={"text": name}, ttl=ttl)
    assert android.citizen(ANI).texts == ()
    clock.forward(minutes=1)
    android.phone.release()
    assert android.citizen(ANI).texts == ("c", "a")
    assert ask(android, "GET", "/messages/b")[1]["recipients"][0]["error"] == "TTL expired"


def test_the_inbox_lists_newest_first_in_parts(android: AndroidDouble, clock: StillClock) -> None:
    ani = android.citizen(ANI)
    for number in range(5):
        ani.says(f"pesan {number}")
        clock.forward(seconds=1)
    status, rows, headers = inbox(android, limit=2)
    assert status == 200
    assert headers["x-total-count"] == "5"
    assert texts(rows) == ["pesan 4", "pesan 3"]
    assert texts(inbox(android, limit=2, offset=4)[1]) == ["pesan 0"]
    assert rows[0]["sender"] == ANI
    assert rows[0]["createdAt"] == "2026-11-25T02:12:04.000+00:00"


def test_the_inbox_keeps_to_its_range_ends_included(
    android: AndroidDouble, clock: StillClock
) -> None:
    ani, start = android.citizen(ANI), clock.now
    for minutes in range(4):
        ani.says(f"pesan {minutes}", at=start + timedelta(minutes=minutes))
    clock.forward(hours=1)
    window = {"from": "2026-11-25T02:13:00Z", "to": "2026-11-25T09:14:00.000+07:00"}
    assert texts(inbox(android, **window)[1]) == ["pesan 2", "pesan 1"]


def test_a_message_may_come_to_the_inbox_late(android: AndroidDouble, clock: StillClock) -> None:
    ani = android.citizen(ANI)
    late = ani.says("terlambat", listed=False)
    clock.forward(minutes=5)
    ani.says("tepat")
    assert texts(inbox(android)[1]) == ["tepat"]
    android.show(late)
    assert texts(inbox(android)[1]) == ["tepat", "terlambat"]


def test_two_messages_may_meet_in_one_id_and_the_later_stays(android: AndroidDouble) -> None:
    ani = android.citizen(ANI)
    first = ani.says("satu", message_id="text:1")
    second = ani.says("dua", message_id="text:1")
    assert first.id == second.id
    assert texts(inbox(android)[1]) == ["dua"]


def test_health_tells_of_a_weak_battery(android: AndroidDouble) -> None:
    assert ask(android, "GET", "/health")[1]["status"] == "pass"
    android.phone.battery = 20
    assert ask(android, "GET", "/health")[1]["status"] == "warn"
    android.phone.battery = 5
    assert ask(android, "GET", "/health")[0] == 500


def test_faults_befall_it_as_planned(
    android: AndroidDouble, faults: FaultPlan, journal: Journal
) -> None:
    faults.add(DROP_BEFORE_COMMIT, method="messages.create")
    faults.add(DROP_AFTER_COMMIT, method="messages.create", nth=2)
    for name in ("a", "b"):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            send(android, id=name)
    assert [it.id for it in android.messages()] == ["b"]
    assert send(android, id="b")[0] == 409
    faults.add(TooMany(7), method="inbox.list")
    faults.add(Refuse(502), method="device")
    status, _, headers = inbox(android)
    assert (status, headers["retry-after"]) == (429, "7")
    connection = http.client.HTTPConnection("127.0.0.1", android.port, timeout=20)
    connection.request("GET", "/device")
    assert connection.getresponse().status == 502
    connection.close()
    committed = [it.committed for it in journal.entries("android", "messages.create")]
    assert committed == [False, True, False]


def test_a_citizen_can_be_waited_for(android: AndroidDouble) -> None:
    ani = android.citizen(ANI)
    send(android, id="a")
    assert ani.wait_for(lambda it: it.id == "a").at == datetime(2026, 11, 25, 2, 12, tzinfo=UTC)
    with pytest.raises(TimeoutError, match="1 messages"):
        ani.wait_for(lambda it: it.id == "b", timeout=0.01)
