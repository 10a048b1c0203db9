"""What the real Twilio refuses, the double refuses; and what WhatsApp lets through, and when."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException

from simulator.faults import (
    DROP_AFTER_COMMIT,
    DROP_BEFORE_COMMIT,
    FaultPlan,
    Refuse,
    Silence,
    TooMany,
)
from simulator.journal import Journal
from tests.simulator.conftest import StillClock
from tests.simulator.twilio_account import HOTLINE, HOTLINE_SMS, Account, open_account

TEMPLATE = "HX" + "0" * 32


@pytest.fixture
def account(journal: Journal, faults: FaultPlan, clock: StillClock) -> Iterator[Account]:
    with open_account(journal, faults, clock) as made:
        made.ani.says("halo")
        yield made


def failure(account: Account, sid: str | None) -> tuple[str, int | None]:
    seen = account.client.messages(str(sid)).fetch()
    return str(seen.status), seen.error_code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "whatsapp:0812345"}, 21211),
        ({"to": "Ani"}, 21211),
        ({"from_": None}, 21603),
        ({"from_": "hotline"}, 21212),
        ({"from_": "whatsapp:+62811999999"}, 63007),
        ({"from_": "+62811999999"}, 21606),
        ({"from_": HOTLINE_SMS}, 21910),
        ({"from_": None, "messaging_service_sid": "MG" + "0" * 32}, 21703),
        ({"body": None}, 21619),
        ({"body": ""}, 21619),
        ({"body": "a" * 1601}, 21617),
        ({"media_url": ["foto.jpg"]}, 21620),
        ({"body": None, "content_sid": TEMPLATE}, 21655),
        ({"content_variables": "{}"}, 21654),
        ({"content_sid": TEMPLATE}, 20001),
        ({"validity_period": 60}, 20001),
    ],
)
def test_what_a_new_message_is_refused_for(
    account: Account, fields: dict[str, Any], code: int
) -> None:
    assert account.refusal(**fields) == (400, code)
    assert account.twilio.messages() == ()


def test_sixteen_hundred_characters_pass(account: Account) -> None:
    account.create(body="a" * 1600)
    assert len(account.ani.texts[0]) == 1600


@pytest.mark.parametrize(
    "query",
    [
        {"PageSize": "1001"},
        {"PageSize": "0"},
        {"Page": "1"},
        {"Page": "1", "PageToken": "PASM0"},
        {"DateSent>": "kemarin"},
        {"Status": "received"},
    ],
)
def test_what_a_list_is_refused_for(account: Account, query: dict[str, str]) -> None:
    answer = get(account, "/Messages.json", query)
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "more_info", "status"}


def get(account: Account, path: str, query: dict[str, str]) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(
            f"{account.twilio.url}/2010-04-01/Accounts/{account.twilio.account}{path}",
            params=query,
            auth=(account.twilio.account, account.twilio.token),
            timeout=20,
        )


def test_what_is_not_there_is_404(account: Account) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        account.client.messages("SM" + "0" * 32).fetch()
    assert (refusal.value.status, refusal.value.code) == (404, 20404)
    assert get(account, "/Calls.json", {}).status_code == 404


def test_the_window_closes_a_day_after_the_last_word(account: Account) -> None:
    account.clock.forward(hours=24)
    account.create(body="masih sempat")
    account.clock.forward(seconds=1)
    late = account.create(body="terlambat")
    assert late.status == "queued"
    assert failure(account, late.sid) == ("failed", 63016)
    account.ani.says("halo lagi")
    account.create(body="buka lagi")
    assert account.ani.texts == ("masih sempat", "buka lagi")


def test_the_window_may_refuse_at_once(account: Account) -> None:
    account.twilio.manner.refuses_at_once = True
    account.clock.forward(hours=25)
    assert account.refusal() == (400, 63016)
    assert account.twilio.messages() == ()


def test_sms_has_no_window(account: Account) -> None:
    budi = account.twilio.citizen("+6281234560002", "sms")
    account.create(to=budi.address, from_=HOTLINE_SMS)
    assert budi.texts == ("Terima kasih.",)


def test_an_approved_template_passes_the_closed_window(account: Account) -> None:
    account.clock.forward(days=3)
    said = account.twilio.world.content("kabar", "Aduan {{1}} selesai: {{2}}.")
    account.create(
        body=None, content_sid=said.sid, content_variables=json.dumps({"1": "7", "2": "ya"})
    )
    [received] = account.ani.received
    assert (received.text, received.content_sid) == ("Aduan 7 selesai: ya.", said.sid)


@pytest.mark.parametrize(
    ("status", "code"),
    [("pending", 63016), ("rejected", 63040), ("paused", 63041), ("disabled", 63042)],
)
def test_no_other_template_does(account: Account, status: str, code: int) -> None:
    said = account.twilio.world.content("kabar", "Aduan selesai.", status=status)
    made = account.create(body=None, content_sid=said.sid)
    assert failure(account, made.sid) == ("failed", code)
    account.twilio.manner.refuses_at_once = True
    assert account.refusal(body=None, content_sid=said.sid) == (400, code)
    assert account.ani.received == ()


@pytest.mark.parametrize(
    "variables",
    ["nomor 7", "[]", '"7"', "{}", '{"1": ""}', '{"1": null}', '{"1": 7}', '{"1": "a\\nb"}'],
)
def test_blanks_want_plain_filled_strings(account: Account, variables: str) -> None:
    said = account.twilio.world.content("kabar", "Aduan {{1}}")
    refused = account.refusal(body=None, content_sid=said.sid, content_variables=variables)
    assert refused == (400, 21656)


def test_stop_is_stop_until_start(account: Account) -> None:
    account.ani.says(" stop ")
    assert account.ani.opted_out
    assert account.refusal() == (400, 21610)
    account.ani.says("Saya sudah START dari tadi")
    assert account.refusal() == (400, 21610)
    account.ani.says("START")
    account.create()
    assert len(account.ani.received) == 1


def test_a_number_may_be_unreachable(account: Account) -> None:
    account.ani.fails_with(63024)
    made = account.create()
    assert failure(account, made.sid) == ("failed", 63024)
    account.twilio.manner.refuses_at_once = True
    assert account.refusal() == (400, 63024)
    account.ani.fails_with(None)
    account.create()
    assert len(account.ani.received) == 1


def test_too_much_is_429_with_a_time_to_wait(account: Account, faults: FaultPlan) -> None:
    faults.add(TooMany(9), method="messages.create")
    faults.add(TooMany(9), method="messages.list")
    assert account.refusal() == (429, 20429)
    with pytest.raises(TwilioException) as listing:
        account.bodies()
    response = listing.value.args[1]
    assert (response.status_code, response.headers["Retry-After"]) == (429, "9")


def test_a_dropped_answer_hides_what_was_done(
    account: Account, faults: FaultPlan, journal: Journal
) -> None:
    faults.add(DROP_BEFORE_COMMIT, method="messages.create")
    faults.add(DROP_AFTER_COMMIT, method="messages.create", nth=2)
    for text in ("satu", "dua"):
        with pytest.raises(requests.ConnectionError):
            account.create(body=text)
    assert account.ani.texts == ("dua",)
    first, second = journal.entries("twilio", "messages.create")
    assert (first.committed, second.committed) == (False, True)
    assert second.result == account.ani.received[0].sid


def test_html_and_silence_are_no_answers(account: Account, faults: FaultPlan) -> None:
    faults.add(Refuse(503, "Service Unavailable"), method="messages.fetch")
    faults.add(Silence(0.05), method="media.list")
    [said] = account.client.messages.list()
    assert said.sid is not None
    with pytest.raises(TwilioRestException) as refusal:
        account.client.messages(said.sid).fetch()
    assert refusal.value.status == 503
    with pytest.raises(requests.ConnectionError):
        account.client.messages(said.sid).media.list()


def test_a_citizen_can_be_waited_for(account: Account) -> None:
    made = account.create()
    assert account.ani.wait_for(lambda it: it.sender == HOTLINE).sid == made.sid
    with pytest.raises(TimeoutError, match="1 messages"):
        account.ani.wait_for(lambda it: it.text == "lain", timeout=0.01)
