"""The Twilio double as the real SDK sees it: lists, pages, dates, messages, media, templates."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException

from simulator.faults import FaultPlan
from simulator.journal import Journal
from simulator.twilio import Manner, TwilioDouble
from tests.simulator.conftest import StillClock
from tests.simulator.twilio_account import HOTLINE, HOTLINE_SMS, Account, client, open_account, utc


@pytest.fixture
def account(journal: Journal, faults: FaultPlan, clock: StillClock) -> Iterator[Account]:
    with open_account(journal, faults, clock) as made:
        yield made


def test_a_list_is_newest_first_over_all_its_pages(account: Account, journal: Journal) -> None:
    for number in range(5):
        account.ani.says(f"pesan {number}")
        account.clock.forward(seconds=number % 2)
    found = account.bodies(to=HOTLINE, page_size=2)
    assert found == [f"pesan {number}" for number in (4, 3, 2, 1, 0)]
    assert len(journal.entries("twilio", "messages.list")) == 3


def test_what_comes_between_two_pages_moves_nothing(account: Account) -> None:
    for number in range(4):
        account.ani.says(f"pesan {number}")
    first = account.client.messages.page(page_size=2)
    shown = [it.body for it in first]
    account.ani.says("baru")
    second = first.next_page()
    assert second is not None
    assert shown + [it.body for it in second] == [f"pesan {number}" for number in (3, 2, 1, 0)]


def test_lists_are_filtered_by_address(account: Account) -> None:
    account.ani.says("WA")
    account.twilio.citizen("+6281234560001", "sms").says("SMS")
    assert account.bodies(to=HOTLINE) == ["WA"]
    assert account.bodies(to=HOTLINE_SMS, from_="+6281234560001") == ["SMS"]


@pytest.mark.parametrize(
    ("dates", "after", "found"),
    [
        ("second", utc(24, 12), ["25 pagi", "24 sore", "24 siang"]),
        ("second", utc(24, 12, 1), ["25 pagi", "24 sore"]),
        ("day", utc(24, 18), ["25 pagi", "24 sore", "24 siang", "24 pagi"]),
        ("day", utc(25, 23), ["25 pagi"]),
    ],
)
def test_a_date_filter_heeds_the_second_or_only_the_day(
    account: Account, dates: str, after: object, found: list[str]
) -> None:
    account.twilio.manner.dates = "day" if dates == "day" else "second"
    for text, at in (
        ("23 malam", utc(23, 23, 59)),
        ("24 pagi", utc(24, 1)),
        ("24 siang", utc(24, 12)),
        ("24 sore", utc(24, 15)),
        ("25 pagi", utc(25, 1)),
    ):
        account.ani.says(text, at=at)
    assert account.bodies(date_sent_after=after) == found


def test_dates_end_and_meet_too(account: Account) -> None:
    for hour in (1, 12, 23):
        account.ani.says(f"pukul {hour}", at=utc(24, hour))
    assert account.bodies(date_sent_before=utc(24, 12)) == ["pukul 12", "pukul 1"]
    assert account.bodies(date_sent="2026-11-24") == ["pukul 23", "pukul 12", "pukul 1"]
    assert account.bodies(date_sent="2026-11-25") == []


def test_a_message_may_be_listed_late_in_its_old_place(account: Account) -> None:
    late = account.ani.says("terlambat", listed=False)
    account.clock.forward(minutes=5)
    account.ani.says("tepat")
    assert account.bodies() == ["tepat"]
    account.twilio.show(late)
    assert account.bodies() == ["tepat", "terlambat"]


def test_a_message_that_came_in_has_twilios_shape(account: Account) -> None:
    account.ani.says("lihat", [(b"jpeg", "image/jpeg")])
    account.ani.says("tanpa tanggal", dated=False)
    undated, seen = account.client.messages.list()
    assert (seen.direction, seen.status, seen.num_media) == ("inbound", "received", "1")
    assert (seen.from_, seen.to, seen.account_sid) == (
        "whatsapp:+6281234560001",
        HOTLINE,
        account.twilio.account,
    )
    assert seen.date_sent == account.clock.now
    assert undated.date_sent is None
    assert undated.date_created == account.clock.now


def test_a_sent_message_goes_its_way(account: Account) -> None:
    account.ani.says("halo")
    made = account.create()
    assert (made.status, made.date_sent, made.direction) == ("queued", None, "outbound-api")
    [received] = account.ani.received
    assert (received.sid, received.text, received.sender) == (made.sid, "Terima kasih.", HOTLINE)
    for step, status in (
        (account.twilio.sent, "sent"),
        (account.twilio.deliver, "delivered"),
        (account.twilio.read, "read"),
    ):
        account.clock.forward(seconds=2)
        step(made.sid)
        assert account.client.messages(made.sid).fetch().status == status
    seen = account.client.messages(made.sid).fetch()
    assert seen.date_sent is not None
    assert seen.date_updated == account.clock.now


def test_every_look_is_a_step_where_wanted(account: Account) -> None:
    account.ani.says("halo")
    account.twilio.manner.progresses = True
    made = account.create()
    steps = [account.client.messages(made.sid).fetch().status for _ in range(5)]
    assert steps == ["queued", "sent", "delivered", "read", "read"]


def test_a_failure_has_its_number_and_nothing_arrived(account: Account) -> None:
    account.ani.says("halo")
    made = account.create()
    account.twilio.fail(made.sid, 30008, "undelivered")
    seen = account.client.messages(made.sid).fetch()
    assert (seen.status, seen.error_code) == ("undelivered", 30008)
    assert account.ani.received == ()


def test_a_messaging_service_chooses_the_sender_later(account: Account) -> None:
    account.ani.says("halo")
    made = account.create(from_=None, messaging_service_sid=account.twilio.world.service)
    assert (made.status, made.from_) == ("accepted", None)
    account.twilio.sent(made.sid)
    assert account.client.messages(made.sid).fetch().from_ == HOTLINE


def test_twilios_own_answers_stand_in_the_list(account: Account) -> None:
    account.ani.is_told("You have been unsubscribed.")
    assert [it.direction for it in account.client.messages.list()] == ["outbound-reply"]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_media_is_listed_and_fetched_with_keys_that_stay_at_home(
    account: Account, journal: Journal, elsewhere: bool
) -> None:
    account.twilio.manner.media_elsewhere = elsewhere
    said = account.ani.says("", [(b"suara", "audio/ogg"), (b"gambar", "image/jpeg")])
    first, _ = account.client.messages(said.sid).media.list()
    assert first.content_type == "audio/ogg"
    assert first.uri is not None
    assert first.parent_sid == said.sid
    url = account.twilio.url + first.uri.removesuffix(".json")
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(url, auth=(account.twilio.account, account.twilio.token), timeout=20)
    assert (answer.content, answer.headers["Content-Type"]) == (b"suara", "audio/ogg")
    came = [it.params["authorization"] for it in journal.entries("twilio-cdn")]
    assert came == ([False] if elsewhere else [])


def test_media_shows_its_keys_to_the_cdn_when_it_gets_them(
    account: Account, journal: Journal
) -> None:
    account.twilio.manner.media_elsewhere = True
    said = account.ani.says("", [(b"suara", "audio/ogg")])
    path = account.client.messages(said.sid).media.list()[0].uri or ""
    with requests.Session() as session:
        session.trust_env = False
        keys = (account.twilio.account, account.twilio.token)
        url = account.twilio.url + path.removesuffix(".json")
        moved = session.get(url, auth=keys, timeout=20, allow_redirects=False)
        assert moved.status_code == 307
        session.get(moved.headers["Location"], auth=keys, timeout=20)
    [entry] = journal.entries("twilio-cdn", "media.get")
    assert entry.params["authorization"] is True


def test_templates_tell_of_their_review(account: Account) -> None:
    said = account.twilio.world.content(
        "kabar", "Aduan {{1}}", status="rejected", rejection_reason="INVALID_FORMAT"
    )
    context = account.client.content.v1.contents(said.sid)
    assert context.fetch().types == {"twilio/text": {"body": "Aduan {{1}}"}}
    review = context.approval_fetch().fetch().whatsapp or {}
    assert (review["status"], review["rejection_reason"]) == ("rejected", "INVALID_FORMAT")
    with pytest.raises(TwilioRestException) as refusal:
        account.client.content.v1.contents("HX" + "0" * 32).approval_fetch().fetch()
    assert refusal.value.status == 404


def test_the_account_answers_for_itself(account: Account) -> None:
    seen = account.client.api.accounts(account.twilio.account).fetch()
    assert (seen.status, seen.auth_token) == ("active", "")


def test_wrong_keys_open_nothing_and_stand_nowhere(account: Account, journal: Journal) -> None:
    with client(account.twilio, "f" * 32) as wrong:
        with pytest.raises(TwilioException) as listing:
            wrong.messages.list()
        assert listing.value.args[1].status_code == 401
        with pytest.raises(TwilioRestException) as refusal:
            wrong.api.accounts(account.twilio.account).fetch()
        assert (refusal.value.status, refusal.value.code) == (401, 20003)
    account.bodies()
    kept = repr(journal.entries())
    assert account.twilio.token not in kept
    assert "f" * 32 not in kept


def test_manners_can_be_given_at_the_start(clock: StillClock) -> None:
    by_day = Manner(dates="day")
    with TwilioDouble(clock=clock, manner=by_day) as twilio, client(twilio) as made:
        twilio.citizen("+6281234560001").says("pagi", at=clock.now - timedelta(hours=2))
        assert len(made.messages.list(date_sent_after=clock.now)) == 1
