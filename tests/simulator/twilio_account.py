"""The real Twilio SDK, pointed at the double."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator.faults import FaultPlan
from simulator.journal import Journal
from simulator.twilio import Citizen, TwilioDouble
from tests.simulator.conftest import StillClock

HOTLINE, HOTLINE_SMS = "whatsapp:+62811000110", "+62811000110"


@dataclass
class Account:
    """The double, its clock, the SDK on it, and one citizen on WhatsApp."""

    twilio: TwilioDouble
    clock: StillClock
    client: Client
    ani: Citizen

    def create(self, **fields: Any) -> Any:
        """Send to Ani from the hotline, unless told otherwise."""
        given = {"to": self.ani.address, "from_": HOTLINE, "body": "Terima kasih.", **fields}
        return self.client.messages.create(**{k: v for k, v in given.items() if v is not None})

    def refusal(self, **fields: Any) -> tuple[int, int]:
        """HTTP status and Twilio's number of a send that must be refused."""
        try:
            self.create(**fields)
        except TwilioRestException as refusal:
            return refusal.status, int(refusal.code or 0)
        raise AssertionError("it was taken")

    def bodies(self, **filters: Any) -> list[str]:
        """What a list shows, in its order."""
        return [it.body or "" for it in self.client.messages.list(**filters)]


def utc(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@contextmanager
def client(twilio: TwilioDouble, token: str = "") -> Iterator[Client]:
    http = TwilioHttpClient(timeout=20)
    assert http.session is not None
    with http.session:
        http.session.trust_env = False
        made = Client(twilio.account, token or twilio.token, http_client=http)
        made.api.base_url = twilio.url
        made.content.base_url = twilio.url
        yield made


@contextmanager
def open_account(journal: Journal, faults: FaultPlan, clock: StillClock) -> Iterator[Account]:
    with TwilioDouble(journal, faults, clock=clock) as twilio, client(twilio) as made:
        yield Account(twilio, clock, made, twilio.citizen("+6281234560001", name="Ani"))
