"""The whole process against a Telegram that is down: the alert goes by mail, the card follows."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.base import Batch
from channels.message import Delivery
from pipeline import inbound
from simulator.faults import Action, FaultPlan, Refuse, Silence
from simulator.journal import Journal
from simulator.mail import MailWorld
from simulator.telegram import Telegram
from store import deliveries
from tanggap.checks.exam import Exam
from tanggap.checks.fallback import fallback
from tanggap.settings import load
from tanggap.wiring import open_everything
from tests.tanggap.conftest import Run
from tests.tanggap.test_runtime import MAIL, process, ready

HEAD = "kepala@puskesmas.example"
CONFIG = """\
[facility]
name = "Puskesmas Contoh"
profile = "arjuno"
[[email]]
name = "hotline"
user = "aduan@puskesmas.example"
password = "rahasia"
host = "127.0.0.1"
port = 1
tls = "none"
smtp_host = "127.0.0.1"
smtp_port = {smtp}
smtp_tls = "none"
[telegram]
base_url = "{telegram}"
token = "{token}"
group = {group}
[fallback]
email = ["{head}"]
after_minutes = 0.02
[desk]
lease_seconds = 1
retry_seconds = 0.3
"""


@dataclass
class Town:
    """Two gateways, and a desk with a complaint that waits in the raw inbox."""

    telegram: Telegram
    mail: MailWorld
    faults: FaultPlan
    config: Path
    group: int


@pytest.fixture
def town(tmp_path: Path, run: Run) -> Iterator[Town]:
    journal, faults = Journal(), FaultPlan()
    with (
        Telegram(journal, faults) as telegram,
        MailWorld(journal, faults, user="aduan@puskesmas.example", password="rahasia") as mail,
    ):
        ani = telegram.world.user(501, "Ani")
        group = telegram.world.group("Tim", [ani], bot=True)
        config = tmp_path / "tanggap.toml"
        config.write_text(
            CONFIG.format(
                smtp=mail.port,
                telegram=telegram.base_url,
                token=telegram.token,
                group=group.id,
                head=HEAD,
            )
        )
        run("staff", "add", "Ani", "--role", "coordinator", "--telegram", "501", "--config", config)
        ani.start()
        arrive(config)
        yield Town(telegram, mail, faults, config, group.id)


def arrive(config: Path) -> None:
    """A citizen's mail comes in, as a poller would have kept it."""
    wired = open_everything(load(config))
    [office] = wired.ctx.offices.values()
    mail = Delivery(
        account="hotline",
        stream="INBOX",
        transport_id="INBOX:1:1",
        received_at=datetime.now(UTC) + timedelta(seconds=1),
        raw=MAIL,
        size=len(MAIL),
        meta={"role": "inbox"},
    )
    with wired.ctx.store.write("test", facility=office.id) as db:
        batch = Batch(stream="INBOX", deliveries=[mail], cursor=None)
        deliveries.keep(db, office.id, office.accounts["hotline"], batch, datetime.now(UTC))
    wired.close()


def registered(run: Run, config: Path) -> dict[str, str | None]:
    """The one line of the register."""
    [line] = run("register", "--json", "--config", config).out.splitlines()
    found: dict[str, str | None] = json.loads(line)
    return found


def heard(run: Run, config: Path) -> str:
    """When somebody could read it, once that stands in the register."""
    end = time.monotonic() + 30
    while not (at := registered(run, config)["alerted_at"]):
        assert time.monotonic() < end, "the clock runs on"
        time.sleep(0.1)
    return at


@pytest.mark.parametrize("action", [Refuse(502), Silence(0.5)])
def test_while_telegram_is_down_the_alert_goes_by_mail(
    tmp_path: Path, run: Run, town: Town, action: Action
) -> None:
    # Given a Telegram that takes nothing for the group
    town.faults.add(
        action,
        gateway="telegram",
        method="sendMessage",
        where=lambda call: str(call.params["chat_id"]) == str(town.group),
        times=None,
    )
    with process(tmp_path / "data", "run", "--config", str(town.config)) as running:
        ready(running)
        # Then the head reads the number, and no word of the citizen's
        letter = town.mail.wait_for(HEAD, timeout=30)
        assert "-0001 · Email" in letter.text
        assert "Antre" not in letter.text
        assert letter.message["Auto-Submitted"] == "auto-generated"
        at = heard(run, town.config)
        # And when it is back, the card stands in the group, and the clock stays
        town.faults.clear()
        card = town.telegram.world.wait_for(
            town.group, lambda seen: "-0001" in (seen.text or ""), timeout=40
        )
        assert "Antre" not in (card.text or "")
        told = town.telegram.world.wait_for(
            501, lambda seen: "lewat email" in (seen.text or ""), timeout=40
        )
        assert "1 aduan" in (told.text or "")
        running.terminate()
        assert running.wait(20) == 0
    assert registered(run, town.config)["alerted_at"] == at
    assert len(town.mail.letters(HEAD)) == 1


def test_killed_after_the_server_took_it_the_mail_goes_again(
    tmp_path: Path, run: Run, town: Town
) -> None:
    town.faults.add(Refuse(502), gateway="telegram", method="sendMessage", times=None)
    data = tmp_path / "data"
    point = "fallback.accepted:before:1"
    arguments = ("run", "--config", str(town.config))
    with process(data, *arguments, TANGGAP_FAILPOINT=point) as running:
        assert running.wait(60) != 0
    assert len(town.mail.letters(HEAD)) == 1
    assert registered(run, town.config)["alerted_at"] is None
    with process(data, *arguments) as running:
        ready(running)
        heard(run, town.config)
    first, second = town.mail.letters(HEAD)
    assert first.message_id == second.message_id


def test_the_doctor_says_when_nobody_hears(run: Run, town: Town) -> None:
    wired = open_everything(load(town.config))
    [office] = wired.ctx.offices.values()
    inbound.record_office(wired.ctx, office)

    def told(after: timedelta) -> dict[str, bool]:
        exam = Exam(load(town.config), wired.ctx, datetime.now(UTC) + after)
        return {finding.what.split(": ")[1]: finding.ok for finding in fallback(exam)}

    way = "bila obrolan mati, aduan dikabarkan lewat email"
    nobody = "aduan lebih dari satu jam belum sampai ke siapa pun"
    assert told(timedelta()) == {way: True, f"0 {nobody}": True}
    assert told(timedelta(hours=2)) == {way: True, f"1 {nobody}": False}
    wired.close()
