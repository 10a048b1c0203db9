"""What the doctor says about the chat channels, each fault with its cure."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from simulator.twilio import TwilioDouble
from store.states import AutoReplyKind, Disposition, SendState, Status
from store.tables import (
    Account,
    Attachment,
    AutoReply,
    Complaint,
    Contact,
    Counter,
    Delivery,
    Message,
)
from tanggap.settings import load
from tests.engines import open_store
from tests.tanggap.conftest import Run, Write

LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)


def findings(run: Run, file: Path) -> dict[str, str]:
    """What is wrong of the channels, and its cure."""
    rows = [json.loads(line) for line in run("doctor", "--json", "--config", file).out.splitlines()]
    wrong = {row["what"]: row["fix"] for row in rows if not row["ok"]}
    assert all(wrong.values()), "each with its cure"
    others = ("Telegram", "koordinator", "grup tim")
    return {what: fix for what, fix in wrong.items() if not any(one in what for one in others)}


@pytest.fixture
def twilio() -> Iterator[TwilioDouble]:
    with TwilioDouble() as double:
        yield double


def account(twilio: TwilioDouble, more: str = "") -> str:
    return (
        f'[[twilio]]\nname="wa"\naccount_sid="{twilio.account}"\nauth_token="{twilio.token}"\n'
        f'whatsapp="+62811000110"\nbase_url="{twilio.url}"\n{more}'
    )


def test_an_account_that_works_and_the_warning_about_its_number(
    run: Run, config: Write, twilio: TwilioDouble
) -> None:
    file = config(account(twilio))
    out = run("doctor", "--config", file).out
    assert "wa: akun Twilio dapat dipakai" in out
    assert "aplikasi WhatsApp di ponsel" in " ".join(out.split())
    [(what, fix)] = findings(run, file).items()
    assert "templat untuk jawaban setelah 24 jam" in what
    assert "Twilio Console" in fix


def test_a_refused_token_is_one_finding_and_is_not_repeated(
    run: Run, config: Write, twilio: TwilioDouble
) -> None:
    file = config(account(twilio).replace(twilio.token, "salah0123456789"))
    wrong = findings(run, file)
    assert [what for what in wrong if "masuk ke Twilio" in what]
    assert "salah0123456789" not in str(wrong)


def test_gateways_that_are_not_there(run: Run, config: Write, tmp_path: Path) -> None:
    file = config(
        f'[[gammu]]\nname="modem"\nspool="{tmp_path / "tidak-ada"}"\n'
        '[[android]]\nname="sms"\nbase_url="http://127.0.0.1:1"\nuser="u"\npassword="rahasia"\n'
    )
    wrong = findings(run, file)
    assert {what.partition(":")[0] for what in wrong} == {"modem", "sms"}
    assert "rahasia" not in str(wrong)


@pytest.mark.parametrize(
    ("listen", "url", "what"),
    [
        (True, "", "tidak ada akun yang memakainya"),
        (False, "https://aduan.contoh.example/hook/wa", "tidak ada yang mendengarkan"),
        (True, "https://aduan.contoh.example/hook/lain", "akun wa dipanggil di /hook/wa"),
        (True, "https://aduan.contoh.example/depan/hook/wa", ""),
        (False, "", ""),
    ],
)
def test_a_webhook_needs_both_ends(
    run: Run, config: Write, twilio: TwilioDouble, listen: bool, url: str, what: str
) -> None:
    text = account(twilio, f'webhook_url="{url}"\n' if url else "")
    file = config(text + ('[webhook]\nlisten="127.0.0.1:8088"\n' if listen else ""))
    said = [one for one in findings(run, file) if one.startswith("Webhook")]
    assert len(said) == bool(what)
    assert what in "".join(said)


def _row(db: Session, row: Any) -> int:
    db.add(row)
    db.flush()
    return int(row.id)


def _auto(db: Session, owner: Account, contact: int, state: SendState, **more: Any) -> None:
    created = more.pop("created_at", datetime.now(UTC))
    db.add(
        AutoReply(
            facility_id=1,
            account_id=owner.id or 0,
            contact_id=contact,
            kind=AutoReplyKind.RECEIPT,
            key=f"receipt:{state}:{created}",
            recipient="+6281200004444",
            text="",
            state=state,
            created_at=created,
            **more,
        )
    )


def test_what_went_wrong_on_its_own_and_what_waits_too_long(run: Run, config: Write) -> None:
    file = config("")
    assert findings(run, file) == {}
    store = open_store(load(file).data)
    with store.write("test") as db:
        owner = db.exec(select(Account).where(Account.name == "manual")).one()
        db.add(Counter(facility_id=1, year=2026, last=2))
        address = "+6281200004444"
        contact = _row(
            db, Contact(facility_id=1, channel="sms", address=address, created_at=LONG_AGO)
        )
        _auto(db, owner, contact, SendState.UNKNOWN)
        _auto(db, owner, contact, SendState.FAILED)
        _auto(db, owner, contact, SendState.FAILED, created_at=LONG_AGO)
        late = datetime.now(UTC) - timedelta(hours=2)
        _auto(db, owner, contact, SendState.ACCEPTED, status_due_at=late)
        _files(db, owner, contact)
    store.close()
    wrong = findings(run, file)
    assert [what.partition(": ")[2] for what in wrong] == [
        "1 pesan otomatis (tanda terima, teks darurat) tidak jelas terkirim atau tidak",
        "1 pesan otomatis (tanda terima, teks darurat) ditolak",
        "1 pesan keluar belum diketahui sampai atau tidak, lebih dari satu jam dari waktunya",
        "1 lampiran belum terambil dari gateway lebih dari satu jam",
        "1 lampiran aduan terbuka tidak dapat diambil",
    ]
    assert address not in str(wrong)


def _files(db: Session, owner: Account, contact: int) -> None:
    """A case with one photo that is still wanted and one that was given up; and a closed one."""
    for serial, status in enumerate((Status.NEW, Status.CLOSED), 1):
        case = Complaint(
            facility_id=1,
            year=2026,
            serial=serial,
            number=f"ADU-2026-{serial:04}",
            account_id=owner.id or 0,
            channel="twilio",
            contact_id=contact,
            status=status,
            received_at=LONG_AGO,
            recorded_at=LONG_AGO,
        )
        delivery = Delivery(
            facility_id=1,
            account_id=owner.id or 0,
            stream="s",
            transport_id=str(serial),
            received_at=LONG_AGO,
            fetched_at=LONG_AGO,
            size=1,
            raw=b"x",
            disposition=Disposition.RECORDED,
        )
        message = Message(
            facility_id=1,
            channel="twilio",
            identity=str(serial),
            external_id=str(serial),
            delivery_id=_row(db, delivery),
            complaint_id=_row(db, case),
            contact_id=contact,
            conversation="+6281200004444",
            text="",
            received_at=LONG_AGO,
            recorded_at=LONG_AGO,
        )
        number = _row(db, message)
        for state in ("pending", "failed") if status is Status.NEW else ("failed", "done", ""):
            file = Attachment(message_id=number, name="", content_type="", size=0)
            file.fetch_state = state
            db.add(file)
