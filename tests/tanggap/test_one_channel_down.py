"""A channel that is refused, throttled or hangs delays no other, and the team learns of it once."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from channels.base import Polls
from ingest.health import SilenceWatch
from ingest.poller import Poller
from pipeline import alerts, inbound, posting
from simulator.faults import FaultPlan, Silence, TooMany
from simulator.imap import PymapServer
from simulator.journal import Journal
from simulator.telegram import Person, Telegram
from simulator.twilio import TwilioDouble
from store.states import Role
from store.tables import Complaint, Staff
from tanggap.clock import now
from tanggap.runtime import Running
from tanggap.settings import load
from tanggap.wiring import Wired, open_everything
from tests.tanggap.conftest import Write

STEP = timedelta(minutes=5)
HOUR = 3600


@dataclass
class Place:
    """Mail that works beside Twilio accounts that do not."""

    wired: Wired
    imap: PymapServer
    twilio: TwilioDouble
    refusing: TwilioDouble
    """Knows another key than the account says."""
    coordinator: Person

    def mail(self, number: int) -> None:
        self.imap.append(
            f"From: warga{number}@contoh.example\r\nMessage-ID: <{number}@contoh.example>\r\n\r\n"
            f"Antrean ke-{number} lama.\r\n".encode()
        )

    def alerted(self) -> list[datetime | None]:
        with self.wired.ctx.store.read() as db:
            return list(db.exec(select(Complaint.alerted_at).order_by(col(Complaint.id))))

    def warned(self) -> list[str]:
        return [it.text for it in self.coordinator.private.messages() if it.text.startswith("⚠")]


@pytest.fixture
def place(config: Write, telegram: Telegram) -> Iterator[Place]:
    ani = telegram.world.user(501, "Ani")
    group = telegram.world.group("Tim Aduan", [ani], bot=True)
    ani.start()
    with ExitStack() as stack:
        imap = stack.enter_context(PymapServer())
        twilio, refusing = (
            stack.enter_context(TwilioDouble(Journal(), FaultPlan())) for _ in range(2)
        )
        table = f'account_sid="{twilio.account}"\nwhatsapp="+62811000110"\n'
        file = config(
            f'[telegram]\nbase_url="{telegram.base_url}"\ntoken="{telegram.token}"\n'
            f"group={group.id}\n[desk]\npoll_seconds=0.2\ncard_seconds=0.1\n"
            f'[[email]]\nname="surat"\nhost="127.0.0.1"\nport={imap.port}\ntls="none"\n'
            f'user="{imap.user}"\npassword="{imap.password}"\nsmtp_host="127.0.0.1"\n'
            f'[[twilio]]\nname="salah"\nauth_token="x"\nbase_url="{refusing.url}"\n{table}'
            f'[[twilio]]\nname="wa"\nauth_token="{twilio.token}"\nbase_url="{twilio.url}"\n{table}'
        )
        wired = open_everything(load(file))
        stack.callback(wired.close)
        with wired.ctx.store.write("test") as db:
            row = Staff(facility_id=1, name="Ani", role=Role.COORDINATOR, created_at=now())
            row.telegram_id, row.started = ani.user.id, True
            db.add(row)
        yield Place(wired, imap, twilio, refusing, ani)


class Hours:
    """Every account polled in its turn, under a clock that a test turns."""

    def __init__(self, place: Place) -> None:
        self.now = now()
        ctx = self.ctx = replace(place.wired.ctx, clock=lambda: self.now)
        [office] = ctx.offices.values()
        self.pollers = {
            name: Poller(ctx, office, channel, threading.Event())
            for name, channel in office.channels.items()
            if isinstance(channel, Polls)
        }
        self.due = dict.fromkeys(self.pollers, self.now)
        self.silence = SilenceWatch(ctx)

    def step(self) -> None:
        """What five minutes bring."""
        for name, poller in self.pollers.items():
            if self.due[name] <= self.now:
                self.due[name] = self.now + timedelta(seconds=poller.round())
        self.silence()
        for stage in (inbound.record_due, alerts.alert_due, posting.post_due):
            stage(self.ctx)
        self.now += STEP

    def end(self) -> None:
        """Let go of the connections."""
        [office] = self.ctx.offices.values()
        for name in self.pollers:
            getattr(office.channels[name], "close", int)()


def test_an_hour_without_two_accounts_is_none_for_the_third(place: Place) -> None:
    place.twilio.faults.add(TooMany(HOUR), times=None)
    hours = Hours(place)
    for number in range(1, 13):
        place.mail(number)
        before = hours.now
        hours.step()
        alerted = place.alerted()
        assert len(alerted) == number, "recorded in the same five minutes"
        assert alerted[-1] == before, "and alerted"
    # Who was refused is told at once, who is throttled after half an hour; each once.
    warned = place.warned()
    assert [("salah" in one, "wa" in one) for one in warned] == [(True, False), (False, True)]
    assert all("tanggap doctor" in one for one in warned)
    assert "token" in warned[0]
    assert len(place.twilio.journal.entries()) == 1, "it is left alone as long as it asked for"
    assert len(place.refusing.journal.entries()) <= 12, "no tight retry"

    place.twilio.faults.clear()
    place.twilio.citizen("+6281200004444").says("Obat kosong terus.")
    for _ in range(3):
        hours.step()
    assert len(place.alerted()) == 13
    assert len(place.warned()) == 2
    hours.end()


def test_a_gateway_that_hangs_holds_up_nobody(place: Place) -> None:
    place.twilio.faults.add(Silence(300), times=None)
    running = Running(place.wired, ("poll", "work"), threading.Event())
    running.start()
    try:
        place.twilio.journal.wait(lambda it: it.method == "messages.list", 30)
        for number in range(1, 4):
            place.mail(number)
            _until(lambda: _count(place) >= number)  # noqa: B023  (called before the next)
    finally:
        place.twilio.stopping.set()  # what hangs is let go
        running.stop()


def _count(place: Place) -> int:
    return sum(at is not None for at in place.alerted())


def _until(look: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not look():
        assert time.monotonic() < end
        time.sleep(0.05)
